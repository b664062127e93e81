"""Methods that take missing answers as they are."""
