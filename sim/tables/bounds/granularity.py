"""Means and standard deviations that whole-number answers can have: limits of the scale, GRIM and GRIMMER.

The mean of n whole numbers is a whole number over n (Brown & Heathers 2017, GRIM). With sum s, the sum of squares Q
is a whole number too, as even or odd as s, and (n - 1) SD^2 = Q - s^2 / n (Anaya 2016, GRIMMER).
"""

from math import ceil, floor, sqrt

from sim.tables.bounds.blockbounds import Interval
from sim.tables.reading.printed import SLACK, Printed


def sums_of(mean: Printed, count: int) -> range:
    """The whole numbers that, divided by count, round to the mean; empty where there is none."""
    slack = SLACK * count
    return range(ceil(mean.lower * count - slack), floor(mean.upper * count + slack) + 1)


def nearest_means(mean: Printed, count: int) -> tuple[float, float]:
    """The means under and over the printed one that count whole numbers can have."""
    return floor(mean.value * count) / count, ceil(mean.value * count) / count


def deviations_between(mean: float, low: float, high: float, n: int | None, whole: bool = True) -> Interval:
    """The SDs (divisor n - 1; n where unknown) that answers in low to high can have beside a mean.

    Largest where all answers are at the ends, sqrt((mean - low)(high - mean)); smallest, for whole numbers, where all
    are next to the mean, sqrt(f (1 - f)) with its fraction f.
    """
    swell = sqrt(n / (n - 1)) if n and n > 1 else 1.0
    fraction = (mean - low) % 1
    least = sqrt(fraction * (1 - fraction)) if whole else 0.0
    return Interval(least * swell, sqrt(max((mean - low) * (high - mean), 0.0)) * swell)


def deviation_range(mean: Printed, low: float, high: float, n: int | None, whole: bool = True) -> Interval:
    """Standard deviations that are possible with any mean that rounds to the printed one.

    Looked at are the ends of the rounding and the special means between them.
    """
    ends = [min(max(x, low), high) for x in (mean.lower, mean.upper)]
    middle = (low + high) / 2
    inside = [x for x in (middle, floor(ends[1])) if ends[0] <= x <= ends[1]]
    found = [deviations_between(x, low, high, n, whole) for x in (*ends, *inside)]
    return Interval(min(f.lower for f in found), max(f.upper for f in found))


def deviation_is_possible(mean: Printed, sd: Printed, n: int, divisor: int | None = None) -> bool:
    """Whether n whole numbers have a mean and an SD (divisor n - 1, or another) that round to the printed ones."""
    by = n - 1 if divisor is None else divisor
    for s in sums_of(mean, n):
        # the slack of the print, in sums of squares
        low = max(sd.lower, 0.0) ** 2 * by + s**2 / n
        high = sd.upper**2 * by + s**2 / n
        first, last = ceil(low - 1e-7), floor(high + 1e-7)
        if last > first or (last == first and (first - s) % 2 == 0):
            return True
    return False
