"""Weighted least squares with the whole covariance matrix of the moments for its weights: Browne's ADF and WLS."""
