"""The laws themselves, by what they are about."""
