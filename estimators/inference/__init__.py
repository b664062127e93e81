"""Standard errors turned into intervals and tests; intervals from resamples; signs of resamples."""
