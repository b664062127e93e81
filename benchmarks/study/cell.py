"""Cell: one world at one sample size, and what is true of its data sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.batch import Batch, Floats
from sim.catalogue import Level
from sim.streams import BLOCK, Address, content_key
from sim.targets import Target
from sim.worlds.world import World


@dataclass(frozen=True)
class Cell:
    """One world at one sample size. `number` counts from 1 in the order of the study."""

    number: int
    n: int
    levels: Mapping[str, Level]
    world: World

    @property
    def label(self) -> str:
        """`n = 72, crm_correlation = 0.5`."""
        return ", ".join([f"n = {self.n}", *(f"{factor} = {level}" for factor, level in self.levels.items())])

    @property
    def population(self) -> Any:
        """The population behind the world: of answers to items, or of themes."""
        return self.world.population

    @property
    def finite(self) -> bool:
        """Whether every data set is drawn from a finite population of its own."""
        return self.world.size is not None

    @cached_property
    def key(self) -> str:
        """sha256 of what the data depend on: the population and n."""
        return content_key(self.world.content | {"n": self.n})

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a data set: items, or themes."""
        return self.world.columns

    def draw_block(self, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` data sets of a block, with the ids they have in the whole study."""
        return self.world.draw_block(self.n, address, block, size)

    def truth(self, targets: Sequence[Target], solution: str = "standardised") -> Floats:
        """True values (q,), standardised or raw; of what depends on the data drawn, their expectation."""
        return self.world.truth(targets, self.n, solution)

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """The targets of which every data set has a true value of its own."""
        return self.world.with_own_truth(targets)

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The data sets' own true values (R,) by target name, for the first data sets of a block."""
        return self.world.truth_of_data(batch, targets)
