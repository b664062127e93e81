"""Data sets drawn from a population."""
