"""Fleishman's (1978) method: a cubic polynomial of a standard normal that has a given skewness and excess kurtosis."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

from sim.batch import Floats
from sim.errors import InputError

#: Ratios d / b and c / b among which a polynomial is looked for.
_CUBIC = np.concatenate([np.linspace(-0.16, 0.4, 449), np.geomspace(0.401, 20.0, 100)])
_SQUARE = np.concatenate([[0.0], np.geomspace(1e-9, 30.0, 240)])
#: Bisections down to the last bit.
_HALVINGS = 64


@dataclass(frozen=True)
class Cubic:
    """f(z) = b z + c (z^2 - 1) + d z^3 of a standard normal z, with mean 0 and variance 1."""

    b: float
    c: float
    d: float

    @property
    def moments(self) -> tuple[float, float, float]:
        """Variance, skewness and excess kurtosis of f(z) (Fleishman 1978, eqs. 11, 17 and 18, with variance 1)."""
        b, c, d = self.b, self.c, self.d
        return (
            b**2 + 6 * b * d + 2 * c**2 + 15 * d**2,
            2 * c * (b**2 + 24 * b * d + 105 * d**2 + 2),
            24 * (b * d + c**2 * (1 + b**2 + 28 * b * d) + d**2 * (12 + 48 * b * d + 141 * c**2 + 225 * d**2)),
        )

    @property
    def rises(self) -> bool:
        """Whether f rises everywhere: f' = b + 2 c z + 3 d z^2 has no root."""
        return self.b > 0 and (self.c**2 < 3 * self.b * self.d or self.c == self.d == 0)

    @property
    def hermite(self) -> tuple[float, float, float]:
        """Coefficients of the orthonormal Hermite polynomials He_1, He_2 / sqrt 2, He_3 / sqrt 6."""
        return self.b + 3 * self.d, float(np.sqrt(2)) * self.c, float(np.sqrt(6)) * self.d

    def __call__(self, z: Floats) -> Floats:
        """Values of f."""
        value: Floats = ((self.d * z + self.c) * z + self.b) * z - self.c
        return value

    def crossings(self, level: float) -> tuple[tuple[float, int], ...]:
        """Where f crosses a level, ascending: (z, 1) upwards, (z, -1) downwards; a touch is no crossing.

        1[f(z) > level] is the sum of sign 1[z > crossing], with a first crossing at -infinity where f starts above.
        """
        return _crossings(self, level)

    def exceedance(self, level: float) -> float:
        """P(f(z) > level)."""
        return float(sum(sign * ndtr(-z) for z, sign in self.crossings(level)))

    def level(self, share: float) -> float:
        """The level that f exceeds with probability `share`, strictly between 0 and 1."""
        return float(brentq(lambda t: self.exceedance(t) - share, -60.0, 60.0, xtol=1e-14))


@cache
def cubic(skewness: float, kurtosis: float) -> Cubic:
    """The polynomial with this skewness and excess kurtosis.

    With t = d / b and u = c / b, the variance fixes b; u is the smallest that gives the skewness at t, and the kurtosis
    rises with t from its lowest value on. Raises InputError under that value: Fleishman's equations have no solution.
    """
    sign, size = (-1.0 if skewness < 0 else 1.0), abs(skewness)
    lowest, start = _lowest(size)
    if kurtosis < lowest:
        raise InputError(
            f"Fleishman's method reaches no excess kurtosis under {lowest:.4f} where the skewness is {skewness:g}; "
            f"{kurtosis:g} is too low, so raise the kurtosis or bring the skewness nearer to 0"
        )
    enough = np.flatnonzero((start < _CUBIC) & (_with_skewness(_CUBIC, size)[1] >= kurtosis))
    if not enough.size or not np.isfinite(_with_skewness(_CUBIC[enough[:1]], size)[1][0]):
        raise InputError(
            f"Fleishman's method finds no polynomial with skewness {skewness:g} and excess kurtosis {kurtosis:g}; "
            "bring both nearer to 0"
        )
    t = float(brentq(lambda t: _at(t, size)[1] - kurtosis, start, float(_CUBIC[enough[0]]), xtol=1e-16))
    found = _at(t, size)[0]
    return Cubic(found.b, sign * found.c, found.d)


@cache
def _crossings(f: Cubic, level: float) -> tuple[tuple[float, int], ...]:
    roots = np.roots(np.array([f.d, f.c, f.b, -f.c - level]))
    real = np.sort(roots[np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots))].real)
    ends = np.concatenate([[real[0] - 1.0], (real[1:] + real[:-1]) / 2, [real[-1] + 1.0]]) if real.size else [0.0]
    above = [bool(f(np.asarray(z)) > level) for z in ends]
    found = [(-np.inf, 1)] if above[0] else []
    found += [
        (float(z), 1 if after else -1)
        for z, before, after in zip(real, above[:-1], above[1:], strict=True)
        if before != after
    ]
    return tuple(found)


@cache
def _lowest(size: float) -> tuple[float, float]:
    """The lowest excess kurtosis at this skewness (0 or more), and the ratio d / b that gives it."""
    kurtosis = _with_skewness(_CUBIC, size)[1]
    if not np.isfinite(kurtosis).any():
        raise InputError(f"Fleishman's method reaches no skewness of {size:g}; bring it nearer to 0")
    at = int(np.argmin(kurtosis))
    around = [float(_CUBIC[k]) for k in (at - 1, at, at + 1) if 0 <= k < len(_CUBIC) and np.isfinite(kurtosis[k])]
    best = minimize_scalar(
        lambda t: _at(t, size)[1], bounds=(around[0], around[-1]), method="bounded", options={"xatol": 1e-12}
    )
    return min((float(best.fun), float(best.x)), (float(kurtosis[at]), float(_CUBIC[at])))


def _at(t: float, size: float) -> tuple[Cubic, float]:
    """The polynomial with d = t b and this skewness, and its excess kurtosis; infinite where there is none."""
    passed = _skewness(t, _SQUARE) >= size
    if not passed.any():
        return Cubic(1.0, 0.0, 0.0), np.inf
    at = int(passed.argmax())
    lower, upper = float(_SQUARE[max(at - 1, 0)]), float(_SQUARE[at])
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2
        lower, upper = (lower, middle) if _skewness(t, middle) >= size else (middle, upper)
    b = (1 + 6 * t + 15 * t**2 + 2 * upper**2) ** -0.5
    found = Cubic(b, upper * b, t * b)
    return found, found.moments[2]


def _with_skewness(t: Floats, size: float) -> tuple[Floats, Floats]:
    """The smallest c / b with which polynomials with d = t b (k,) have this skewness, and their excess kurtosis.

    Infinite kurtosis where there is none. Bisection to the last bit, for all at once.
    """
    passed = _skewness(t[:, None], _SQUARE) >= size
    first = np.where(passed.any(axis=1), passed.argmax(axis=1), 0)
    lower, upper = _SQUARE[np.maximum(first - 1, 0)], _SQUARE[first]
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2
        enough = _skewness(t, middle) >= size
        lower, upper = np.where(enough, lower, middle), np.where(enough, middle, upper)
    b = (1 + 6 * t + 15 * t**2 + 2 * upper**2) ** -0.5
    kurtosis = Cubic(b, upper * b, t * b).moments[2]
    return upper, np.where(passed.any(axis=1), kurtosis, np.inf)


def _skewness(t: Any, u: Any) -> Any:
    """Skewness of the polynomial with variance 1, d = t b and c = u b, for numbers or arrays."""
    v = 1 + 6 * t + 15 * t**2 + 2 * u**2
    return 2 * u * (1 + 24 * t + 105 * t**2 + 2 * v) / v**1.5
