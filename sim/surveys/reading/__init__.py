"""From a file of any kind, or a data frame, to a table of cells."""
