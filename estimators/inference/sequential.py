"""Tests that look at growing data several times: the chance that one of the looks is significant."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr, ndtri

from sim.batch import Floats

#: Statistics at which the chance is computed; between them a spline of its logarithm is taken.
_GRID = np.linspace(0.05, 6.55, 66)
#: Nodes of an integral: so many for each standard deviation of an increment, rounded up to a multiple of the second.
_EACH, _ROUND = 4, 32


def crossing_probability(statistic: float, sizes: Sequence[int]) -> float:
    """The chance that |Z| reaches `statistic` at one of the looks, under the null hypothesis.

    Z at a look is the sum of the observations so far over its standard deviation, of normal observations or many of
    them: Armitage, McPherson & Rowe (1969, JRSS A 132, 235-244), by integration over the sums that have not crossed.
    sizes: the respondents at each look, growing.
    """
    times = np.asarray(sizes, dtype=np.float64) / sizes[-1]
    first = statistic * np.sqrt(times[0])
    nodes, weights = _nodes(first, times[0])
    density = np.exp(-(nodes**2) / (2 * times[0])) / np.sqrt(2 * np.pi * times[0])
    crossed = 2.0 * float(ndtr(-statistic))
    for before, now in pairwise(times):
        step = now - before
        deviation = np.sqrt(step)
        limit = statistic * np.sqrt(now)
        outside = ndtr((nodes - limit) / deviation) + ndtr((-nodes - limit) / deviation)
        crossed += float((weights * density * outside).sum())
        new, new_weights = _nodes(limit, step)
        kernel = np.exp(-((new[:, None] - nodes) ** 2) / (2 * step)) / np.sqrt(2 * np.pi * step)
        nodes, weights, density = new, new_weights, kernel @ (weights * density)
    return crossed


def corrected(p_value: Floats, sizes: Sequence[int]) -> Floats:
    """Two-sided p-values corrected for looking at each of the sizes with one and the same limit (Pocock 1977).

    The chance, under the null hypothesis, that any of the planned looks has a p-value as small. NaN stays NaN.
    """
    if len(sizes) == 1:
        return p_value
    statistic = -ndtri(np.clip(p_value, 1e-300, 1.0) / 2.0)
    spline = _spline(tuple(sizes))
    within = np.exp(spline(np.clip(statistic, _GRID[0], _GRID[-1])))
    many = np.minimum(1.0, len(sizes) * p_value)
    return np.asarray(
        np.where(statistic > _GRID[-1], many, np.where(statistic < _GRID[0], 1.0, np.minimum(within, 1.0)))
    )


@lru_cache(maxsize=64)
def _spline(sizes: tuple[int, ...]) -> Callable[[Floats], Floats]:
    from scipy.interpolate import CubicSpline  # slow to import

    log_crossing = np.log([crossing_probability(float(z), sizes) for z in _GRID])
    spline: Callable[[Floats], Floats] = CubicSpline(_GRID, log_crossing)
    return spline


def _nodes(limit: float, variance: float) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss's quadrature from -limit to limit, fine enough for an increment of this variance."""
    number = _ROUND * (1 + int(2 * limit / np.sqrt(variance) * _EACH / _ROUND))
    nodes, weights = _legendre(number)
    return nodes * limit, weights * limit


@lru_cache(maxsize=256)
def _legendre(number: int) -> tuple[Floats, Floats]:
    return leggauss(number)
