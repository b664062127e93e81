"""Speed of missing answers on one core: 19 items, n = 72, data sets per second drawn, and handled with sum scores."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from estimators.methods import build
from estimators.wrappers.handlings import HANDLINGS
from sim.answers.missingness import Missingness
from sim.drawing.draw import draw_block
from sim.streams import BLOCK

FORMS = (("CC1", "OGG1", "VA1"), ("CC2", "OGG2", "VA2"), ())
WAYS = {
    "plain": Missingness(),
    "at-random": Missingness(share=0.05),
    "depending": Missingness(share=0.05, depends_on="CC1", strength=1.0),
    "forms": Missingness(forms=FORMS),
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_draw(benchmark, ways):
    population = dataclasses.replace(POPULATION, missing=ways)
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("handling", ["complete", *HANDLINGS])
def test_handling(benchmark, handling):
    share = 0.0 if handling == "complete" else 0.05
    population = dataclasses.replace(POPULATION, missing=Missingness(share=share))
    settings = {} if handling == "complete" else {"missing": handling}
    method = build("sumscores", settings, 0.95).estimator
    batch = draw_block(population, 72, ADDRESS, 0)
    timed(benchmark, lambda: method.fit(dataclasses.replace(batch, found={}), population.model), BLOCK)
