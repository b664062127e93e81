"""Likert answers: the scale (categories, thresholds) and the exact moments after the cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sim.batch import Floats, Moments
from sim.bivariate import joint_exceedance
from sim.errors import InputError

#: Categories of an item, and whole points of a slider from 0 to 100.
FEWEST, MOST, MOST_POINTS = 2, 11, 101
#: Terms of a series, and the correlation up to which what they leave out is below 1e-13 of the answers' SDs.
_TERMS, _STRONGEST = 580, 0.95
#: From so many thresholds on there is a series; so many rectangles are worked out at a time.
_MANY, _TOGETHER = 5, 1_000_000


@dataclass(frozen=True)
class Scale:
    """How a standard normal response becomes an answer: 1 + the number of thresholds it exceeds.

    thresholds: one increasing tuple an item (c - 1 numbers for c categories), or none at all for continuous answers.
    """

    thresholds: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        for number, cuts in enumerate(self.thresholds, start=1):
            if not FEWEST <= len(cuts) + 1 <= MOST_POINTS:
                raise InputError(
                    f"item {number} has {len(cuts) + 1} categories; {FEWEST} to {MOST_POINTS} are possible"
                )
            if not all(np.isfinite(cuts)) or any(b <= a for a, b in pairwise(cuts)):
                given = ", ".join(f"{cut:g}" for cut in cuts)
                raise InputError(f"item {number}: the thresholds {given} are out of order; give increasing numbers")

    @classmethod
    def continuous(cls) -> "Scale":
        """Answers are the standard normal responses themselves."""
        return cls()

    @classmethod
    def from_shares(cls, shares: Sequence[float], items: int) -> "Scale":
        """The same category shares (positive, summing to 1) for every item."""
        if any(share <= 0 for share in shares) or abs(sum(shares) - 1) > 1e-9:
            given = ", ".join(f"{share:g}" for share in shares)
            raise InputError(f"category shares {given} sum to {sum(shares):g}; give positive numbers that sum to 1")
        return cls((tuple(float(cut) for cut in ndtri(np.cumsum(shares)[:-1])),) * items)

    @property
    def is_continuous(self) -> bool:
        """True where no cut is made."""
        return not self.thresholds

    @property
    def categories(self) -> tuple[int, ...]:
        """How many categories each item has; none at all where no cut is made."""
        return tuple(len(cuts) + 1 for cuts in self.thresholds)

    def padded(self, items: int) -> Floats:
        """Thresholds (p, most thresholds of any item), filled with +inf; (p, 0) for continuous answers."""
        widest = max((len(cuts) for cuts in self.thresholds), default=0)
        table = np.full((items, widest), np.inf)
        for row, cuts in zip(table, self.thresholds, strict=False):
            row[: len(cuts)] = cuts
        return table


def likert_moments(correlations: Floats, thresholds: Floats, scores: Floats | None = None) -> Moments:
    """Exact moments (n infinite, R = 1) of the answers cut from standard normals.

    correlations (p, p) before the cut; thresholds (p, T) padded with +inf; scores (p, T + 1), what each category counts
    for (finite; default: 1, 2, ...). An answer is s_0 + sum_k (s_k - s_(k-1)) 1[z > t_k], so that means sum P(z > t_k)
    and covariances the joint exceedances of all pairs of thresholds, each times its steps (Olsson 1979 gives the same
    as rectangles).
    """
    p = len(correlations)
    above = ndtr(-thresholds)
    steps = np.ones_like(thresholds) if scores is None else np.diff(scores, axis=1)
    means = (1.0 if scores is None else scores[:, 0]) + (steps * above).sum(axis=1)
    covariances = np.diag(cut_variance(thresholds, steps))
    first, second = np.triu_indices(p, 1)
    # Perfectly related responses may have a correlation that rounding puts beyond 1.
    within = np.clip(correlations[first, second], -1.0, 1.0)
    pairs = np.empty(len(within))
    # Rectangles grow with the square of the thresholds: those of many are summed as a series where it is short.
    short = (np.abs(within) <= _STRONGEST) & (thresholds.shape[1] >= _MANY)
    if short.any():
        coefficients = _hermite_coefficients(thresholds, steps)
        pairs[short] = _series(coefficients, first[short], second[short], within[short])
    long = np.flatnonzero(~short)
    for some in np.array_split(long, 1 + len(long) * thresholds.shape[1] ** 2 // _TOGETHER):
        a, b = first[some], second[some]
        pairs[some] = cut_covariance(thresholds[a], thresholds[b], within[some], steps[a], steps[b])
    covariances[first, second] = covariances[second, first] = pairs
    return Moments(means[None], covariances[None], np.inf)


def _hermite_coefficients(thresholds: Floats, steps: Floats) -> Floats:
    """Coefficients (p, K) of cut answers in normalised Hermite polynomials of their responses, of degrees 1 to K.

    The one of degree k is sum_t step phi(t) He_(k-1)(t) / sqrt(k!), where He_k = t He_(k-1) - (k - 1) He_(k-2).
    """
    finite = np.isfinite(thresholds)
    t = np.where(finite, thresholds, 0.0)
    height = np.where(finite, steps * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), 0.0)
    before, now = np.zeros_like(t), np.ones_like(t)
    coefficients = np.empty((len(t), _TERMS))
    for k in range(_TERMS):
        coefficients[:, k] = (height * now).sum(axis=1) / np.sqrt(k + 1)
        before, now = now, (t * now - np.sqrt(k) * before) / np.sqrt(k + 1)
    return coefficients


def _series(coefficients: Floats, first: NDArray[np.int64], second: NDArray[np.int64], rho: Floats) -> Floats:
    """Covariances of pairs of cut answers: sum_k a_k b_k rho^k (Mehler; Pearson's tetrachoric series)."""
    total = np.zeros(len(rho))
    for k in range(_TERMS - 1, -1, -1):
        total = rho * (total + coefficients[first, k] * coefficients[second, k])
    return total


def cut_variance(thresholds: Floats, steps: Floats | None = None) -> Floats:
    """Variance of answers cut at thresholds (..., T): within an item, P(z > a, z > b) = P(z > max(a, b)).

    steps (..., T): by how much a threshold passed raises the answer (default: 1).
    """
    above = ndtr(-thresholds)
    both = np.minimum(above[..., :, None], above[..., None, :])
    excess: Floats = both - above[..., :, None] * above[..., None, :]
    if steps is not None:
        excess = excess * (steps[..., :, None] * steps[..., None, :])
    return np.asarray(excess.sum(axis=(-2, -1)))


def cut_covariance(
    a: Floats, b: Floats, rho: Floats, steps_a: Floats | None = None, steps_b: Floats | None = None
) -> Floats:
    """Covariance of answers cut at `a` and at `b` (pairs, T) from normals with correlation rho (pairs,).

    steps (pairs, T): by how much a threshold passed raises the answer (default: 1).
    """
    excess = joint_exceedance(a[:, :, None], b[:, None, :], rho[:, None, None])
    if steps_a is not None and steps_b is not None:
        excess = excess * (steps_a[:, :, None] * steps_b[:, None, :])
    return np.asarray(excess.sum(axis=(1, 2)))


def uncut_correlation(correlation: float, thresholds: Sequence[float] | Floats) -> float:
    """The correlation before the cut that gives two items of equal thresholds this Pearson correlation after it.

    The covariance after the cut rises with rho, so the root is bracketed. Raises InputError where no rho reaches it.
    """
    cuts = np.asarray(thresholds, dtype=np.float64)
    if not cuts.size:
        return correlation
    variance = cut_variance(cuts)

    def after(rho: float) -> float:
        return float(cut_covariance(cuts[None], cuts[None], np.array([rho]))[0] / variance)

    lowest, highest = after(-1.0), after(1.0)
    if not lowest < correlation < highest:
        raise InputError(
            f"no correlation before the cut gives {correlation:.4g} after it with thresholds "
            f"{', '.join(f'{cut:.4g}' for cut in cuts)}; it must lie between {lowest:.4g} and {highest:.4g}"
        )
    return float(brentq(lambda rho: after(rho) - correlation, -1.0, 1.0, xtol=1e-15, rtol=4 * np.finfo(float).eps))
