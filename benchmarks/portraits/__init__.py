"""Looks at one thing: a population, a published table, interviews."""
