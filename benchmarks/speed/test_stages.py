"""Speed of every stage on one core: 19 items, n = 72. Run by `make speed`; each figure is operations per second.

`extra_info["per_second"]` holds data sets, resamples or fits per second, from the fastest round.
"""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.run.runner import block_table, keep_freed_memory
from benchmarks.study.study import load
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from estimators.wrappers.bootstrap import Bootstrap, bootstrap_rows, data_sets_together
from estimators.wrappers.screening import Screening
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.moments import Moments, resample, sample_moments
from sim.streams import BLOCK, Address

POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
ADDRESS = Address(1, "ef" * 32)
PATHS = [MODEL.target(name) for name in ("PERF~ACRM", "PERF~OCRM", "r2(PERF)")]
BATCH = draw_block(POPULATION, 72, ADDRESS, 0)
ROWS = bootstrap_rows(np.random.default_rng(1), 500, 72)


def timed(benchmark, operation, count):
    """Time `operation`, which does `count` things, after it is compiled."""
    operation()
    with threadpool_limits(1):
        benchmark(operation)
    if benchmark.stats:
        benchmark.extra_info["per_second"] = round(count / benchmark.stats.stats.min)


def fresh(size=BLOCK):
    """The first data sets as a batch on which no method has worked anything out yet."""
    return Batch.of(BATCH.raw[:size], BATCH.replications[:size], ADDRESS)


def test_draw(benchmark):
    timed(benchmark, lambda: draw_block(POPULATION, 72, ADDRESS, 0), BLOCK)


def test_moments(benchmark):
    timed(benchmark, lambda: sample_moments(BATCH.raw), BLOCK)


def test_correlations(benchmark):
    given = BATCH.moments
    timed(benchmark, lambda: Moments(given.means, given.covariances, given.n).correlations, BLOCK)


def test_resampled_moments(benchmark):
    timed(benchmark, lambda: resample(BATCH.raw[0], ROWS), len(ROWS))


@pytest.mark.parametrize(
    "method",
    [SumScores(), PLS(), MaximumLikelihood(), MaximumLikelihood().without_inference(), Screening(PLS())],
    ids=["sumscores", "pls", "ml", "ml-values-only", "pls-screened"],
)
def test_fit(benchmark, method):
    timed(benchmark, lambda: method.fit(Batch.of_moments(BATCH.moments), MODEL, PATHS), BLOCK)


def test_bootstrap_resamples_of_pls(benchmark):
    timed(benchmark, lambda: Bootstrap(PLS(), 500).fit(fresh(16), MODEL, PATHS), 16 * 500)


def test_pls_and_plsc_together(benchmark):
    def fit():
        batch = Batch.of_moments(BATCH.moments)
        return [method.fit(batch, MODEL, PATHS) for method in (PLS(), ConsistentPLS())]

    timed(benchmark, fit, BLOCK)


def test_bootstrap_resamples_of_pls_and_plsc_together(benchmark):
    methods = [Bootstrap(PLS(), 500), Bootstrap(ConsistentPLS(), 500)]
    size = data_sets_together(500)
    keep_freed_memory()

    def fit():
        for r in range(0, 16, size):
            some = Batch.of(BATCH.raw[r : r + size], BATCH.replications[r : r + size], ADDRESS)
            for method in methods:
                method.fit(some, MODEL, PATHS)

    timed(benchmark, fit, 16 * 500)


def test_a_block_of_the_flagship(benchmark):
    study = load("crm-clusters", quick=True)
    timed(benchmark, lambda: block_table(study, study.cells[0], 0), BLOCK)
