"""Measured speed: ratios and rates from one run, never a test that can fail by the clock."""
