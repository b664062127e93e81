"""Prediction: how well a model on composites foretells answers that it has not seen."""
