"""A survey as cells: the table, numbers in cells, sizes, the alphabet of a text file."""
