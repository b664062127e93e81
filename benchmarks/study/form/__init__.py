"""The form of a study file: what it may hold, section by section."""
