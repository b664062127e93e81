"""Distributions of constructs, errors and items that are not normal."""
