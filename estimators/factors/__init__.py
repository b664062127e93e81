"""Methods that fit a model of common factors to covariances: likelihood, least squares, instruments."""
