"""The path diagram of a population."""
