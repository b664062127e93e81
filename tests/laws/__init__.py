"""Laws that every method of the catalogue obeys."""
