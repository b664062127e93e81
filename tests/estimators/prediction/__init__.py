"""Tests of prediction: a plain loop written apart, other programs, closed forms."""
