"""The world of interviews: a population of themes, and which of them each interview brings up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.answers.missingness import Missingness
from sim.batch import Batch, Floats
from sim.streams import BLOCK, Address
from sim.targets import Target
from sim.themes.population import OF_THE_DATA, Interviews, ThemePopulation
from sim.worlds.world import Limit, OfPopulation


@dataclass(frozen=True)
class InterviewWorld(OfPopulation):
    """Interviews that tell themes of a population, a `World`."""

    population: ThemePopulation

    words = ""
    size = relations = None
    varies = False
    holds = True
    categories: tuple[int, ...] = ()
    sections: frozenset[str] = frozenset()
    missing = Missingness()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the themes."""
        return self.population.themes

    @property
    def themes(self) -> int:
        """How many themes there are."""
        return len(self.population.prevalences)

    @property
    def table(self) -> Interviews | None:
        """Interviews that were really held, where the population was made from some."""
        return self.population.table

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """True values (q,) for n interviews; of what depends on the data, its expectation over them."""
        return self.population.truth(targets, n)

    def lacking(self, target: Target) -> float:
        """NaN: there is nothing else that interviews could be asked."""
        return float("nan")

    def no_truth(self, target: Target) -> str | None:
        """None: every target of interviews has a true value."""
        return None

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """The targets that depend on what the interviews of a data set happened to tell."""
        return [target for target in targets if target.kind in OF_THE_DATA]

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The data sets' own true values (R,) by target name."""
        return self.population.truth_of_data(batch.raw, self.with_own_truth(targets))

    def draw_block(self, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` replications of a block, with the ids they have in the whole study."""
        told = self.population.draw(n, size, address.generator("data", block))
        return Batch.of(told, block * BLOCK + np.arange(size), address, items=self.columns)

    def limits(self, ordinal: bool, filled: bool) -> list[Limit]:
        """None: interviews have no moments that methods would see."""
        return []

    def construct_correlations(self) -> Floats | None:
        """None: interviews have no constructs."""
        return None

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """Nothing: there is no cut."""
        return {}
