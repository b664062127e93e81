"""Tests of the house: imports, documentation, front door."""
