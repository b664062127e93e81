"""Performance measures, each with its Monte Carlo error."""
