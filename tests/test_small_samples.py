"""Twenty respondents, and five: every method gives numbers or a status for every replication, never an exception."""

from collections import Counter

import numpy as np
import pytest

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from sim import catalogue
from sim.draw import draw_block
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


def test_composites_need_no_more_respondents_than_items():
    batch = draw_block(POPULATION, 15, HERE, 0, 60)
    for name in ("sumscores", "pls", "components"):
        assert not ESTIMATORS[name].estimator().fit(batch, POPULATION.model).fatal.any()
    assert (ESTIMATORS["ml"].estimator().fit(batch, POPULATION.model).status == Status.SINGULAR).all()
