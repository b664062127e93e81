"""The reference distribution behind stored p-values, and what follows from it: other hypotheses, other levels.

A Wald test compares estimate / SE with a t distribution, or with the normal one, which is t with infinite degrees of
freedom. Its p-value tells which: nothing else need be stored.
"""

import numpy as np
from scipy.special import ndtr, stdtr, stdtridf, stdtrit

from sim.batch import Bools, Floats

#: Degrees of freedom above which t is taken for normal.
_NORMAL = 1e7
#: How far a p-value may lie from the one that its reference gives: rounding of both.
_CLOSE = 1e-9


def degrees_of_freedom(value: Floats, se: Floats, p_value: Floats) -> Floats | None:
    """Degrees of freedom (R,) of the two-sided p-values (R,) of value / se; infinite for the normal distribution.

    NaN where there is no p-value. None where there are none at all, or any is not that of value / se.
    """
    given = ~np.isnan(p_value) & (se > 0)
    if not given.any():
        return None
    ratio = np.abs(value[given] / se[given])
    common = _common(ratio, p_value[given])
    found = np.full(len(ratio), common)
    if not np.all(_agree(ratio, p_value[given], found)):
        found = _each(ratio, p_value[given])
        if not np.all(_agree(ratio, p_value[given], found)):
            return None
    whole = np.full(len(value), np.nan)
    whole[given] = found
    return whole


def _common(ratio: Floats, p_value: Floats) -> float:
    """Degrees of freedom by the p-value that tells them best, that of a ratio near 2."""
    best = int(np.argmin(np.abs(ratio - 2.0)))
    return float(_each(ratio[best : best + 1], p_value[best : best + 1])[0])


def _each(ratio: Floats, p_value: Floats) -> Floats:
    """Degrees of freedom (R,) from ratio and p-value (R,) alone, a whole number where they are nearly one."""
    with np.errstate(all="ignore"):
        normal = np.abs(2 * ndtr(-ratio) - p_value) <= _CLOSE * np.maximum(p_value, 1e-3)
        df = stdtridf(np.where(normal, 0.25, p_value / 2), np.where(normal, -1.0, -ratio))
        rounded = np.rint(df)
        df = np.where(np.abs(df - rounded) < 1e-4 * rounded, rounded, df)
    return np.asarray(np.where(normal | (df > _NORMAL), np.inf, df))


def _agree(ratio: Floats, p_value: Floats, df: Floats) -> Bools:
    agree: Bools = np.abs(two_sided(ratio, df) - p_value) <= _CLOSE
    return agree


def two_sided(ratio: Floats, df: Floats) -> Floats:
    """Two-sided p-values (R,) of ratios (R,) with so many degrees of freedom (R,)."""
    return np.asarray(2 * below(-np.abs(ratio), df))


def below(ratio: Floats, df: Floats) -> Floats:
    """Probability (R,) of a value below `ratio` (R,) under t with so many degrees of freedom (R,)."""
    return np.asarray(np.where(np.isinf(df), ndtr(ratio), stdtr(df, ratio)))


def ends(
    value: Floats, se: Floats, lower: Floats, upper: Floats, df: Floats, level: float, wanted: float
) -> tuple[Floats, Floats] | None:
    """Ends (R,), (R,) of value -+ quantile se at the level `wanted`; None where those at `level` are others."""
    given = ~np.isnan(lower) & ~np.isnan(df)
    half = _quantile(df, level) * se
    scale = _CLOSE * np.maximum(np.abs(value), half)
    same = (np.abs(value - half - lower) <= scale) & (np.abs(value + half - upper) <= scale)
    if not given.any() or not same[given].all() or not np.array_equal(given, ~np.isnan(lower)):
        return None
    half = np.where(given, _quantile(df, wanted) * se, np.nan)
    return value - half, value + half


def _quantile(df: Floats, level: float) -> Floats:
    return np.asarray(stdtrit(df, 0.5 + level / 2))
