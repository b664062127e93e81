"""Speed of prediction on one core: 19 items, n = 72, ten folds, data sets per second."""

import pytest

from benchmarks.speed.test_stages import ADDRESS, POPULATION, timed
from estimators.methods import build
from estimators.prediction.wrapper import item_targets, loss_targets
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.streams import BLOCK

MODEL = POPULATION.model
TARGETS = (*item_targets(MODEL), *loss_targets("cvpat_lm", MODEL))


@pytest.mark.parametrize("method", ["pls", "plsc", "sumscores"])
def test_ten_folds(benchmark, method):
    estimator = build(method, {"predict": {"folds": 10}}, 0.95).estimator
    drawn = draw_block(POPULATION, 72, ADDRESS, 0)
    timed(benchmark, lambda: estimator.fit(Batch.of(drawn.raw, items=drawn.items), MODEL, TARGETS), BLOCK)


def test_ten_folds_ten_times_of_one_survey(benchmark):
    estimator = build("pls", {"predict": {"folds": 10, "repetitions": 10}}, 0.95).estimator
    drawn = draw_block(POPULATION, 72, ADDRESS, 0, 1)
    timed(benchmark, lambda: estimator.fit(Batch.of(drawn.raw, items=drawn.items), MODEL, TARGETS), 1)
