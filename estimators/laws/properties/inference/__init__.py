"""Laws of inference: intervals, standard errors and tests, and the streams of those that resample."""
