"""The world: models, populations, Likert answers and the streams they are drawn from."""
