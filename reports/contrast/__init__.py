"""Two results folders side by side, on the terminal and as files."""
