"""Performance measures: each one entry with its words, its formula and its Monte Carlo error; none knows of studies."""
