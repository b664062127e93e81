"""Rules that change the model."""
