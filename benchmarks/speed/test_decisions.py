"""Speed of researchers' rules on one core: 19 items, n = 72. Run by `make speed`.

The rule that drops one item at a time refits PLS after each: about eight fits of each data set.
"""

import numpy as np
import pytest

from benchmarks.speed.test_stages import ADDRESS, MODEL, PATHS, POPULATION, timed
from estimators.composites.pls import PLS
from estimators.methods import build
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.streams import BLOCK

ANSWERS = np.concatenate([draw_block(POPULATION, 72, ADDRESS, block, BLOCK).raw for block in range(4)])
MOMENTS = {size: Batch.of(ANSWERS[:size]).moments for size in (BLOCK, 4 * BLOCK)}
RULES = ("all-at-once", "one-at-a-time", "hair", "item-total", "alpha-if-deleted", "htmt", "communality")


@pytest.mark.parametrize("data_sets", MOMENTS)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_with_pls(benchmark, rule, data_sets):
    method = build("pls", {"steps": [{"rule": rule}]}, 0.95).estimator
    timed(benchmark, lambda: method.fit(Batch.of_moments(MOMENTS[data_sets]), MODEL, PATHS), data_sets)


@pytest.mark.parametrize("data_sets", MOMENTS)
def test_pls_alone(benchmark, data_sets):
    timed(benchmark, lambda: PLS().fit(Batch.of_moments(MOMENTS[data_sets]), MODEL, PATHS), data_sets)
