"""Tests of studies and their runs."""
