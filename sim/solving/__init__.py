"""Populations solved for: parameters that give what was published, or what answers are to have."""
