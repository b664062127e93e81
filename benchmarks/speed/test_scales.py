"""Speed of scales on one core: 19 items, n = 72, data sets per second beside the plain five-point draw's."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from sim.answers.scales import ScaleTable, scale_of
from sim.drawing.draw import draw_block
from sim.implied.implied import implied
from sim.streams import BLOCK

SCALES = {
    "continuous": ScaleTable(),
    "two-categories": ScaleTable(categories=2),
    "five-skewed": ScaleTable(categories=5, skewness=-1.0),
    "eleven": ScaleTable(categories=11),
    "slider": ScaleTable(slider=100, mean=60.0, sd=20.0),
}


@pytest.mark.parametrize("table", SCALES.values(), ids=SCALES)
def test_draw(benchmark, table):
    population = dataclasses.replace(POPULATION, scale=scale_of(table, POPULATION.model.items))
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("table", SCALES.values(), ids=SCALES)
def test_effective_moments(benchmark, table):
    scale = scale_of(table, POPULATION.model.items)
    timed(benchmark, lambda: implied(dataclasses.replace(POPULATION, scale=scale)).likert_moments, 1)
