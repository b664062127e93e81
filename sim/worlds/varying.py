"""A world whose parameters are drawn anew for every data set, so that each data set has a truth of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.answers.missingness import holes
from sim.batch import Batch, Floats
from sim.drawing.draw import draw_one
from sim.errors import InputError
from sim.parameters.drawn import DrawnValues
from sim.population.record import Population
from sim.streams import BLOCK, Address, content_key
from sim.targets import Target
from sim.worlds.answers import AnswerWorld
from sim.worlds.world import Limit

#: So many parameter sets give the expected truth, and are tried before a study begins.
_TRIED = 500
#: What cannot be beside parameters that are drawn.
_ALONE = ("sampling", "model_error", "groups")


@dataclass(frozen=True)
class VaryingWorld(AnswerWorld):
    """Answers of populations whose parameters are drawn: `population` is the one at their medians, a `World`.

    drawn: what is drawn; made: the population of drawn values. Raises InputError where it is known that some of the
    populations do not exist.
    """

    drawn: DrawnValues
    made: Callable[[Mapping[str, float]], Population]

    varies = True

    def __post_init__(self) -> None:
        for section in _ALONE:
            if section in self.population.mechanisms:
                raise InputError(f"{self.name}: drawn parameters do not go with {section}; leave one of the two out")
        k = self.drawn.uniforms(np.random.default_rng(0), 1).shape[1]
        for ends in (*np.where(np.eye(k) > 0, 0.0, 0.5), *np.where(np.eye(k) > 0, 1 - 1e-12, 0.5)):
            self._population(ends)

    def _population(self, uniforms: Floats) -> Population:
        values = self.drawn.values(uniforms)
        try:
            return self.made(values)
        except InputError as error:
            told = ", ".join(f"{name} = {value:.4g}" for name, value in values.items())
            raise InputError(f"{error}; so it is with the drawn {told}: narrow what is drawn") from None

    @property
    def source(self) -> str:
        """Where the populations are from."""
        return self.population.source.removesuffix(self.drawn.at_medians)

    @property
    def words(self) -> str:
        """What departs, and what is drawn."""
        return "; ".join(part for part in (self.population.words, self.drawn.words) if part)

    @property
    def content(self) -> dict[str, Any]:
        """What draws depend on, as plain data."""
        return self.population.content | {"drawn": self.drawn.content}

    @property
    def relations(self) -> None:
        """None: every data set has parameters of its own."""

    def truth(self, targets: Sequence[Target], n: int, solution: str = "standardised") -> Floats:
        """Expected true values (q,) over 500 parameter sets at a fixed address, the same for every n."""
        return np.asarray(np.mean([each.truth(targets, solution) for each in self._typical], axis=0))

    @cached_property
    def _typical(self) -> list[Population]:
        """Populations at a fixed address."""
        rng = Address(0, content_key(self.content)).generator("parameters", 0)
        return [self._population(own) for own in self.drawn.uniforms(rng, _TRIED)]

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """All targets that have a truth."""
        return [target for target in targets if self.population.no_truth(target) is None]

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The data sets' own true values (R,) by target name."""
        own, block = self.with_own_truth(targets), int(batch.replications[0]) // BLOCK
        if not own:
            return {}
        found = np.array([each.truth(own) for each in self._populations(batch.address, block, len(batch))])
        return {target.name: found[:, q] for q, target in enumerate(own)}

    def _populations(self, address: Address, block: int, size: int) -> Iterator[Population]:
        """The populations of the first `size` data sets of a block."""
        uniforms = self.drawn.uniforms(address.generator("parameters", block), size)
        return (self._population(own) for own in uniforms)

    def draw_block(self, n: int, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` replications of a block, each of a population of its own and from a stream of its own."""
        populations = self._populations(address, block, size)
        answers = np.array([draw_one(each, n, address, block * BLOCK + r) for r, each in enumerate(populations)])
        missing = holes(answers) if self.missing.given else None
        return Batch.of(answers, block * BLOCK + np.arange(size), address, missing, self.columns)

    def limits(self, ordinal: bool, filled: bool) -> list[Limit]:
        """None: every data set has moments of its own."""
        return []

    def construct_correlations(self) -> Floats | None:
        """None: every data set has correlations of its own."""
        return None

    def after_cut(self, targets: Sequence[Target]) -> dict[str, float]:
        """Nothing: every data set has values of its own."""
        return {}
