"""Polychoric correlations of answers of which some are missing, each from those who answered both items.

Thresholds are those of everyone who answered the item, correlations of everyone who answered both (Muthen 1984, two
steps). A respondent's influence on a correlation is by way of the pair where both items were answered, and of each
threshold where that item was, so that their cross-product is the covariance of correlations that rest on different
respondents. Right where answers are missing completely at random.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from estimators.base import Status
from estimators.kernels.polychoric import MOST_CATEGORIES
from estimators.polychoric import Polychorics
from sim.batch import Batch, Bools, Floats
from sim.missing import FEWEST

#: Gauss-Legendre nodes on [0, 1].
_NODES, _WEIGHTS = (0.5 * (np.polynomial.legendre.leggauss(96)[0] + 1.0), 0.5 * np.polynomial.legendre.leggauss(96)[1])
#: Correlations at which the likelihood is asked whether it rises on.
_WITHIN = (0.9, 0.99, 0.9999)
_SMALLEST = 1e-16
#: The code of an answer that is missing.
_GONE = 255


@dataclass(frozen=True)
class PairwisePolychorics(Polychorics):
    """Correlations with every respondent's influence on them: of each data set (n, p(p - 1)/2), NaN where it has none.

    codes are 255 where an answer is missing; counts and thresholds are those of the respondents who answered.
    """

    effects: tuple[Floats, ...] = ()


class _Item(NamedTuple):
    """codes (n,), 255 where missing; thresholds (k - 1,); below (k - 1,): shares of the n who answered."""

    codes: NDArray[np.uint8]
    thresholds: Floats
    below: Floats
    n: int


def pairwise_polychorics(batch: Batch) -> PairwisePolychorics:
    """The correlations of a batch with missing answers.

    Statuses are those of `polychorics`, and TOO_FEW_ANSWERS where fewer than three answered some item or some two.
    """
    assert batch.missing is not None
    assert batch.answers is not None
    r, n, p = batch.answers.shape
    correlations, status = np.full((r, p, p), np.nan), np.full(r, Status.OK, dtype=np.int8)
    categories, codes = np.zeros((r, p), np.int64), np.full((r, p, n), _GONE, np.uint8)
    counts = np.zeros((r, p, MOST_CATEGORIES), np.int32)
    thresholds = np.full((r, p, MOST_CATEGORIES), np.inf)
    effects = []
    for at in range(r):
        kept = np.flatnonzero(batch.retained[at])
        items: dict[int, _Item] = {}
        for i in kept:
            told = _item(batch.answers[at][:, i], batch.missing[at][:, i])
            if isinstance(told, Status):
                status[at] = max(int(status[at]), int(told)) if told == Status.CONSTANT_ITEM else told
                continue
            items[int(i)] = told
            codes[at, i] = told.codes
            categories[at, i] = len(told.thresholds) + 1
            thresholds[at, i, : len(told.thresholds)] = told.thresholds
            found = np.bincount(told.codes[told.codes != _GONE], minlength=MOST_CATEGORIES)
            counts[at, i] = found[:MOST_CATEGORIES]
        effects.append(np.full((n, p * (p - 1) // 2), np.nan))
        if status[at] == Status.OK:
            status[at] = _pairs(items, p, correlations[at], effects[-1])
        if status[at] > Status.INADMISSIBLE:
            correlations[at] = np.nan
    return PairwisePolychorics(
        correlations, status, batch.retained, categories, codes, counts, thresholds, tuple(effects)
    )


def _item(answers: NDArray[np.generic], missing: Bools) -> _Item | Status:
    """The categories of one item, or why there are none."""
    known = answers[~missing].astype(np.float64)
    if len(known) < FEWEST:
        return Status.TOO_FEW_ANSWERS
    values, ranks = np.unique(known, return_inverse=True)
    if len(values) == 1:
        return Status.CONSTANT_ITEM
    if len(values) > MOST_CATEGORIES or (values != np.floor(values)).any():
        return Status.NOT_ORDINAL
    codes = np.full(len(answers), _GONE, np.uint8)
    codes[~missing] = ranks
    below = np.cumsum(np.bincount(ranks))[:-1] / len(known)
    return _Item(codes, ndtri(below), below, len(known))


def _pairs(items: dict[int, _Item], p: int, correlations: Floats, effects: Floats) -> Status:
    """Fill in the correlations (p, p) and the influences (n, all pairs) of one data set."""
    status, number = Status.OK, np.full((p, p), -1)
    number[np.triu_indices(p, 1)] = np.arange(p * (p - 1) // 2)
    for i, one in items.items():
        correlations[i, i] = 1.0
        for l, two in items.items():
            if l <= i:
                continue
            both = (one.codes != _GONE) & (two.codes != _GONE)
            if both.sum() < FEWEST:
                return Status.TOO_FEW_ANSWERS
            table = np.zeros((len(one.thresholds) + 1, len(two.thresholds) + 1))
            np.add.at(table, (one.codes[both], two.codes[both]), 1.0)
            rho = _correlation(_without_empty_cell(table), one.thresholds, two.thresholds)
            correlations[i, l] = correlations[l, i] = rho
            if abs(rho) == 1.0:
                status = Status.INADMISSIBLE
            else:
                effects[:, number[i, l]] = _influence(table, rho, one, two, both)
    return status


def _without_empty_cell(table: Floats) -> Floats:
    """A 2 x 2 table with half an answer moved into its empty cell, margins kept, as lavaan has it."""
    if table.shape != (2, 2) or table.all():
        return table
    shift = 0.5 if not (table[0, 0] and table[1, 1]) else -0.5
    return table + shift * np.array([[1.0, -1.0], [-1.0, 1.0]])


def _correlation(table: Floats, x: Floats, y: Floats) -> float:
    """Where the likelihood of a two-way table is largest; +-1 where it rises up to there."""

    def score(rho: float) -> float:
        shares, slopes = _shares(rho, x, y), _slopes(rho, x, y)
        return float((table * slopes / shares).sum())

    for end in _WITHIN:
        low, high = score(-end), score(end)
        if low > 0.0 > high:
            return float(brentq(score, -end, end, xtol=1e-14, rtol=1e-14))
    return 1.0 if high >= 0.0 else -1.0


def _grid(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Both items' thresholds as columns and rows."""
    return x[:, None], y[None, :]


def _differences(grid: Floats) -> Floats:
    """Cells of a grid over the thresholds that has its borders: double differences."""
    return np.asarray(np.diff(np.diff(grid, axis=0), axis=1))


def _shares(rho: float, x: Floats, y: Floats) -> Floats:
    """Probabilities of the cells (Plackett 1954: the integral of the density over the correlation)."""
    h, k = _grid(x, y)
    angles = np.arcsin(rho) * _NODES
    sine, cosine = np.sin(angles), np.cos(angles)
    exponent = -(h**2 + k**2)[..., None] / 2.0 / cosine**2 + (h * k)[..., None] * sine / cosine**2
    excess = np.arcsin(rho) / (2.0 * np.pi) * (np.exp(exponent) @ _WEIGHTS)
    grid = np.zeros((len(x) + 2, len(y) + 2))
    grid[1:-1, 1:-1] = ndtr(h) * ndtr(k) + excess
    grid[-1, 1:-1], grid[1:-1, -1], grid[-1, -1] = ndtr(y), ndtr(x), 1.0
    return np.maximum(_differences(grid), _SMALLEST)


def _slopes(rho: float, x: Floats, y: Floats) -> Floats:
    """Derivatives of the cells' probabilities by the correlation."""
    h, k = _grid(x, y)
    rest = 1.0 - rho * rho
    grid = np.zeros((len(x) + 2, len(y) + 2))
    grid[1:-1, 1:-1] = np.exp(-(h**2 - 2.0 * rho * h * k + k**2) / (2.0 * rest)) / (2.0 * np.pi * np.sqrt(rest))
    return _differences(grid)


def _influence(table: Floats, rho: float, one: _Item, two: _Item, both: Bools) -> Floats:
    """Each respondent's influence (n,) on the correlation, times n, as `estimators.polychoric.influence` has it."""
    shares = _shares(rho, one.thresholds, two.thresholds)
    scores = np.where(table > 0.0, _slopes(rho, one.thresholds, two.thresholds) / shares, 0.0)
    information = float((table * scores**2).sum())
    products = table * scores / shares
    found = np.zeros(len(both))
    found[both] = scores[one.codes[both], two.codes[both]]
    for own, other, seen in ((one, two, products), (two, one, products.T)):
        found -= _by_thresholds(own, other, rho, seen)
    return found * len(found) / information


def _by_thresholds(own: _Item, other: _Item, rho: float, products: Floats) -> Floats:
    """What a respondent (n,) does to the sum of scores by way of an item's thresholds; 0 for who did not answer it.

    products: counts times score over probability, the item's own categories in the rows.
    """
    spread = np.sqrt(1.0 - rho * rho)
    ends = np.concatenate([[-np.inf], other.thresholds, [np.inf]])
    within = np.diff(ndtr((ends[None, :] - rho * own.thresholds[:, None]) / spread), axis=1)  # (k - 1, other's k)
    moved = (within * (products[:-1] - products[1:])).sum(axis=1)
    places = np.arange(len(own.thresholds) + 1)
    effect = ((places[:, None] <= np.arange(len(own.thresholds))[None, :]) - own.below) @ moved / own.n
    answered = own.codes != _GONE
    found = np.zeros(len(own.codes))
    found[answered] = effect[own.codes[answered]]
    return found
