"""Confidence intervals from resampled estimates (Efron & Tibshirani 1993, ch. 12-14; Davison & Hinkley 1997, ch. 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from sim.batch import Floats

#: Usable resamples that an interval needs at the least.
FEWEST = 20
#: Resamples of one data set at the most.
MOST_RESAMPLES = 100_000

Interval = tuple[Floats, Floats]


@dataclass(frozen=True)
class Resampled:
    """B resampled estimates of q targets on one data set, and what else some interval needs.

    estimate (q,) and values (B, q); level; df of the t interval. acceleration (q,): BCa's, see `acceleration`.
    own_se (q,) and own_errors (B, q): the method's own standard errors of the estimate and of each resampled one.
    """

    estimate: Floats
    values: Floats
    level: float
    df: float
    acceleration: Floats | None = None
    own_se: Floats | None = None
    own_errors: Floats | None = None

    @cached_property
    def se(self) -> Floats:
        """Standard deviation of the resampled estimates, divisor B - 1 (q,)."""
        return np.asarray(self.values.std(axis=0, ddof=1))

    @property
    def shares(self) -> tuple[float, float]:
        """The shares of a distribution under the lower and under the upper end."""
        return (1 - self.level) / 2, (1 + self.level) / 2


def at_shares(values: Floats, lower: float | Floats, upper: float | Floats) -> Interval:
    """Two quantiles of each column of `values` (B, q), linearly interpolated (Hyndman & Fan's type 7).

    The shares under them are numbers or (q,). A column or share that holds NaN gives NaN.
    """
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1)
    return _at(ordered, lower), _at(ordered, upper)


def _at(ordered: Floats, share: float | Floats) -> Floats:
    """The quantile of each row of `ordered` (q, B) with this share, or its own share (q,), under it."""
    last = ordered.shape[1] - 1
    place = np.asarray(share) * last
    unknown = np.isnan(place) | np.isnan(ordered[:, -1])
    below = np.where(unknown, 0, np.floor(place)).astype(np.int64)
    rows = np.arange(len(ordered))
    low, high = ordered[rows, below], ordered[rows, np.minimum(below + 1, last)]
    return np.where(unknown, np.nan, low + (place - below) * (high - low))


def percentile(given: Resampled) -> Interval:
    """Percentiles of the resampled estimates (Efron & Tibshirani 1993, eq. 13.5)."""
    return at_shares(given.values, *given.shares)


def basic(given: Resampled) -> Interval:
    """Percentiles reflected about the estimate, 2 theta - theta*: "basic" (Davison & Hinkley 1997, eq. 5.6)."""
    low, high = percentile(given)
    return 2 * given.estimate - high, 2 * given.estimate - low


def normal(given: Resampled) -> Interval:
    """Estimate -+ z SE (Efron & Tibshirani 1993, eq. 12.4). The resamples' bias is not taken off."""
    half = ndtri(given.shares[1]) * given.se
    return given.estimate - half, given.estimate + half


def student(given: Resampled) -> Interval:
    """Estimate -+ t SE, t with `df` degrees of freedom: the interval to which the bootstrap's p-value belongs."""
    half = stdtrit(given.df, given.shares[1]) * given.se
    return given.estimate - half, given.estimate + half


def bias_corrected(given: Resampled) -> Interval:
    """BC: percentiles at shares moved by the median bias z0 (Efron 1987, eq. 2.3); NaN where that is infinite."""
    return _accelerated(given, np.zeros(len(given.estimate)))


def bias_corrected_accelerated(given: Resampled) -> Interval:
    """BCa: percentiles at shares moved by median bias and acceleration (Efron & Tibshirani 1993, eq. 14.9-14.10).

    NaN where all resampled estimates lie on one side of the estimate, so that its median bias is infinite.
    """
    if given.acceleration is None:
        raise ValueError("BCa intervals need an acceleration")
    return _accelerated(given, given.acceleration)


def _accelerated(given: Resampled, a: Floats) -> Interval:
    z0 = ndtri((given.values < given.estimate).mean(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = [z0 + ndtri(share) for share in given.shares]
        stretched = [1 - a * z for z in moved]
        shares = [
            np.where(np.isfinite(z0) & (s > 0), ndtr(z0 + z / s), np.nan)
            for z, s in zip(moved, stretched, strict=True)
        ]  # fmt: skip
    return at_shares(given.values, shares[0], shares[1])


def studentised(given: Resampled) -> Interval:
    """Bootstrap-t: estimate - t* SE, t* = (theta* - theta) / SE* (Efron & Tibshirani 1993, eq. 12.22).

    SE and SE* are the method's own standard errors. A target without one gets NaN. Resamples without a positive SE* are
    left out for that target; under 20 others give NaN.
    """
    if given.own_se is None or given.own_errors is None:
        raise ValueError("studentised intervals need the method's own standard errors")
    lower, upper = np.full(given.estimate.shape, np.nan), np.full(given.estimate.shape, np.nan)
    for q, (estimate, se) in enumerate(zip(given.estimate, given.own_se, strict=True)):
        errors = given.own_errors[:, q]
        has = errors > 0
        if not np.isfinite(se) or has.sum() < FEWEST:
            continue
        ratios = (given.values[has, q] - estimate) / errors[has]
        low, high = at_shares(ratios[:, None], *given.shares)
        lower[q], upper[q] = estimate - high[0] * se, estimate - low[0] * se
    return lower, upper


def acceleration(left_out: Floats) -> Floats:
    """Acceleration (q,) from a data set's delete-one estimates (n, q) (Efron & Tibshirani 1993, eq. 14.15)."""
    distance = left_out.mean(axis=0) - left_out
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((distance**3).sum(axis=0) / (6 * (distance**2).sum(axis=0) ** 1.5))


#: The one list of intervals, by the name a study file gives them.
INTERVALS: Mapping[str, Callable[[Resampled], Interval]] = {
    "percentile": percentile,
    "normal": normal,
    "t": student,
    "basic": basic,
    "bc": bias_corrected,
    "bca": bias_corrected_accelerated,
    "studentised": studentised,
}
#: Those that are estimate -+ quantile SE, so that one level's tell every other's.
WALD = ("normal", "t")
