"""Formulas that long tails do not move: quantiles, trimmed means, and their Monte Carlo standard errors."""

import numpy as np
from scipy.special import betainc

from benchmarks.measures.basis.formulas import Measured
from sim.batch import Floats


def quantile(values: Floats, share: float) -> Measured:
    """The value with this share of `values` (R,) under it (Hyndman & Fan's type 7).

    MCSE after Maritz & Jarrett (1978): the standard deviation that the order statistic with number m = [R share + 1/2]
    has over resamples of all sizes, whose weights are differences of the beta distribution with m and R - m + 1.
    """
    n = len(values)
    if n < 4:
        return Measured(np.nan, np.nan, n)
    ordered = np.sort(values)
    m = min(max(int(np.floor(n * share + 0.5)), 1), n)
    weights = np.diff(betainc(m, n - m + 1, np.arange(n + 1) / n))
    centred = ordered - ordered[m - 1]
    mean = float(weights @ centred)
    variance = max(float(weights @ centred**2) - mean**2, 0.0)
    return Measured(float(np.quantile(ordered, share)), float(np.sqrt(variance)), n)


def winsorised(values: Floats, share: float) -> Floats:
    """`values` (R,) with the share at each end drawn in to the nearest of the others (Tukey & McLaughlin 1963)."""
    cut = int(np.floor(share * len(values)))
    ordered = np.sort(values)
    return np.clip(values, ordered[cut], ordered[len(values) - 1 - cut])


def trimmed_mean(values: Floats, trim: float) -> Measured:
    """Mean of `values` (R,) without the share `trim` at each end.

    MCSE after Tukey & McLaughlin (1963): the standard deviation of the winsorised values over (1 - 2 trim) sqrt(R).
    """
    n = len(values)
    cut = int(np.floor(trim * n))
    if n - 2 * cut < 4:
        return Measured(np.nan, np.nan, n)
    ordered = np.sort(values)
    error = winsorised(values, trim).std(ddof=1) / ((1 - 2 * cut / n) * np.sqrt(n))
    return Measured(float(ordered[cut : n - cut].mean()), float(error), n)
