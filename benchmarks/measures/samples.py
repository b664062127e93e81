"""Samples: what measures are taken of, as arrays over R replications, without any knowledge of studies."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats

#: Denominators: replications that give a usable estimate, all of them, or none (the population's own moments).
USABLE, ALL, POPULATION = "usable", "all", "population"


@dataclass(frozen=True)
class Sample:
    """Something that measures are taken of. target: its name. over: the denominator. truth: NaN where there is none.

    total: the replications that were run. group: the key of a group of items, where the target is one.
    """

    #: What the sample is, in a phrase of the documentation, and the denominators that there are.
    words: ClassVar[str]
    denominators: ClassVar[tuple[str, ...]] = (USABLE,)

    target: str
    over: str
    truth: float
    total: int
    group: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Replications(Sample):
    """All replications of a method: Booleans (R,). respondents (R,) or None.

    lost, inadmissible_resamples: of the replications with numbers (fewer than R), None where nothing is resampled.
    """

    words: ClassVar[str] = "a method"
    denominators: ClassVar[tuple[str, ...]] = (ALL,)

    converged: Bools
    inadmissible: Bools
    usable: Bools
    respondents: Floats | None
    lost: Floats | None
    inadmissible_resamples: Floats | None


@dataclass(frozen=True)
class Estimated(Sample):
    """Estimates of one target (R,), over one denominator: NaN where the method gives none.

    against: what they are judged against, one number: the truth, or 0 where each data set's own truth was taken off.
    firms (R,): the value among the firms of each data set, None where the population is not finite. alpha: level of the
    tests, None for targets that nobody tests.
    """

    words: ClassVar[str] = "an estimand"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL)

    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    against: float
    firms: Floats | None
    alpha: float | None

    @cached_property
    def estimates(self) -> Floats:
        """The estimates that there are."""
        given: Floats = self.value[~np.isnan(self.value)]
        return given

    @cached_property
    def has_truth(self) -> bool:
        """Whether there are estimates and something to judge them against."""
        return bool(self.estimates.size) and not np.isnan(self.against)

    @cached_property
    def has_se(self) -> Bools:
        """Where there is a standard error (R,)."""
        given: Bools = ~np.isnan(self.se)
        return given

    @cached_property
    def from_firms(self) -> Floats:
        """Distances of the estimates from the value among the firms, where both are known; none without firms."""
        if self.firms is None:
            return np.empty(0)
        distance = self.value - self.firms
        known: Floats = distance[~np.isnan(distance)]
        return known

    def counted(self, happened: Bools, given: Bools) -> Bools:
        """What happened where it is `given` at all; over all replications, without numbers it did not happen."""
        return happened if self.over == ALL else happened[given]


@dataclass(frozen=True)
class Limit(Sample):
    """What a method gives on the population's own moments: no replications.

    before, after: its values before the answers are cut into categories and after it. respondents: those that moments
    after the cut were simulated from, 0 where they are exact.
    """

    words: ClassVar[str] = "an estimand at the population's own moments"
    denominators: ClassVar[tuple[str, ...]] = (POPULATION,)

    before: float
    after: float
    respondents: int


@dataclass(frozen=True)
class Misspecified(Sample):
    """Estimates of one target (R,) by a method that fits another model than the population's own, and their limit.

    estimates: those that there are; none at the population's own moments. respondents: those that the limit was
    simulated from, 0 where it is exact.
    """

    words: ClassVar[str] = "an estimand of a method that fits a model of its own"
    denominators: ClassVar[tuple[str, ...]] = (POPULATION, USABLE, ALL)

    estimates: Floats
    limit: float
    respondents: int


@dataclass(frozen=True)
class Claim(Sample):
    """A claim that all themes are found: the share known (R,) and the interviews held (R,) when it is made.

    Over all replications, where none is made no theme counts as known.
    """

    words: ClassVar[str] = "a claim of saturation"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL)

    known: Floats
    after: Floats


@dataclass(frozen=True)
class ItemsDropped(Sample):
    """Which items of a group, or the one item, a rule drops: (R, items). single: whether it is one item by its name."""

    words: ClassVar[str] = "an item, or a group of items, under a screening rule"

    dropped: Bools
    single: bool


@dataclass(frozen=True)
class Drops(Sample):
    """All that a rule drops in one data set: the number of items (R,), and whether a block was short (R,).

    many: how many dropped items count as many.
    """

    words: ClassVar[str] = "a method with a screening rule"

    number: NDArray[np.integer]
    short: Bools
    many: int


@dataclass(frozen=True)
class Shift(Sample):
    """Estimates with a rule minus those without it on the same data, where both are usable (R,)."""

    words: ClassVar[str] = "an estimand with a screening rule and without it"

    difference: Floats
