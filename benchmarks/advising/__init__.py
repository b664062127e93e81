"""Advice on methods: which of those that fit a model are worth using on a survey of a given size."""
