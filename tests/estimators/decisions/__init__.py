"""Tests of the rules of researchers, each against a plain loop."""
