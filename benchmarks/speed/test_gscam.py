"""Speed of GSCA with uniqueness terms on one core: 19 items, n = 72. Run by `make speed`."""

from benchmarks.speed.test_stages import BATCH, MODEL, PATHS, fresh, timed
from estimators.composites.gscam import GSCAm
from estimators.wrappers.bootstrap import Bootstrap
from sim.batch import Batch
from sim.streams import BLOCK


def test_gscam(benchmark):
    batch = Batch.of_moments(BATCH.moments)
    timed(benchmark, lambda: GSCAm().fit(batch, MODEL, PATHS), BLOCK)


def test_gscam_of_one_data_set(benchmark):
    batch = Batch.of_moments(BATCH.rows(slice(0, 1)).moments)
    timed(benchmark, lambda: GSCAm().fit(batch, MODEL, PATHS), 1)


def test_bootstrap_resamples_of_gscam(benchmark):
    timed(benchmark, lambda: Bootstrap(GSCAm(), 20).fit(fresh(4), MODEL, PATHS), 4 * 20)
