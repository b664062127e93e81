"""Answers turned so that a model fits them perfectly, and resampled: how statistics of fit vary where it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from estimators.base import Estimator
from estimators.entry import Entry
from estimators.inference.intervals import FEWEST, MOST_RESAMPLES
from estimators.settings import check_count
from estimators.wrappers.bootstrap import bootstrap_rows
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target

#: Smallest eigenvalue of correlations that data are turned by, or to.
SMALLEST = 1e-10


@dataclass(frozen=True)
class ResampledFit(Wrapper):
    """`inner`'s estimates with p-values of fit from `resamples` of answers that the model fits perfectly.

    `method` is the method whose fit is tested, `inner` the same or a wrapper of it. A subclass says which methods it
    tests, and gives `estimate`; its one setting is the number of resamples.
    """

    method: Estimator
    resamples: int = 500

    about: ClassVar = "inference"
    #: The class of the methods that it tests.
    tests: ClassVar[type]

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """The methods that it tests."""
        return issubclass(entry.estimator, cls.tests)

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Self | Estimator:
        """The setting is the number of resamples that give the p-values."""
        (key,) = cls.keys
        resamples = asked.settings.get(key)
        if resamples is None or not isinstance(asked.alone, cls.tests):
            return estimator
        check_count(key, resamples, "a whole number of resamples,", FEWEST, MOST_RESAMPLES)
        return cls(estimator, asked.alone, resamples)

    def refits(self, batch: Batch, implied: Floats, r: int, model: Model, targets: Sequence[Target]) -> Floats:
        """Values (B, q) of the method for resamples of replication r whose covariances are `implied` (p, p)."""
        drawn = resamples_that_fit(batch, implied, r, self.resamples)
        return self.method.without_inference().fit(drawn, model, targets).value


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


def turnable(batch: Batch) -> Bools:
    """Data sets (R,) whose correlations of retained items have a root to be turned by: no item is a sum of others."""
    found = np.zeros(len(batch), dtype=bool)
    for r, kept in enumerate(batch.retained):
        sample = batch.moments.correlations[r][np.ix_(kept, kept)]
        found[r] = bool(np.isfinite(sample).all()) and np.linalg.eigvalsh(sample)[0] > SMALLEST
    return found


def symmetric_root(matrix: Floats, power: float) -> Floats:
    """A power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)
