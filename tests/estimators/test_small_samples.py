"""Twenty respondents, and five: every method gives numbers or a status for every replication, never an exception."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.own.wanted import targets_of
from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.streams import Address

POPULATION = catalogue.population("crm-clusters")
HERE = Address(20, "20" * 32)
#: Data sets whose every item varies; at n = 5 a few have an item that does not.
REPLICATIONS = {20: 60, 5: 20}


@pytest.mark.parametrize("n", REPLICATIONS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_replication_ends_in_numbers_or_a_status(name, n):
    batch = draw_block(POPULATION, n, HERE, 0, REPLICATIONS[n])
    fit = ESTIMATORS[name].estimator().fit(batch, POPULATION.model)
    counts = Counter(Status(int(code)) for code in fit.status)
    assert sum(counts.values()) == REPLICATIONS[n]
    usable = sum(count for status, count in counts.items() if not status.fatal)
    paths = [column for column, target in enumerate(fit.targets) if target.kind in ("path", "r2", "loading")]
    assert np.isfinite(fit.value[:, paths]).all(axis=1).sum() == usable
    assert np.isnan(fit.value).all(axis=1).sum() == REPLICATIONS[n] - usable
    constant = (batch.raw == batch.raw[:, :1]).all(axis=1).any(axis=1)
    assert counts[Status.CONSTANT_ITEM] == constant.sum()


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_quantity_stands_up_to_hardly_any_data(name, n):
    """Without exception or warning: one to three respondents, of whom all agree on one item, and a block left empty."""
    model = POPULATION.model
    answers = draw_block(POPULATION, n, HERE, 0, 3).raw.copy()
    answers[0, :, 0] = 3
    retained = np.ones((3, len(model.items)), dtype=bool)
    retained[1, : model.bounds[1]] = False
    fit = ESTIMATORS[name].estimator().fit(Batch.of(answers).keep(retained), model, targets_of(model))
    assert fit.status[0] == Status.CONSTANT_ITEM
    assert fit.fatal[1]


def test_composites_need_no_more_respondents_than_items():
    batch = draw_block(POPULATION, 15, HERE, 0, 60)
    for name in ("sumscores", "pls", "components"):
        assert not ESTIMATORS[name].estimator().fit(batch, POPULATION.model).fatal.any()
    assert (ESTIMATORS["ml"].estimator().fit(batch, POPULATION.model).status == Status.SINGULAR).all()
