"""Samples: what measures are taken of, as arrays over R replications, without any knowledge of studies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures.basis import references
from sim.batch import Bools, Floats

#: Denominators: replications that give a usable estimate, all of them, or none (the population's own moments); of a
#: method that drops items, the usable ones in which it dropped any.
USABLE, ALL, POPULATION, DROPPED = "usable", "all", "population", "dropped"


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
class Null:
    """A hypothesis that a target has this value, tested against any other value, smaller ones or larger ones.

    stated: whether the study states it; that a path is zero goes without saying.
    """

    value: float = 0.0
    side: Literal["both", "less", "greater"] = "both"
    stated: bool = False


@dataclass(frozen=True)
class CutOff:
    """A value of an index on whose far side a model is called bad: `below` it (CFI) or above it (RMSEA, HTMT)."""

    value: float
    below: bool


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
    tests, None for targets that nobody tests. raw (R,): the estimates as the method gives them. level: of the
    intervals. null: the hypothesis that is tested, None for targets without one. of_fit: whether it tells the fit of a
    whole model. cutoff: the study's cut-off for it, or None. trim: share of the estimates that a trimmed mean leaves
    out at each end. further: stored ends of intervals (R,), (R,) at other levels. limit (R,): what the method gives for
    infinitely many answers to the items that it retained; None where that is not known. null_p: p-values (R0,) where
    the truth is 0 and all else the same, None where the study has no such cell. printed: the value that the study's
    source prints, or None. parts: by part of the resamples, ends of intervals and p-values (R,) that rest on that part
    alone.
    """

    words: ClassVar[str] = "an estimand"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL, DROPPED)

    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    against: float
    firms: Floats | None
    alpha: float | None
    raw: Floats = field(kw_only=True)
    level: float = field(kw_only=True)
    null: Null | None = field(default=None, kw_only=True)
    of_fit: bool = field(default=False, kw_only=True)
    cutoff: CutOff | None = field(default=None, kw_only=True)
    trim: float = field(default=0.1, kw_only=True)
    further: Mapping[float, tuple[Floats, Floats]] = field(default_factory=dict, kw_only=True)
    limit: Floats | None = field(default=None, kw_only=True)
    null_p: Floats | None = field(default=None, kw_only=True)
    printed: float | None = field(default=None, kw_only=True)
    parts: Mapping[tuple[int, int], tuple[Floats, Floats, Floats]] = field(default_factory=dict, kw_only=True)

    @cached_property
    def significance(self) -> float:
        """Level of the tests that goes with that of the intervals: 0.05 for 0.95."""
        return round(1 - self.level, 10)

    @cached_property
    def errors(self) -> Floats:
        """Estimates less what they are judged against, where there are both."""
        return self.estimates - self.against if self.has_truth else np.empty(0)

    @cached_property
    def told(self) -> Floats:
        """The estimates that there are, as the method gives them."""
        given: Floats = self.raw[~np.isnan(self.raw)]
        return given

    @cached_property
    def degrees_of_freedom(self) -> Floats | None:
        """Degrees of freedom behind each p-value (R,), None where p-values are not those of estimate / SE."""
        return references.degrees_of_freedom(self.raw, self.se, self.p_value)

    def at(self, level: float) -> Self | None:
        """The sample with intervals and tests at another level, None where these cannot be had.

        Stored ends are taken; without them, intervals of estimate -+ quantile SE are made from what is stored. What
        tells the fit of a model has tests at any level, but no interval at another one.
        """
        if self.of_fit:
            nothing = np.full(self.lower.shape, np.nan)
            return replace(self, lower=nothing, upper=nothing, level=level)
        ends = self.further.get(level)
        if ends is None or np.isnan(ends[0]).all():
            ends, df = None, self.degrees_of_freedom
            if df is not None:
                ends = references.ends(self.value, self.se, self.lower, self.upper, df, self.level, level)
        if ends is None:
            return None
        alpha = None if self.alpha is None else 1 - level
        return replace(self, lower=ends[0], upper=ends[1], level=level, alpha=alpha)

    def on_part(self, part: tuple[int, int]) -> Self:
        """The sample with intervals and tests that rest on a part of the resamples."""
        lower, upper, p_value = self.parts[part]
        return replace(self, lower=lower, upper=upper, p_value=p_value)

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
    def covers(self) -> Floats:
        """1 where the interval holds what the estimates are judged against (R,), 0 where not; see `indicated`."""
        happened = (self.lower <= self.against) & (self.against <= self.upper)
        return self.indicated(happened, ~np.isnan(self.lower))

    @cached_property
    def rejects(self) -> Floats:
        """1 where the test rejects (R,), 0 where not; see `indicated`. NaN of what nobody tests."""
        if self.alpha is None:
            return np.full(len(self.p_value), np.nan)
        return self.indicated(self.p_value < self.alpha, ~np.isnan(self.p_value))

    def indicated(self, happened: Bools, given: Bools) -> Floats:
        """1 or 0 in each replication (R,); where nothing is `given` NaN, or 0 over all replications."""
        return np.where(given, happened.astype(float), 0.0 if self.over == ALL else np.nan)

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
class Paired(Sample):
    """Estimates of one target by two methods on the same data sets: the method's own and those of the reference.

    Both hold the same replications, in the same order; over usable ones, those in which both are usable.
    """

    words: ClassVar[str] = "an estimand by two methods on the same data sets"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL)

    own: Estimated
    other: Estimated

    def both(self, part: Callable[[Estimated], Floats]) -> tuple[Floats, Floats]:
        """Some numbers (R,) of each method, where both have them."""
        own, other = part(self.own), part(self.other)
        there = ~np.isnan(own) & ~np.isnan(other)
        return own[there], other[there]


@dataclass(frozen=True)
class Pooled(Sample):
    """Several targets of the same replications, taken together. truth is NaN: each part has its own."""

    words: ClassVar[str] = "several estimands together"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL, DROPPED)

    parts: tuple[Estimated, ...]


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
class Split(Sample):
    """Errors of one target in k replications, split: estimate - truth = method + scale + rule + chance in each.

    method: limit on all items before the cut, minus the truth. scale: that after the cut, minus that before it. rule
    (k,): limit on the retained items minus that on all. chance (k,): estimate minus limit on the retained items.
    respondents: those that moments after the cut were simulated from, 0 where they are exact.
    """

    words: ClassVar[str] = "the error of an estimate, split into steps"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, ALL, DROPPED)

    method: float
    scale: float
    rule: Floats
    chance: Floats
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
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    dropped: Bools
    single: bool


@dataclass(frozen=True)
class Drops(Sample):
    """All that a rule drops in one data set: the number of items (R,), and whether a block was short (R,).

    many: how many dropped items count as many.
    """

    words: ClassVar[str] = "a method with a screening rule"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    number: NDArray[np.integer]
    short: Bools
    many: int


@dataclass(frozen=True)
class Shift(Sample):
    """Estimates with a rule minus those without it on the same data, where both are usable (R,).

    by_selection (k,): distances from the own limit, with the rule minus without it; None where limits are not known.
    """

    words: ClassVar[str] = "an estimand with a screening rule and without it"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    difference: Floats
    by_selection: Floats | None = None
