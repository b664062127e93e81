"""Answers over weighted populations: median and ranges, each end with its Monte Carlo error."""

from dataclasses import dataclass

import numpy as np

from benchmarks.auditing.answers import Values
from sim.batch import Floats

#: Repetitions of the weighted bootstrap that gives the errors.
_REPEATS = 100
#: The ends of the ranges: of 80 and of 95 % of the weight.
LEVELS = (0.025, 0.10, 0.50, 0.90, 0.975)


@dataclass(frozen=True)
class Range:
    """An answer: its 2.5, 10, 50, 90 and 97.5 % points over the populations, and their standard errors (5,).

    An error is infinite where an end may be. count: populations with an answer; share: the weight that they have.
    """

    points: tuple[float, ...]
    errors: tuple[float, ...]
    count: int
    share: float

    @property
    def median(self) -> float:
        """Half of the weight lies on each side."""
        return self.points[2]

    @property
    def inner(self) -> tuple[float, float]:
        """The ends of the 80 % range."""
        return self.points[1], self.points[3]

    @property
    def outer(self) -> tuple[float, float]:
        """The ends of the 95 % range."""
        return self.points[0], self.points[4]


def range_of(values: Values, weights: Floats, effective: float, seed: int = 0) -> Range | None:
    """The range of one answer; None where no population has it.

    effective: how many equally weighted populations the weights are worth. Of m populations, a range from the r-th
    smallest to the r-th largest holds one more with probability 1 - 2 r / (m + 1): so far apart are its ends.

    Errors: the populations are weighed anew by exponential multipliers (Bayesian bootstrap, Rubin 1981), their values
    moved by their own Monte Carlo errors. What these errors add to the spread is taken out of it first.
    """
    known = ~np.isnan(values.value)
    if not known.any() or not weights[known].sum() > 0:
        return None
    value, error = values.value[known], np.nan_to_num(values.error[known])
    weight = weights[known] / weights[known].sum()
    value = without_noise(value, error, weight)
    worth = max(min(effective * float(weights[known].sum()), 1 / float((weight**2).sum())), 1.0)
    levels = np.clip((np.array(LEVELS) * (worth + 1) - 0.5) / worth, 0.0, 1.0)
    rng = np.random.default_rng(seed)
    repeats = np.empty((_REPEATS, len(LEVELS)))
    for repeat in range(_REPEATS):
        again = weight * rng.exponential(size=len(weight))
        repeats[repeat] = quantiles(value + error * rng.standard_normal(len(value)) / 2, again / again.sum(), levels)
    with np.errstate(invalid="ignore"):
        errors = np.nan_to_num(repeats.std(axis=0), nan=np.inf)
    points = quantiles(value, weight, levels)
    return Range(tuple(points.tolist()), tuple(errors.tolist()), int(known.sum()), float(weights[known].sum()))


def without_noise(value: Floats, error: Floats, weight: Floats) -> Floats:
    """Values drawn together by as much as their errors pull them apart; infinite ones, and rates of 0 and 1, stay."""
    finite = np.isfinite(value)
    own = weight * finite
    if own.sum() <= 0:
        return value
    own = own / own.sum()
    shown = np.where(finite, value, 0.0)
    middle = float(own @ shown)
    spread = float(own @ (shown - middle) ** 2)
    noise = float(own @ np.where(finite, error, 0.0) ** 2)
    if not spread > 0:
        return value
    left = np.sqrt(max(1 - noise / spread, 0.0))
    inside = finite & (value != 0.0) & (value != 1.0)
    return np.asarray(np.where(inside, middle + left * (shown - middle), value))


def quantiles(value: Floats, weight: Floats, levels: Floats) -> Floats:
    """Weighted quantiles: between neighbours by straight lines, infinite values at the end."""
    order = np.argsort(value)
    value, weight = value[order], weight[order]
    place = np.cumsum(weight) - weight / 2
    found = np.interp(levels, place, np.where(np.isfinite(value), value, np.nan))
    after = np.searchsorted(place, levels).clip(max=len(value) - 1)
    return np.where(np.isfinite(value[after]), found, np.inf)
