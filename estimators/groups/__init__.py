"""Comparisons of groups of respondents: composites, estimates and whole models, by permutation and by resamples."""
