"""What a measure is, the samples that it is taken of, and the formulas that measures share."""
