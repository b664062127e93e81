"""What a path diagram shows of a population, as its reading tells it: constructs above, their items and dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reports.printing.numbers import number
from sim.batch import Floats
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.quantities import Given
from sim.structures.composites import weights


@dataclass(frozen=True)
class Measured:
    """A construct with what measures or forms it: loadings of a reflective block's items, weights of a composite's.

    `dimensions` are there in place of items where the construct is of second order.
    """

    construct: str
    composite: bool
    items: tuple[str, ...]
    values: tuple[float, ...]
    dimensions: tuple["Measured", ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The values as printed."""
        return tuple(number(value, 2) for value in self.values)


@dataclass(frozen=True)
class Shown:
    """The constructs that paths join (`model`, `given`), and their blocks by name."""

    given: Given
    blocks: Mapping[str, Measured]

    @property
    def model(self) -> Model:
        """The constructs and paths of the diagram."""
        return self.given.model

    @cached_property
    def parts(self) -> tuple[Measured, ...]:
        """Every construct, each second-order one before its dimensions."""
        return tuple(part for block in self.blocks.values() for part in (block, *block.dimensions))

    def path(self, outcome: str, predictor: str) -> str:
        """A path's value as printed."""
        place = self.model.constructs.index
        return number(float(self.given.paths[0, place(outcome), place(predictor)]), 2)

    def r2(self, construct: str) -> str | None:
        """An outcome's R2 as printed, None for an exogenous construct."""
        if construct not in self.model.endogenous:
            return None
        return number(float(self.given.r2[0, self.model.constructs.index(construct)]), 2)

    @property
    def correlations(self) -> list[tuple[str, str, float]]:
        """Pairs of exogenous constructs whose correlation is not 0."""
        free, place = self.model.exogenous, self.model.constructs.index
        pairs = [(a, b) for i, a in enumerate(free) for b in free[i + 1 :]]
        found = [(a, b, float(self.given.correlations[0, place(a), place(b)])) for a, b in pairs]
        return [each for each in found if each[2]]


def shown(population: Population) -> Shown:
    """What the diagram of a population shows."""
    structure = population.structure
    if not population.model.second_order:
        return Shown(implied(population).given, _measured(implied(population).given))
    above, below = _measured(structure.upper.given), _measured(structure.lower.given)
    return Shown(
        structure.upper.given,
        {
            name: Measured(name, block.composite, block.items, block.values, tuple(below[item] for item in block.items))
            if block.items[0] in below
            else block
            for name, block in above.items()
        },
    )


def error_covariances(population: Population) -> Floats:
    """Covariances of errors (p, p) of the items of common factors, 0 elsewhere."""
    model = population.model
    factors = model.reflective[model.block_of]
    return np.where(factors[:, None] & factors, population.error_covariances, 0.0)


def _measured(given: Given) -> dict[str, Measured]:
    values: Floats = np.where(np.isnan(own := weights(given)), given.loadings[0], own)
    return {
        block.construct: Measured(
            block.construct,
            block.kind == "composite",
            block.items,
            tuple(values[given.model.bounds[j] : given.model.bounds[j + 1]].tolist()),
        )
        for j, block in enumerate(given.model.blocks)
    }
