"""The curve of a rate against the number of respondents: probit in root n, where it crosses a target, and its bands.

The power of a test whose estimate and standard error settle as 1 / root n is nearly a normal probability that is linear
in root n. Any smooth rate is so over a short range of n, which is where the curve is fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

#: Two-sided 95 %.
Z = float(ndtri(0.975))
_STEPS, _SETTLED = 50, 1e-10


class Count(NamedTuple):
    """So many of so many data sets of n respondents in which something happened."""

    n: int
    happened: int
    total: int

    @property
    def share(self) -> float:
        """The rate."""
        return self.happened / self.total

    @property
    def mcse(self) -> float:
        """The Monte Carlo standard error of the rate."""
        return sqrt(self.share * (1 - self.share) / self.total)

    def interval(self, z: float = Z) -> tuple[float, float]:
        """Ends of Wilson's interval (1927) of the rate, z standard errors to each side; 95 % by default."""
        extra = z**2 / self.total
        centre = (self.share + extra / 2) / (1 + extra)
        half = z / (1 + extra) * sqrt(self.share * (1 - self.share) / self.total + extra / (4 * self.total))
        return centre - half, centre + half


def pooled(counts: Sequence[Count], n: int) -> Count:
    """All counts at one n, as one."""
    same = [count for count in counts if count.n == n]
    return Count(n, sum(count.happened for count in same), sum(count.total for count in same))


@dataclass(frozen=True)
class Curve:
    """P(n) = Phi(level + slope (root n - centre)), with the variances of level and slope, and their covariance."""

    level: float
    slope: float
    centre: float
    of_level: float
    of_slope: float
    of_both: float

    def share(self, n: float) -> float:
        """The rate at n."""
        return float(ndtr(self._probit(n)))

    def share_band(self, n: float) -> tuple[float, float]:
        """Ends of the 95 % interval of the rate at n, for that n alone."""
        reach = Z * sqrt(max(self._variance(n), 0.0))
        return float(ndtr(self._probit(n) - reach)), float(ndtr(self._probit(n) + reach))

    def crossing(self, target: float) -> float:
        """The n at which the rate is `target`; infinite where the curve does not rise to it."""
        if not self.slope > 0:
            return inf
        return max(self.centre + (float(ndtri(target)) - self.level) / self.slope, 0.0) ** 2

    def band(self, target: float) -> tuple[float, float]:
        """Ends of the 95 % interval of the n at which the rate is `target` (Fieller 1954).

        It holds every n at which the rate may be `target` by its own interval. (0, infinity) where the slope itself may
        be 0.
        """
        off = float(ndtri(target)) - self.level
        # (slope s - off)^2 <= Z^2 variance(s), a quadratic inequality in s = root n - centre
        square, half, rest = (
            self.slope**2 - Z**2 * self.of_slope,
            -(self.slope * off + Z**2 * self.of_both),
            off**2 - Z**2 * self.of_level,
        )
        inside = half**2 - square * rest
        if square <= 0 or inside < 0 or not self.slope > 0:
            return 0.0, inf
        low, high = ((-half + sign * sqrt(inside)) / square for sign in (-1, 1))
        return max(self.centre + low, 0.0) ** 2, max(self.centre + high, 0.0) ** 2

    def _probit(self, n: float) -> float:
        return self.level + self.slope * (sqrt(n) - self.centre)

    def _variance(self, n: float) -> float:
        away = sqrt(n) - self.centre
        return self.of_level + 2 * self.of_both * away + self.of_slope * away**2


def fitted(counts: Sequence[Count]) -> Curve | None:
    """The curve of maximum likelihood through counts at several n, by Fisher scoring (McCullagh & Nelder 1989, 2.5).

    None where they determine none: all at one n, or all or none of the data sets.
    """
    roots = np.sqrt([count.n for count in counts])
    happened, total = (np.array([count[k] for count in counts], dtype=float) for k in (1, 2))
    if len(set(roots.tolist())) < 2 or not 0 < happened.sum() < total.sum():
        return None
    centre = float(np.average(roots, weights=total))
    design = np.column_stack([np.ones_like(roots), roots - centre])
    beta = np.array([ndtri((happened.sum() + 0.5) / (total.sum() + 1)), 0.0])
    for _ in range(_STEPS):
        eta = np.clip(design @ beta, -8, 8)
        share, density = ndtr(eta), np.exp(-(eta**2) / 2) / sqrt(2 * np.pi)
        weight = total * density**2 / (share * (1 - share))
        information = (design.T * weight) @ design
        if not np.linalg.cond(information) < 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (weight * (happened / total - share) / density))
        beta = beta + step
        if np.abs(step).max() < _SETTLED:
            (of_level, of_both), (_, of_slope) = np.linalg.inv(information).tolist()
            return Curve(float(beta[0]), float(beta[1]), centre, of_level, of_slope, of_both)
    return None
