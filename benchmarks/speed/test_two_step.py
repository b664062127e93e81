"""Speed of the two-step and limited-information methods on one core: 19 items, n = 72. Run by `make speed`."""

import pytest

from benchmarks.speed.test_stages import BATCH, MODEL, PATHS, fresh, timed
from estimators.factors.miiv import ModelImpliedInstruments
from estimators.twostep.factorscores import Croon, RegressionScores
from estimators.twostep.measurement import measure
from estimators.twostep.sam import LocalSAM
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch
from sim.streams import BLOCK

METHODS = {
    "regression-scores": RegressionScores(),
    "croon": Croon(),
    "sam": LocalSAM(),
    "sam-values-only": LocalSAM().without_inference(),
    "miiv": ModelImpliedInstruments(),
    "miiv-values-only": ModelImpliedInstruments().without_inference(),
}


def test_measurement(benchmark):
    batch = Batch.of_moments(BATCH.moments)
    timed(benchmark, lambda: measure(batch, MODEL), BLOCK)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_fit(benchmark, method):
    batch = Batch.of_moments(BATCH.moments)
    timed(benchmark, lambda: method.fit(batch, MODEL, PATHS), BLOCK)


def test_bootstrap_resamples_of_croon(benchmark):
    timed(benchmark, lambda: Bootstrap(Croon(), 500).fit(fresh(4), MODEL, PATHS), 4 * 500)
