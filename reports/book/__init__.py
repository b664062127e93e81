"""The report of a study as a whole: what its kind of study consists of, its page and its files."""
