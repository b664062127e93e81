"""Measures that set methods beside each other: paired on the same data sets, or with tests of the same size."""
