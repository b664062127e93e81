"""Answers turned so that a model fits them perfectly, and resampled: how statistics of fit vary where it holds."""

import numpy as np

from estimators.wrappers.bootstrap import bootstrap_rows
from sim.batch import Batch, Floats


def resamples_that_fit(batch: Batch, implied: Floats, r: int, resamples: int) -> Batch:
    """Bootstrap resamples of the answers of replication r, turned so that their covariances are `implied` (p, p).

    The rows drawn are those of the bootstrap: more resamples begin with the same ones.
    """
    data = answers_that_fit(batch, implied, r)
    generator = batch.address.generator("bootstrap", int(batch.replications[r]))
    return Batch.of_resamples(data, bootstrap_rows(generator, resamples, len(data)), batch.retained[r], batch.items)


def answers_that_fit(batch: Batch, implied: Floats, r: int) -> Floats:
    """The answers of replication r, standardised and turned so that their covariances are `implied` (n, p).

    implied (p, p): in units of the sample's standard deviations. Items not retained are 0.
    """
    kept = batch.retained[r]
    chosen = np.ix_(kept, kept)
    sample = batch.moments.correlations[r][chosen]
    answers = batch.raw[r][:, kept].astype(np.float64)
    standardised = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    turned = np.zeros((len(answers), len(kept)))
    turned[:, kept] = standardised @ symmetric_root(sample, -0.5) @ symmetric_root(implied[chosen], 0.5)
    return turned


def symmetric_root(matrix: Floats, power: float) -> Floats:
    """A power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)
