"""Compiled loops of the world: drawing and moments."""
