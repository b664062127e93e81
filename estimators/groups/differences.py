"""Tests of the difference between two groups' estimates. Everything is (q,): one column for each estimate."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from sim.batch import Floats


@dataclass(frozen=True)
class Tested:
    """A difference, first group less second: its standard error, t statistic, degrees of freedom and two-sided p."""

    value: Floats
    se: Floats
    t: Floats
    df: Floats
    p_value: Floats

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """The t interval of the difference."""
        half = stdtrit(self.df, 0.5 + level / 2) * self.se
        return self.value - half, self.value + half


def pooled_error(difference: Floats, se: tuple[Floats, Floats], n: tuple[int, int]) -> Tested:
    """The parametric test for equal variances (Keil, Tan, Wei et al. 2000, MIS Quarterly 24, 299-325).

    se: standard errors of the two groups, of a bootstrap or the method's own; n: respondents. t has n1 + n2 - 2 degrees
    of freedom.
    """
    (a, b), (first, second) = n, se
    df = a + b - 2.0
    pooled = np.sqrt(((a - 1) ** 2 * first**2 + (b - 1) ** 2 * second**2) / df)
    return _tested(difference, pooled * np.sqrt(1 / a + 1 / b), np.full_like(difference, df))


def separate_errors(difference: Floats, se: tuple[Floats, Floats], n: tuple[int, int]) -> Tested:
    """The Welch-Satterthwaite test, for unequal variances (Sarstedt, Henseler & Ringle 2011, Advances in International
    Marketing 22, 195-218; Nitzl 2010), with their degrees of freedom, rounded to no whole number.
    """
    (a, b), (first, second) = n, se
    parts = (a - 1) / a * first**2, (b - 1) / b * second**2
    whole = parts[0] + parts[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        df = whole**2 / ((a - 1) / a**2 * first**4 + (b - 1) / b**2 * second**4) - 2
    return _tested(difference, np.sqrt(whole), df)


def _tested(difference: Floats, se: Floats, df: Floats) -> Tested:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = difference / se
    return Tested(difference, se, t, df, 2 * stdtr(df, -np.abs(t)))


def chance_of_order(first: Floats, second: Floats) -> Floats:
    """The share (q,) of pairs of resamples in which the first group's estimate is the larger one, each recentred.

    Bootstrap MGA (Henseler 2007; Henseler, Ringle & Sinkovics 2009, Advances in International Marketing 20, eq. 14):
    over all pairs of resampled estimates b1 (B1, q) and b2 (B2, q), the share with 2 mean(b1) - b1 > 2 mean(b2) - b2. A
    share near 1 says that the first group's is larger, near 0 the second's. Resamples without a value are left out.
    """
    found = np.full(first.shape[1], np.nan)
    for q in range(first.shape[1]):
        a, b = (2 * np.nanmean(each[:, q]) - each[~np.isnan(each[:, q]), q] for each in (first, second))
        if len(a) and len(b):
            ordered = np.sort(b)
            below, up_to = np.searchsorted(ordered, a, side="left"), np.searchsorted(ordered, a, side="right")
            found[q] = (below + up_to).sum() / 2 / (len(a) * len(b))
    return found


def two_sided(share: Floats) -> Floats:
    """The two-sided p-value of a share of pairs."""
    return np.asarray(2 * np.minimum(share, 1 - share))
