"""The figures of a study's report, one kind a file."""
