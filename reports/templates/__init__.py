"""The page's template, its style sheet and its script."""
