"""How a model is written: from its text to blocks, paths, covariances and terms."""
