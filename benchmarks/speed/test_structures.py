"""Speed of drawing composites and second-order constructs on one core, n = 72, beside factors of as many items."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from sim import catalogue
from sim.drawing.draw import draw_block
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.streams import BLOCK
from sim.structures import composites
from sim.structures.readings import Reading


def as_composites(factors: Population) -> Population:
    """Composites with the covariances that the factors' items have within each block."""
    given = implied(dataclasses.replace(factors, reading=Reading("composite"))).given
    weights, items, s = composites.weights(given), factors.model.items, factors.structure.covariance
    values = {f"{o}~{i}": float(factors.paths[_at(factors, o), _at(factors, i)]) for o, i in factors.model.paths}
    for block in factors.model.blocks:
        values |= {f"{block.construct}<~{item}": float(weights[items.index(item)]) for item in block.items}
        values |= {
            f"{a}~~{b}": float(s[items.index(a), items.index(b)])
            for i, a in enumerate(block.items)
            for b in block.items[i + 1 :]
        }
    return Population.of(Model.parse(factors.model.syntax.replace("=~", "<~")), values, factors.scale)


def without_second_order(population: Population) -> Population:
    """A population of correlated first-order constructs, whose answers have the same distribution."""
    return dataclasses.replace(population.lower, scale=population.scale)


def _at(population: Population, construct: str) -> int:
    return population.model.constructs.index(construct)


SOCIAL = catalogue.population("social-crm")
POPULATIONS = {
    "factors-of-19-items": POPULATION,
    "composites-of-19-items": as_composites(POPULATION),
    "first-order-of-26-items": without_second_order(SOCIAL),
    "second-order-of-26-items": SOCIAL,
}


@pytest.mark.parametrize("population", POPULATIONS.values(), ids=POPULATIONS)
def test_draw(benchmark, population):
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("kind", ["as written", "composite"])
def test_truth_in_a_reading(benchmark, kind):
    targets = POPULATION.model.targets
    timed(benchmark, lambda: dataclasses.replace(POPULATION, reading=Reading(kind)).truth(targets), 1)
