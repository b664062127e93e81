"""The methods. They see a batch and a model, and never the truth."""
