"""Analyses of one's own survey beyond the estimates: each a table, listed in analyses.py."""
