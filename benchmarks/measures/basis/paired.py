"""Two methods on the same data sets: differences and ratios whose errors know that they rest on the same replications.

All take arrays over replications (R,), the first method's and the second's, without NaN: the same place is the same
data set. A difference of two independent runs has the error sqrt(e1^2 + e2^2); here it is that of the differences
themselves, which is smaller where methods agree on what is a lucky sample.
"""

import numpy as np
from scipy.special import ndtri

from benchmarks.measures.basis import jackknife
from benchmarks.measures.basis.formulas import Measured, mean
from sim.batch import Floats

_Z = float(ndtri(0.975))


def difference(own: Floats, other: Floats) -> Measured:
    """Mean of own - other; MCSE is the standard deviation of the differences over sqrt(R)."""
    return mean(own - other)


def difference_interval(value: Floats, mcse: Floats, used: Floats) -> tuple[Floats, Floats]:
    """Ends of the 95% intervals (k,) of differences (k,) of two rates on the same replications.

    Bonett & Price (2012): with f+ replications in which only the first happened and f- in which only the second,
    p = (f + 1)/(R + 2) of each, and the interval is their difference -+ 1.96 sqrt((p+ + p- - (p+ - p-)^2)/(R + 2)). It
    has a length where the two never differ. f+ + f- follows from the standard error, as `difference` gives it.
    """
    with np.errstate(invalid="ignore"):
        differ = used * value**2 + mcse**2 * used * (used - 1)
        plus, minus = (differ + used * value + 2) / 2, (differ - used * value + 2) / 2
        p_plus, p_minus = plus / (used + 2), minus / (used + 2)
        centre = p_plus - p_minus
        half = _Z * np.sqrt(np.maximum(p_plus + p_minus - centre**2, 0.0) / (used + 2))
    return np.maximum(centre - half, -1.0), np.minimum(centre + half, 1.0)


def ratio_of_means(own: Floats, other: Floats) -> Measured:
    """Mean of own over mean of other; MCSE by the delta method: that of the mean of (own - ratio other) / mean other.

    NaN where the second mean is 0.
    """
    base = float(other.mean()) if len(other) > 1 else 0.0
    if not base:
        return Measured(np.nan, np.nan, len(own))
    ratio = float(own.mean()) / base
    return Measured(ratio, mean((own - ratio * other) / base).mcse, len(own))


def ratio_of_means_jackknife(own: Floats, other: Floats) -> float:
    """Error of the ratio by the jackknife."""
    return jackknife.of_means(np.stack([own, other]), lambda means, _: means[0] / means[1])


def efficiency(own: Floats, other: Floats) -> Measured:
    """Relative efficiency: the variance of the other's estimates over that of one's own; above 1 where own varies less.

    MCSE by the delta method from the squared distances of both from their means, which are taken as they come: no
    normal estimates are supposed (Morris, White & Crowther 2019 suppose them for the percentage gained in precision).
    """
    if len(own) < 4:
        return Measured(np.nan, np.nan, len(own))
    return ratio_of_means(*(np.square(values - values.mean()) for values in (other, own)))


def efficiency_jackknife(own: Floats, other: Floats) -> float:
    """Error of the relative efficiency by the jackknife."""
    a, b = own - own.mean(), other - other.mean()
    columns = np.stack([a, a**2, b, b**2])
    return jackknife.of_means(columns, lambda m, _: (m[3] - m[2] ** 2) / (m[1] - m[0] ** 2))
