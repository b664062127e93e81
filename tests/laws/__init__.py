"""The laws of `estimators.laws`, held against every method of the catalogue, and faults that they must catch."""
