"""Published tables: read, checked against themselves, and the populations that fit them."""
