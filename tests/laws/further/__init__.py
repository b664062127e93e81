"""Faults that were thought of by someone who had not read those of `tests/laws/mutations.py`."""
