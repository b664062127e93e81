"""Rules that drop items by their loadings."""
