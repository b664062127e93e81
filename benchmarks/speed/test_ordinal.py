"""Speed of what rests on polychoric correlations, on one core: 19 items of five categories, n = 72."""

import numpy as np

from benchmarks.speed.test_stages import BATCH, MODEL, PATHS, ROWS, fresh, timed
from estimators.composites.ordinal import OrdinalConsistentPLS
from estimators.polychoric import influence, polychorics
from sim.batch import Batch
from sim.streams import BLOCK


def test_polychorics(benchmark):
    timed(benchmark, lambda: polychorics(BATCH), BLOCK)


def test_polychorics_of_resamples(benchmark):
    every = np.ones(len(MODEL.items), dtype=bool)
    timed(benchmark, lambda: polychorics(Batch.of_resamples(BATCH.raw[0], ROWS, every)), len(ROWS))


def test_influence(benchmark):
    found = polychorics(BATCH)
    out = np.empty((found.codes.shape[2], len(MODEL.items) * (len(MODEL.items) - 1) // 2))
    timed(benchmark, lambda: [influence(found, r, out) for r in range(32)], 32)


def test_ordinal_consistent_pls(benchmark):
    method = OrdinalConsistentPLS()
    timed(benchmark, lambda: method.fit(fresh(), MODEL, PATHS), BLOCK)
