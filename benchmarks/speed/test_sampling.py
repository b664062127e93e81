"""Speed of finite populations and clusters on one core: 19 items, n = 72 of 88 firms, data sets per second."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, PATHS, POPULATION, fresh, timed
from estimators.methods import build
from sim.drawing.draw import draw_block, finite_truth
from sim.streams import BLOCK
from sim.structures.sampling import Sampling

FIRMS = {"Haliopole": 52, "Logipole": 21, "Agrotech": 15}
UNEQUAL = {"Haliopole": 0.6, "Logipole": 0.82, "Agrotech": 0.82}
DESIGNS = {
    "one-population": Sampling(population_size=88),
    "clusters": Sampling(FIRMS, icc=0.1, icc_errors=0.05),
    "unequal-response": Sampling(FIRMS, icc=0.1, response=UNEQUAL),
    "endless-clusters": Sampling(FIRMS, icc=0.1, finite=False),
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_draw(benchmark, design):
    population = dataclasses.replace(POPULATION, sampling=design)
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


def test_finite_truth(benchmark):
    population = dataclasses.replace(POPULATION, sampling=DESIGNS["clusters"])
    timed(benchmark, lambda: finite_truth(population, PATHS, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("settings", [{}, {"fpc": 88}], ids=["plain", "fpc"])
def test_correction(benchmark, settings):
    method = build("sumscores", settings, 0.95).estimator
    timed(benchmark, lambda: method.fit(fresh(), POPULATION.model, PATHS), BLOCK)
