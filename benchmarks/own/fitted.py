"""What one method says of a survey: its rows, how it ended, and what to look at."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import comb

import numpy as np

from benchmarks.own.flags import Flag, flag_of
from estimators.base import PARTS, Estimates, Status
from estimators.composites.implied import OF_FIT
from estimators.methods import Method
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.hypotheses.bollenstine import BollenStine
from estimators.wrappers.hypotheses.fit_test import FitTest
from sim.model import Model
from sim.targets import LOSS_KINDS, MODEL_KINDS, PREDICTION_KINDS, Kind, Target

#: Kinds that may be zero, and so have a p-value that answers a question; that of a chi-square is for exact fit.
_MAY_BE_ZERO: tuple[Kind, ...] = (
    "path", "product", "slope", "difference", "correlation", "loading", "weight", "indirect", "total", "total_indirect",
    "defined", *LOSS_KINDS,
)  # fmt: skip

#: Effects on constructs: of these a reader asks whether they are there.
_EFFECTS: tuple[Kind, ...] = ("path", "product", "indirect", "total", "total_indirect")

#: What became of inadmissible resamples under each rule.
_AFTERWARDS = {"keep": "kept among the others", "drop": "left out", "replace": "replaced by further ones"}


@dataclass(frozen=True)
class Row:
    """One quantity that a method gives: NaN where it has no error, interval or p-value.

    least_p: the smallest p-value that the test can tell: a share of B resamples that is 0 says no more than
    below 1 / (B + 1).
    """

    method: str
    target: Target
    value: float
    se: float
    lower: float
    upper: float
    p_value: float
    flag: Flag | None
    least_p: float = 0.0


@dataclass(frozen=True)
class Fitted:
    """A method's estimates of one survey, and how it ended in words."""

    label: str
    method: Method
    model: Model
    estimates: Estimates = field(repr=False)
    n: int = 0
    noted: tuple[str, ...] = ()
    level: float = 0.95

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A row for every quantity the method gives; without errors, intervals and p where those are worthless."""
        return tuple(self._without_inference(row) for row in self._rows) if self.worthless else self._rows

    def _without_inference(self, row: Row) -> Row:
        """The row's value alone; fit of the whole model keeps what does not come from resamples."""
        if row.target.kind in (*MODEL_KINDS, *PREDICTION_KINDS):
            return row
        return replace(row, se=np.nan, lower=np.nan, upper=np.nan, p_value=np.nan)

    @cached_property
    def worthless(self) -> str:
        """Why inference from resamples says nothing here, in words; empty where it does."""
        used, drawn = int(self.estimates.resamples[0]), self.method.resamples
        if drawn is None or used < 0:
            return ""
        if 0 < self.n < 10 and (different := comb(2 * self.n - 1, self.n)) < drawn:
            return f"{self.n} respondents have only {different} different resamples"
        return f"only {used} of {drawn} resamples could be estimated" if used < drawn / 2 else ""

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        parts = [getattr(self.estimates, part)[0].tolist() for part in PARTS]
        return tuple(
            Row(
                self.label,
                target,
                value,
                se,
                lower,
                upper,
                self._p_value(target, p),
                flag_of(target, value, self.model, self.method.solution == "raw"),
                self._least_p(target),
            )
            for target, value, se, lower, upper, p in zip(self.estimates.targets, *parts, strict=True)
            if not np.isnan(value)
        )

    def _p_value(self, target: Target, p_value: float) -> float:
        """The p-value where it means anything: of exact fit, and of values that may be zero."""
        told = target.kind.startswith("chisq") or target.kind in (*_MAY_BE_ZERO, *OF_FIT)
        return p_value if told else np.nan

    def _least_p(self, target: Target) -> float:
        """1 / (B + 1) where the p-value is a share of B resamples, 0 elsewhere."""
        test = self.method.wrapper(FitTest if target.kind in OF_FIT else BollenStine)
        if test is None or target.kind not in (*OF_FIT, "chisq"):
            return 0.0
        used = int(self.estimates.resamples[0]) if self.method.wrapper(Bootstrap) is None else test.resamples
        return 1 / (1 + (used if used > 0 else test.resamples))

    @property
    def status(self) -> Status:
        """How the estimation ended."""
        return Status(int(self.estimates.status[0]))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What holds for the method as a whole, in words: impossible values, lost resamples."""
        told = []
        if self.status != Status.OK:
            beyond = [f"{row.target.name} = {row.value:.3f}" for row in self.rows if row.flag and row.flag.impossible]
            told.append(": ".join([self.status.meaning, *([", ".join(beyond)] if beyond else [])]))
        told += [*self._lost_resamples(), *self.noted, *self._undefined()]
        inadmissible = int(self.estimates.inadmissible_resamples[0])
        if inadmissible > 0:
            afterwards = _AFTERWARDS[self.method.settings.get("inadmissible", "keep")]
            told.append(f"inadmissible resamples: {inadmissible}, {afterwards}")
        return (*told, *self._in_two_minds())

    def _in_two_minds(self) -> Iterator[str]:
        """Effects of which test and interval say different things, as they can where they come by different ways."""
        apart = [
            row.target.name
            for row in self.rows
            if row.target.kind in _EFFECTS
            and not np.isnan([row.p_value, row.lower, row.upper]).any()
            and (row.p_value < 1 - self.level) != (row.lower > 0 or row.upper < 0)
        ]
        if apart:
            yield (
                f"test and {self.level:.0%} interval disagree on {', '.join(apart)}: one finds an effect and the other "
                "does not; say which was decided on beforehand, and report both"
            )

    @property
    def dropped(self) -> tuple[str, ...]:
        """Items that the method's screening left out."""
        return tuple(np.array(self.model.items)[~self.estimates.retained[0]].tolist())

    def _lost_resamples(self) -> Iterator[str]:
        """How many resamples gave nothing, and what that does to inference."""
        used, drawn = int(self.estimates.resamples[0]), self.method.resamples
        if drawn is None or not used >= 0:
            return
        if used < drawn:
            without = "" if any(not np.isnan(row.se) for row in self._rows) else ", so no standard errors"
            told = f"{drawn - used} of {drawn} bootstrap resamples gave no usable estimate{without}"
            if not self.worthless and used < 0.9 * drawn:
                told += f"; inference rests on the {used} others, which vary less than all would"
            yield told
        if self.worthless:
            yield f"no standard errors, intervals or p-values: {self.worthless}, near copies of the sample"

    def _undefined(self) -> Iterator[str]:
        """Ratios that do not exist, with the reason and the variant that does."""
        values = dict(zip(self.estimates.targets, self.estimates.value[0].tolist(), strict=True))
        blank = [target.parts for target, value in values.items() if target.kind == "htmt2" and np.isnan(value)]
        absolute = {parts: values.get(Target("htmt_abs", parts), np.nan) for parts in blank}
        told = [f"{a} and {b} ({value:.3f})" for (a, b), value in absolute.items() if not np.isnan(value)]
        if told:
            yield (
                "HTMT2 is not defined where items' correlations are not positive; in brackets HTMT (absolute), "
                "which is: "
                f"{', '.join(told)}"
            )
        blank = [target.parts for target, value in values.items() if target.kind == "htmt" and np.isnan(value)]
        if blank and any(target.kind == "htmt" and not np.isnan(value) for target, value in values.items()):
            pairs = ", ".join(" and ".join(parts) for parts in blank)
            yield f"HTMT is not defined where the items of a block correlate negatively on average: {pairs}"
