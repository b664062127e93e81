"""The population: a model with numbers, and whether it exists."""
