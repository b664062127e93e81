"""Compiled loops of the methods. Arrays in, arrays out; each has a plain counterpart in the tests."""
