"""Tests of whether one measure differs between two sets of replications, and the correction for many of them.

Rates have exact tests: Fisher's (1935) of independent replications, McNemar's in its exact form (binomial, of the
replications in which only one of the two happened) of the same ones. Everything else is the mean of a quantity over
replications. Of the same replications their differences have a t test. Independent ones have Welch's t and the z with
the variance of both taken together; the smaller of the two in size counts. Each alone is too large in one tail where
estimates have long tails and the numbers of replications differ; the smaller one is not.

P-values are adjusted after Holm (1979): whatever the dependence, the probability that anything is reported where
nothing differs is at most the level.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import bdtr, ndtr, stdtr

from sim.batch import Floats

#: Differences smaller than this, relative to the numbers, are rounding: another machine may give them.
ROUNDING = 1e-9


class Tested(NamedTuple):
    """Mean of the second less mean of the first, its standard error, the p-value, and the replications of each.

    The p-value is NaN where there is nothing to test: too few replications, or no difference at all. changed: the
    replications whose numbers are not the same; -1 where these are others.
    """

    difference: float
    error: float
    p_value: float
    used: tuple[int, int]
    changed: int = -1


def independent(first: Floats, second: Floats, rate: bool) -> Tested:
    """Different replications: quantities (R1,) and (R2,) without NaN; of a rate 0 or 1."""
    used = (len(first), len(second))
    if min(used) < 2:
        return Tested(np.nan, np.nan, np.nan, used)
    difference = float(second.mean() - first.mean())
    parts = [first.var(ddof=1) / used[0], second.var(ddof=1) / used[1]]
    error = float(np.sqrt(sum(parts)))
    if rate:
        return Tested(difference, error, fisher(int(first.sum()), used[0], int(second.sum()), used[1]), used)
    if not error > 0:
        return Tested(difference, error, np.nan if abs(difference) <= _tiny(first, second) else 0.0, used)
    df = sum(parts) ** 2 / sum(part**2 / (size - 1) for part, size in zip(parts, used, strict=True))
    both = np.concatenate([first, second])
    together = float(np.sqrt(both.var(ddof=1) * (1 / used[0] + 1 / used[1])))
    welch, pooled = _two_sided_t(difference / error, df), float(2 * ndtr(-abs(difference / together)))
    return Tested(difference, error, max(welch, pooled), used)


def paired(first: Floats, second: Floats, rate: bool) -> Tested:
    """Two versions on the same replications: quantities (R,) without NaN, in one order; of a rate 0 or 1."""
    used = (len(first), len(first))
    if len(first) < 2:
        return Tested(np.nan, np.nan, np.nan, used)
    each = second - first
    each = np.where(np.abs(each) <= ROUNDING * (1 + np.abs(first)), 0.0, each)
    changed = int(np.count_nonzero(each))
    difference, error = float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))
    if not changed:
        return Tested(0.0, 0.0, np.nan, used, 0)
    if rate:
        return Tested(difference, error, mcnemar(int((each > 0).sum()), int((each < 0).sum())), used, changed)
    p_value = _two_sided_t(difference / error, len(each) - 1) if error > 0 else 0.0
    return Tested(difference, error, p_value, used, changed)


def fisher(happened_1: int, of_1: int, happened_2: int, of_2: int) -> float:
    """Two-sided p-value of two shares being one: twice the smaller tail of the hypergeometric distribution."""
    from scipy.stats import hypergeom  # slow to import

    if happened_1 * of_2 == happened_2 * of_1:
        return 1.0
    chance = hypergeom(of_1 + of_2, happened_1 + happened_2, of_1)
    return float(min(1.0, 2 * min(chance.cdf(happened_1), chance.sf(happened_1 - 1))))


def mcnemar(only_second: int, only_first: int) -> float:
    """Two-sided p-value of a change in both directions being alike: twice the smaller binomial tail at 1/2."""
    return float(min(1.0, 2 * bdtr(min(only_second, only_first), only_second + only_first, 0.5)))


def holm(p_values: Floats) -> Floats:
    """P-values (k,) adjusted after Holm (1979): the k - i + 1 fold of the i-th smallest, made to ascend; NaN stays."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _two_sided_t(ratio: float, df: float) -> float:
    return float(2 * stdtr(df, -abs(ratio)))


def _tiny(first: Floats, second: Floats) -> float:
    return float(ROUNDING * (1 + max(np.abs(first).max(), np.abs(second).max())))
