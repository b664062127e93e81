"""Speed of populations with products, model error and groups on one core."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from sim.answers.likert import Scale
from sim.drawing.draw import draw_block
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population, pooled
from sim.solving.perturbed import with_model_error
from sim.streams import BLOCK
from sim.structures.groups import Group
from sim.structures.model_error import ModelError

MODEL = Model.parse("X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z")
VALUES = {f"{c}=~{c.lower()}{i}": 0.8 for c in "XZY" for i in (1, 2, 3)} | {"Y~X": 0.4, "Y~Z": 0.5, "X~~Z": 0.2}
WORLDS = {"plain": {}, "product": {"Y~X:Z": 0.3}, "product-and-squares": {"Y~X:Z": 0.3, "Y~X:X": 0.1, "Y~Z:Z": 0.1}}


def population(effects):
    return Population.of(MODEL, VALUES | effects, Scale(((-1.5, -0.5, 0.5, 1.5),) * 9))


@pytest.mark.parametrize("effects", WORLDS.values(), ids=WORLDS)
def test_draw(benchmark, effects):
    drawn = population(effects)
    timed(benchmark, lambda: draw_block(drawn, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("effects", WORLDS.values(), ids=WORLDS)
def test_moments_after_the_cut(benchmark, effects):
    timed(benchmark, lambda: implied(population(effects)).likert_moments, 1)


@pytest.mark.parametrize("method", ["tkl", "wu-browne"])
def test_model_error(benchmark, method):
    asked = dataclasses.replace(POPULATION, model_error=ModelError(0.05, method))
    timed(benchmark, lambda: with_model_error(asked), 1)


def test_draw_with_model_error(benchmark):
    drawn = with_model_error(dataclasses.replace(POPULATION, model_error=ModelError(0.05)))
    timed(benchmark, lambda: draw_block(drawn, 72, ADDRESS, 0), BLOCK)


def test_draw_of_two_groups(benchmark):
    parts = [population(effects) for effects in ({}, {"Y~X": -0.2})]
    both = pooled([Group("a", 0.6, parts[0]), Group("b", 0.4, parts[1])])
    timed(benchmark, lambda: draw_block(both, 72, ADDRESS, 0), BLOCK)
