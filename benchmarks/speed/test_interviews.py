"""Speed of interviews on one core: 40 themes, 7 and 30 interviews, tables per second, drawn and by each method."""

import pytest

from benchmarks.speed.test_stages import ADDRESS, timed
from estimators.richness.catalogue import RICHNESS, build_for_interviews
from sim import catalogue
from sim.batch import Batch
from sim.streams import BLOCK
from sim.themes.population import THEMES

WORLD = catalogue.world("social-crm-interviews")
TARGETS = [THEMES.target(name) for name in ("themes", "known", "coverage", "new", "themes(14)", "interviews(0.9)")]


@pytest.mark.parametrize("n", [7, 30])
def test_draw(benchmark, n):
    timed(benchmark, lambda: WORLD.draw_block(n, ADDRESS, 0), BLOCK)


@pytest.mark.parametrize("name", RICHNESS)
def test_method(benchmark, name):
    method, batch = build_for_interviews(name, {}, 0.95), WORLD.draw_block(7, ADDRESS, 0)
    timed(benchmark, lambda: method.estimator.fit(Batch.of(batch.raw), THEMES, TARGETS), BLOCK)
