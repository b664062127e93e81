"""A study with its results as one archive from which it runs again."""
