"""Populations of themes that interviews bring up."""
