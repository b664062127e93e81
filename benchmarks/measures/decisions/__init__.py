"""Measures of decisions taken from data: what rules drop and do, and what being called significant selects."""
