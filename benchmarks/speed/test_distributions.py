"""Speed of distributions other than the normal on one core: 19 items, n = 72, data sets per second and preparation."""

import dataclasses

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from sim.answers.likert import Scale
from sim.drawing.draw import draw_block
from sim.implied.implied import implied
from sim.solving.shares import keeping_shares
from sim.streams import BLOCK
from sim.structures.distribution import Distribution

WORLDS = {
    "normal": Distribution(),
    "within-sample": Distribution(standardised="within sample"),
    "chi-square-constructs": Distribution(constructs="chi-square", df=3),
    "t-errors": Distribution(errors="t", df=5),
    "vale-maurelli": Distribution(items="vale-maurelli", skewness=0.5, kurtosis=1.0),
    "independent-generators": Distribution(items="independent generator", skewness=0.25, kurtosis=0.5),
    "normal-copula": Distribution(items="copula", marginal="chi-square", df=8),
    "t-copula": Distribution(items="copula", copula="t", copula_df=5, marginal="chi-square", df=8),
}


@pytest.mark.parametrize("scale", ["likert", "continuous"])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_draw(benchmark, world, scale):
    whole = keeping_shares(dataclasses.replace(POPULATION, distribution=world), POPULATION.model.items)
    population = whole if scale == "likert" else dataclasses.replace(whole, scale=Scale.continuous())
    timed(benchmark, lambda: draw_block(population, 72, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_moments_after_the_cut(benchmark, world):
    whole = keeping_shares(dataclasses.replace(POPULATION, distribution=world), POPULATION.model.items)
    timed(benchmark, lambda: implied(dataclasses.replace(whole)).likert_moments, 1)
