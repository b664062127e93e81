"""Speed of ways of answering on one core: 19 items, n = 72, data sets per second beside the plain draw's."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from sim.answers.responses import Responses
from sim.drawing.draw import draw_block
from sim.implied.implied import implied
from sim.streams import BLOCK

WAYS = {
    "plain": Responses(),
    "reversed": Responses(reversed=("PRO1", "PRO2")),
    "shared-factors": Responses(acquiescence=0.1, common_method=0.1),
    "kinds": Responses(straightlining=0.05, careless=0.05, extreme=0.1, midpoint=0.1),
    "everything": Responses(("PRO1", "PRO2"), 0.1, 0.1, 0.05, 0.05, 0.1, 0.1),
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_draw(benchmark, ways):
    population = dataclasses.replace(POPULATION, responses=ways)
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_effective_moments(benchmark, ways):
    timed(benchmark, lambda: implied(dataclasses.replace(POPULATION, responses=ways)).likert_moments, 1)
