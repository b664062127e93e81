"""Factor models with fixed, equal and bounded parameters: one general search beside the fast one of plain models."""
