"""Populations from Python: made of a name, a file or one's own numbers, shown, and drawn from."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.python import html
from sim import catalogue
from sim.batch import Batch
from sim.catalogue import Level
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population as Numbers
from sim.streams import BLOCK, Address, content_key
from sim.worlds.world import World

#: What a population may be made of: a name that `loadstone list` shows, the path of a file, or what such a file holds.
PopulationSource = str | Path | Mapping[str, Any]


class Answers:
    """Answers of R data sets of n respondents to p items: `values` (R, n, p), items in the order of `items`.

    Answers in categories are whole numbers from 1, others are decimal; a missing one is NaN. `len`, indices and NumPy's
    functions go to the values.
    """

    def __init__(self, values: NDArray[np.generic], items: Sequence[str]) -> None:
        self.values = values
        self.items = tuple(items)

    @property
    def shape(self) -> tuple[int, ...]:
        """(R, n, p)."""
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.generic]:
        return np.array(self.values, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        return f"Answers of {self.shape[0]:,} data sets: {self.shape[1]} respondents, {self.shape[2]} items"

    def frame(self, replication: int = 0) -> pd.DataFrame:
        """One data set: a row for each respondent, a column for each item."""
        return pd.DataFrame(self.values[replication], columns=list(self.items))

    def frames(self) -> list[pd.DataFrame]:
        """Every data set, as `frame` gives it."""
        return [self.frame(r) for r in range(len(self))]

    def _repr_html_(self) -> str:
        return html.shown(repr(self), html.frame(self.frame())) if len(self) else html.shown(repr(self))


class Population:
    """A known population: a structure, its numbers, and how people answer.

    given: a name that `loadstone list` shows, the path of a population file, or a mapping of what such a file holds:
    `model` in lavaan syntax, `values` by target name (standardised), `scale`, and any other section of
    docs/populations.md. levels: of the factors that the population leaves open, each by its name; the first level where
    nothing is said. Raises InputError, one message, for a population that cannot be.
    """

    def __init__(self, given: PopulationSource, levels: Mapping[str, Level] | None = None) -> None:
        self.given: str | dict[str, Any] = dict(given) if isinstance(given, Mapping) else str(given)
        self.levels: dict[str, Level] = dict(levels or {})
        _ = self.world

    @property
    def name(self) -> str:
        """The name of the catalogue or of the file; of one's own numbers, their title."""
        if isinstance(self.given, str):
            return Path(self.given).name.removesuffix(".toml")
        return str(self.given.get("title") or "own")

    @cached_property
    def content(self) -> dict[str, Any]:
        """What is said of the population, whole."""
        return catalogue.entry(self.given) if isinstance(self.given, str) else catalogue.entry_of(self.given, self.name)

    @cached_property
    def world(self) -> World:
        """What data are drawn from."""
        source = self.given if isinstance(self.given, str) else self.name
        return catalogue.world(source, self.levels, self.content)

    @property
    def factors(self) -> dict[str, tuple[Level, ...]]:
        """The factors that the population leaves open, each with its levels."""
        return catalogue.factors(self.name, self.content)

    @property
    def model(self) -> Model:
        """The structure that methods are told."""
        return self.world.model

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items, in the order of the columns of data."""
        return self.world.columns

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """True values on the standardised scale, before the cut: target, kind, value. NaN where there is none."""
        targets = self.model.targets
        values = self.world.truth(targets, 1000)
        return pd.DataFrame(
            {"target": [t.name for t in targets], "kind": [t.kind for t in targets], "value": values},
        )

    def truth(self, *targets: str) -> "pd.Series[float]":
        """True values of targets under their lavaan names, such as `PERF~ACRM` or `r2(PERF)`."""
        wanted = [self.model.target(name) for name in targets]
        return pd.Series(self.world.truth(wanted, 1000), index=list(targets), name="truth")

    def draw(self, n: int, replications: int = 1, seed: int = 1) -> Answers:
        """Data sets of n respondents: the very ones that a study of this population, n and seed draws."""
        return draw(self, n, replications, seed)

    def __repr__(self) -> str:
        told = "".join(f", {factor} = {level}" for factor, level in self.levels.items())
        return f"Population {self.name}{told}: {len(self.items)} items"

    @property
    def diagram(self) -> str:
        """The path diagram as SVG; empty where the population is one of themes that interviews tell."""
        return diagram_of(self.world.population, self.content.get("constructs", {}))

    def _repr_html_(self) -> str:
        title = str(self.content.get("title") or self.name)
        drawn = html.drawing(self.diagram) if self.diagram else ""
        return html.shown(title, html.paragraph(repr(self)), drawn)


def diagram_of(numbers: Any, labels: Mapping[str, str]) -> str:
    """The path diagram of a population's numbers as SVG; empty where they are of themes that interviews tell."""
    if not isinstance(numbers, Numbers):
        return ""
    from reports.diagram import diagram

    return diagram.wide(numbers, labels)


def population(given: PopulationSource | Population, **levels: Level) -> Population:
    """A known population, by name, by the path of its file, or of one's own numbers; see `Population`.

    levels: of the factors that it leaves open, such as `crm_correlation=0.5`.
    """
    if isinstance(given, Population):
        return Population(given.given, {**given.levels, **levels})
    return Population(given, levels)


def draw(population: Population | PopulationSource, n: int, replications: int = 1, seed: int = 1) -> Answers:
    """Answers (R, n, p) of R data sets of n respondents.

    They are the data sets that a study of this population, n and seed draws: the first ones do not depend on how many
    are drawn. Raises InputError for numbers that cannot be.
    """
    source = population if isinstance(population, Population) else Population(population)
    if replications < 1 or n < 1 or seed < 0:
        raise InputError(
            f"n = {n}, replications = {replications}, seed = {seed}; give at least 1 respondent and 1 replication, and "
            "a seed from 0"
        )
    world = source.world
    address = Address(seed, content_key(world.content | {"n": n}))
    blocks = [
        world.draw_block(n, address, first // BLOCK, min(BLOCK, replications - first))
        for first in range(0, replications, BLOCK)
    ]
    return Answers(np.concatenate([_with_gaps(block) for block in blocks]), world.columns)


def _with_gaps(batch: Batch) -> NDArray[np.generic]:
    """The answers of a batch, a missing one as NaN."""
    assert batch.answers is not None
    if batch.missing is None:
        return batch.answers
    return np.where(batch.missing, np.nan, batch.answers.astype(np.float64))
