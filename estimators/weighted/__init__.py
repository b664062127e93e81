"""Least squares of covariances or correlations with any weight, over the parameters of a table."""
