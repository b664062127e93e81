"""Two results folders side by side: what differs between them beyond chance."""
