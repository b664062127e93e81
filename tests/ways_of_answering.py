"""A study of three constructs whose respondents answer in every way there is, for tests to change."""

from pathlib import Path

from tests.every_method import THREE_BLOCKS

MINE = (
    THREE_BLOCKS
    + """[responses]
reversed = ["x3"]
acquiescence = 0.05
common_method = 0.05
straightlining = 0.02
careless = 0.03
extreme = 0.1
midpoint = 0.1
single_informant = 0.1
[factors.carelessness]
sets = "responses.careless"
meaning = "share of respondents who answer at random"
levels = { some = 0.03, many = 0.2, none = 0.0 }
"""
)
STUDY = """
name = "ways"
[aims]
title = "Ways of answering"
question = "Does every method take them?"
[data]
population = "mine.toml"
n = [150]
replications = 3
seed = 5
[estimands]
targets = ["G~F", "r2(G)"]
"""


def written(folder: Path, population: str = MINE, text: str = STUDY) -> str:
    """A study file on the population, both in the folder; gives its path."""
    (folder / "mine.toml").write_text(population)
    (folder / "ways.toml").write_text(text)
    return str(folder / "ways.toml")
