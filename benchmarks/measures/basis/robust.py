"""Formulas that long tails do not move: quantiles, trimmed means, and their Monte Carlo standard errors."""

import numpy as np
from scipy.special import betainc

from benchmarks.measures.basis import jackknife
from benchmarks.measures.basis.formulas import Measured
from sim.batch import Bools, Floats


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


def quantile_jackknife(values: Floats, share: float) -> float:
    """Error of the quantile from halves of the replications. The values are ordered once."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    return jackknife.of_halves(len(values), lambda kept: _quantile(ordered[kept[order]], share))


def _quantile(ordered: Floats, share: float) -> float:
    """Type 7 of values in order."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def trimmed_mean_jackknife(values: Floats, trim: float) -> float:
    """Error of the trimmed mean from halves of the replications."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]

    def trimmed(kept: Bools) -> float:
        left = ordered[kept[order]]
        cut = int(np.floor(trim * len(left)))
        return float(left[cut : len(left) - cut].mean())

    return jackknife.of_halves(len(values), trimmed)


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
