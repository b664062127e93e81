"""Cell: one population at one sample size, and what is true of its data sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.batch import Batch, Floats
from sim.catalogue import Level
from sim.drawing.draw import finite_truth
from sim.population.record import Population
from sim.streams import BLOCK, content_key
from sim.targets import Target
from sim.themes.population import OF_THE_DATA, ThemePopulation


@dataclass(frozen=True)
class Cell:
    """One population at one sample size. `number` counts from 1 in the order of the study."""

    number: int
    n: int
    levels: Mapping[str, Level]
    population: Population | ThemePopulation

    @property
    def label(self) -> str:
        """`n = 72, crm_correlation = 0.5`."""
        return ", ".join([f"n = {self.n}", *(f"{factor} = {level}" for factor, level in self.levels.items())])

    @property
    def survey(self) -> Population | None:
        """The population where its data are answers to items."""
        return None if isinstance(self.population, ThemePopulation) else self.population

    @property
    def finite(self) -> bool:
        """Whether every data set is drawn from a finite population of its own."""
        return self.survey is not None and self.survey.sampling.size is not None

    @cached_property
    def key(self) -> str:
        """sha256 of what the data depend on: the population and n."""
        return content_key(self.population.content | {"n": self.n})

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a data set: items, or themes."""
        p = self.population
        return p.themes if isinstance(p, ThemePopulation) else p.model.items

    def truth(self, targets: Sequence[Target]) -> Floats:
        """True values (q,); of what depends on the data drawn, their expectation."""
        p = self.population
        return p.truth(targets, self.n) if isinstance(p, ThemePopulation) else p.truth(targets)

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """The targets of which every data set has a true value of its own."""
        return [target for target in targets if self.finite or target.kind in OF_THE_DATA]

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """Those true values (R,) by name, for the first data sets of a block."""
        p, own = self.population, self.with_own_truth(targets)
        if isinstance(p, ThemePopulation):
            return p.truth_of_data(batch.raw, own)
        block = int(batch.replications[0]) // BLOCK
        found = finite_truth(p, own, batch.address, block, len(batch)) if own else np.empty((len(batch), 0))
        return {target.name: found[:, q] for q, target in enumerate(own)}
