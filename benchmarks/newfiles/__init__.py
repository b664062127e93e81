"""Files that one starts with: commented studies, populations and tables, and what editors check them by."""
