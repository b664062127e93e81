"""Reports on interviews and themes."""
