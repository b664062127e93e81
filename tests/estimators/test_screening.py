"""The 0.70 rule as a wrapper."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.solution import loading_targets
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.screening import Screening
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.model import Model
from sim.streams import Address

POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
BATCH = draw_block(POPULATION, 72, Address(1, "cd" * 32), 0, 60)


def test_exactly_the_items_under_the_threshold_are_dropped_at_once():
    loadings = PLS().fit(BATCH, MODEL, loading_targets(MODEL)).value
    fit = Screening(PLS(), AllAtOnce(0.6, 1)).fit(BATCH, MODEL)
    np.testing.assert_array_equal(fit.retained, loadings >= 0.6)
    assert not fit.short.any()


@pytest.mark.parametrize("method", [PLS(), SumScores()])
def test_the_refit_is_a_fit_of_the_model_without_the_dropped_items(method):
    fit = Screening(method).fit(BATCH, MODEL)
    for r in (0, 17, 43):
        kept = [item for item, retained in zip(MODEL.items, fit.retained[r], strict=True) if retained]
        syntax = "\n".join(
            f"{block.construct} =~ " + "+".join(item for item in block.items if item in kept) for block in MODEL.blocks
        )
        smaller = Model.parse(f"{syntax}\nPERF ~ ACRM + OCRM")
        alone = method.fit(Batch.of(BATCH.raw[r][:, fit.retained[r]]), smaller)
        for target, value in zip(smaller.targets, alone.value[0], strict=True):
            assert abs(value - fit.value[r, fit.column(target.name)]) < 1e-12


def test_a_block_keeps_its_two_best_items_and_says_so():
    loadings = np.array([[0.9, 0.2, 0.65, 0.6, 0.1, 0.71, 0.72, 0.3, *[0.1, 0.5, 0.4, 0.3, 0.2], *[0.8] * 6]])
    kept, short = AllAtOnce().kept(loadings, np.ones((1, 19), dtype=bool), MODEL)
    assert short.tolist() == [[False, True, False]]
    assert np.flatnonzero(kept[0, 8:13]).tolist() == [1, 2]
    assert kept[0, :8].tolist() == [True, False, False, False, False, True, True, False]


def test_a_single_item_block_is_never_called_short():
    model = Model.parse("A =~ a1\nB =~ b1 + b2\nB ~ A")
    kept, short = AllAtOnce().kept(np.array([[1.0, 0.9, 0.2]]), np.ones((1, 3), dtype=bool), model)
    assert short.tolist() == [[False, True]]
    assert kept.all()


def test_a_failed_first_fit_keeps_its_status_and_drops_nothing():
    data = draw(POPULATION, 30, 3, np.random.default_rng(2))
    data[1, :, 4] = 2
    fit = Screening(Bootstrap(PLS(), 30)).fit(Batch.of(data), MODEL)
    assert fit.status[1] == Status.CONSTANT_ITEM
    assert np.isnan(fit.value[1]).all()
    assert np.isnan(fit.se[1]).all()
    assert fit.retained[1].all()
    assert fit.status[0] == fit.status[2] == Status.OK


def test_the_bootstrap_inside_resamples_the_screened_model():
    screened = Screening(Bootstrap(PLS(), 40)).fit(BATCH, MODEL)
    plain = Bootstrap(PLS(), 40).fit(BATCH.keep(screened.retained), MODEL)
    np.testing.assert_array_equal(screened.se, plain.se)
