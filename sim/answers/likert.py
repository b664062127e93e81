"""Likert answers: the scale (categories, thresholds) and the exact moments after the cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sim.batch import Floats, Moments
from sim.distributions.bivariate import joint_exceedance
from sim.distributions.law import answer_moments, nested_variance, normal_excess
from sim.errors import InputError

#: Categories of an item, and whole points of a slider from 0 to 100.
FEWEST, MOST, MOST_POINTS = 2, 11, 101


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
        """A scale of so many items, each with these shares of its categories (positive, summing to 1)."""
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
    for (finite; default: 1, 2, ...).
    """
    return answer_moments(ndtr(-thresholds), normal_excess(correlations, thresholds), scores)


def cut_variance(thresholds: Floats) -> Floats:
    """Variance of the answers 1, 2, ... cut from a standard normal at thresholds (..., T)."""
    return nested_variance(ndtr(-thresholds))


def cut_covariance(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Covariance of answers 1, 2, ... cut at `a` and at `b` (pairs, T) from normals with correlation rho (pairs,)."""
    return np.asarray(joint_exceedance(a[:, :, None], b[:, None, :], rho[:, None, None]).sum(axis=(1, 2)))


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
