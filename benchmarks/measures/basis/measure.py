"""Measure: one entry that holds all there is to a performance measure, from its formula to its words and its figure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.samples import Pooled, Sample
from sim.batch import Floats
from sim.targets import Kind

#: "share" is printed as a percentage, "coefficient" is in the unit of its target, "count" is a mean number.
Unit = Literal["share", "coefficient", "count"]
#: The line that a figure is read against: none, 0, the level of the intervals, that of the tests where the truth is 0
#: ("alpha"), or everywhere ("size").
Line = Literal["none", "zero", "level", "alpha", "size"]
#: What may stand in braces in the words of a measure and its figure; reports fill it in from the study.
PLACES = ("alpha", "level", "many_dropped", "reference", "scale", "too_few", "trim")
#: Ends of 95% intervals (k,) from values, Monte Carlo standard errors and replications used (k,).
Ends = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Figure:
    """A figure of a measure against n, one plot for each target of the `kinds` given (themes: for each estimand).

    Measures that name the same figure are drawn in it together. `caption` may have the PLACES in braces.
    """

    name: str
    title: str
    caption: str
    alt: str
    axis: str
    kinds: tuple[Kind, ...]
    line: Line = "none"

    def __post_init__(self) -> None:
        _need(f"figure {self.name!r}", title=self.title, caption=self.caption, alt=self.alt, axis=self.axis)


@dataclass(frozen=True)
class Measure:
    """A performance measure.

    name: in the stored results. header, meaning: its name in a table's head, and a phrase that explains it; both may
    have the PLACES in braces. unit: of its numbers. of: what it is taken of, a kind of sample. function: its value on
    such a sample, None where there is nothing to measure. over: the denominators it is taken over. rate: whether it is
    a share from 0 to 1, of replications or a mean of such shares, which has a Wilson interval. signed: whether a plus
    sign is printed. glossary: what readers who do not know the word need. figure: how it is drawn, None where no figure
    of its own shows it.

    asked: whether only studies get it that ask for it. unasked: of such a measure, the samples that it is taken of all
    the same. family: of a measure such as `coverage@0.9` the name before the `@`. needs: what must be there, in words
    that follow "needs"; told where the measure cannot be given. pooled: its value over several targets at once, None
    where it has none.

    jackknife: of what is no plain mean over replications, its error from parts of them; None where that would be the
    error it has already. interval: of a rate, or a difference of
    rates, the ends of its interval where Wilson's on the replications used is not the right one.
    """

    name: str
    header: str
    unit: Unit
    meaning: str
    of: type[Sample]
    function: Callable[[Any], Measured | None]
    over: tuple[str, ...] = ()
    rate: bool = False
    signed: bool = False
    glossary: str = ""
    figure: Figure | None = None
    asked: bool = False
    unasked: Callable[[Any], bool] | None = None
    family: str = ""
    needs: str = "a usable estimate"
    pooled: Callable[[Pooled], Measured | None] | None = None
    jackknife: Callable[[Any], float | None] | None = None
    interval: Ends | None = None

    def __post_init__(self) -> None:
        _need(f"measure {self.name!r}", name=self.name, header=self.header, meaning=self.meaning)
        if not self.over:
            object.__setattr__(self, "over", self.of.denominators)
        elif strange := set(self.over) - set(self.of.denominators):
            raise ValueError(f"measure {self.name!r}: {self.of.__name__} knows no denominator {sorted(strange)}")

    def suits(self, sample: Sample, asked: Collection[str] = ()) -> bool:
        """Whether it is taken of this sample; `asked`: names of the measures that the study asks for."""
        if sample.over not in self.over:
            return False
        wanted = not self.asked or self.name in asked or (bool(self.family) and self.family in asked)
        if isinstance(sample, Pooled):
            return self.pooled is not None and (wanted or any(self.suits(part, asked) for part in sample.parts))
        if self.of is not type(sample):
            return False
        return wanted or (self.unasked is not None and self.unasked(sample))

    def taken(self, sample: Sample) -> Measured | None:
        """Its value on a sample that it suits; None where there is nothing to measure."""
        if isinstance(sample, Pooled):
            return None if self.pooled is None else self.pooled(sample)
        return self.function(sample)

    def jackknifed(self, sample: Sample) -> float:
        """Its error from parts of the replications; NaN of a mean, whose error is that already."""
        function = getattr(self.pooled, "jackknife", None) if isinstance(sample, Pooled) else self.jackknife
        found = None if function is None else function(sample)
        return np.nan if found is None else found


def _need(what: str, **words: str) -> None:
    """Raise ValueError where a word is missing, so that nothing can be declared that reports could not tell."""
    if missing := [name for name, text in words.items() if not text.strip()]:
        raise ValueError(f"{what} needs words: {', '.join(missing)}")
