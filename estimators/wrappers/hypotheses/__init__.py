"""Wrappers that test a hypothesis about all of a model, beside those that give each estimate its inference."""
