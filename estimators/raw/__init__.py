"""Unstandardised solutions: units of items and constructs, and what they do to targets."""
