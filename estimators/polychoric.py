"""Polychoric correlations of ordinal answers and their casewise influence, for every method that rests on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from estimators.base import Status
from estimators.kernels.influence import polychoric_influence
from estimators.kernels.polychoric import MOST_CATEGORIES, code_batch, polychoric_batch
from estimators.solution import constant_items
from sim.batch import Batch, Bools, Floats


@dataclass(frozen=True)
class Polychorics:
    """Polychoric correlations of R data sets, and what they were found from.

    correlations (R, p, p): NaN for items that are not retained, and everywhere in replications with a fatal status.
    status (R,): OK; CONSTANT_ITEM; else NOT_ORDINAL where an item has more than 20 different answers or one that is
    no whole number; INADMISSIBLE where the likelihood of a pair rises up to |rho| = 1: that correlation is then +-1.
    Nothing is said of matrices that are not positive definite.
    retained (R, p); categories (R, p): how many somebody chose, of K at most; codes (R, p, n): each answer's category,
    from 0; counts (R, p, K); thresholds (R, p, K): upper limits of the categories, infinite from the last one on.
    Codes, counts and thresholds are empty for moments without answers.
    """

    correlations: Floats
    status: NDArray[np.int8]
    retained: Bools
    categories: NDArray[np.int64]
    codes: NDArray[np.uint8]
    counts: NDArray[np.int32]
    thresholds: Floats


def polychorics(batch: Batch) -> Polychorics:
    """Polychoric correlations of a batch by two-step maximum likelihood (Olsson 1979, Psychometrika 44(4)).

    Thresholds are normal quantiles of the cumulative shares in each margin, between the categories that somebody chose;
    each correlation then maximises the likelihood of its two-way table. Empty cells stay empty, except in a 2 x 2
    table: half an answer is moved there so that the margins stay, as lavaan does (polycor leaves it empty). Moments
    without answers give their own correlations: they stand for the latent variables.
    """
    if not batch.has_answers:
        return _of_moments(batch)
    answers = np.require(batch.raw, np.int8 if batch.raw.dtype == np.int8 else np.float64, ["C", "W"])
    r, n, p = answers.shape
    status = np.full(r, Status.OK, dtype=np.int8)
    codes, counts = np.zeros((r, p, n), np.uint8), np.zeros((r, p, MOST_CATEGORIES), np.int32)
    categories = np.zeros((r, p), np.int64)
    code_batch(answers, batch.retained, codes, counts, categories, status)
    counts = np.ascontiguousarray(counts[:, :, : max(2, int(categories.max(initial=2)))])
    thresholds = ndtri(np.cumsum(counts, axis=2) / n)
    correlations = np.full((r, p, p), np.nan)
    polychoric_batch(codes, counts, categories, batch.retained, thresholds, correlations, status)
    return Polychorics(correlations, status, batch.retained, categories, codes, counts, thresholds)


def influence(found: Polychorics, r: int, out: Floats | None = None) -> Floats:
    """Casewise influence on the correlations of replication r (n, p (p - 1) / 2), in `out` where that is given.

    Its cross-product over n is the asymptotic covariance of sqrt(n) times the correlations, the thresholds being
    estimated in the first step (Muthen 1984, Psychometrika 49(1), eq. 21-24; Joreskog 1994, Psychometrika 59(3)).
    Pairs go row by row, (0, 1), (0, 2), ..., (1, 2), ..., as `np.triu_indices(p, 1)` has them. Derivatives of the
    scores are mean cross-products over the respondents, as in lavaan, whose NACOV is n / (n - 1) times this. NaN for
    pairs with an item that is not retained, pairs at +-1 and all pairs of a fatal replication.
    """
    _, p, n = found.codes.shape
    effects = np.empty((n, p * (p - 1) // 2)) if out is None else out
    polychoric_influence(
        found.codes[r], found.counts[r], found.categories[r], found.retained[r],
        found.thresholds[r], found.correlations[r], effects,
    )  # fmt: skip
    return effects


def _of_moments(batch: Batch) -> Polychorics:
    r, p = batch.retained.shape
    both = batch.retained[:, :, None] & batch.retained[:, None, :]
    return Polychorics(
        correlations=np.where(both, batch.moments.correlations, np.nan),
        status=constant_items(batch),
        retained=batch.retained,
        categories=np.zeros((r, p), np.int64),
        codes=np.zeros((r, p, 0), np.uint8),
        counts=np.zeros((r, p, 0), np.int32),
        thresholds=np.zeros((r, p, 0)),
    )
