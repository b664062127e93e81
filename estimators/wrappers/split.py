"""Split sample: decisions on one half of the respondents, estimates on the other, or crosswise."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from estimators.base import Estimates, Estimator, Status
from estimators.decisions.rule import Analysis, Outcome
from estimators.decisions.steps import decided
from estimators.shared.parts import origin, part
from estimators.wrappers.steps import Steps
from estimators.wrappers.wrapper import Asked, standardised
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target

#: The stream of the halves: one of each replication, apart from those of data and resamples.
STREAM = "halves of a sample"
#: How a sample may be split.
SPLITS = ("half", "crosswise")


@dataclass(frozen=True)
class SplitSteps(Steps):
    """Steps decided on one half of the respondents, the table estimated from the other half.

    The halves are drawn at random, the same for all methods of a cell; of an odd number the deciding half has one
    less. "half": one table, from the other half, with n about half as large (Cox 1975, Biometrika 62, 441-444).
    "crosswise": each half decides for the other, and the two tables are averaged: value (a + b) / 2, standard error
    sqrt(se_a^2 + se_b^2) / 2 as of independent estimates, intervals and p-values normal. Items that one table lacks
    are those of the other; `Estimates.retained` are items that either rests on. The worse of two statuses counts.
    Where the halves come to other models, both are told, with " / " between.
    `respondents` tells those that tables rest on. On moments there is nothing to split: the steps are decided on them.
    """

    split: Literal["half", "crosswise"] = "half"

    keys: ClassVar = ("split", "steps")
    example: ClassVar = ("sumscores", {"steps": [{"rule": "item-total", "threshold": 0.4}], "split": "half"})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`split` beside `steps` asks for it."""
        split = asked.settings.get("split")
        if split is None:
            return estimator
        asked.check_choice("split", SPLITS)
        if asked.settings.get("whole_procedure"):
            raise InputError("split and whole_procedure are both given; leave one of them out")
        if not isinstance(estimator, Steps):
            raise InputError(f"split is '{split}' and there are no steps to decide on a half; give steps too")
        for step in estimator.steps:
            if step.rule.changes == "respondents":
                raise InputError(f"split: the rule {step.rule.name} changes the respondents; leave one of them out")
        return cls(estimator.inner, estimator.steps, estimator.deciding, estimator.level, split=split)

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (*super().words, "split sample" if self.split == "half" else "split sample crosswise")

    @property
    def needs_answers(self) -> str:
        """The setting for which moments are not enough."""
        return f"split = '{self.split}'"

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates from the half that did not decide; see `Estimator.fit`."""
        if not batch.has_answers:
            return super().estimate(batch, model, targets)
        first, second = halves(batch)
        told = self._from(second, first, model, targets)
        if self.split == "half":
            return told
        return self._averaged(told, self._from(first, second, model, targets), batch)

    def _from(self, estimating: Batch, deciding: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """The table of one half with the decisions of the other."""
        start = Analysis(deciding, model, self.deciding, standardised(self.deciding))
        outcomes = decided(self.steps, start)
        parts = [self._table(self._moved(outcome, estimating), estimating, model, targets) for outcome in outcomes]
        order = np.argsort(np.concatenate([outcome.places for outcome in outcomes]))
        left = np.full(len(deciding), estimating.n, dtype=np.int32)
        return Estimates.joined(parts).rows(order).replaced(respondents=left)

    def _moved(self, outcome: Outcome, estimating: Batch) -> Outcome:
        """What was decided on some data sets, with the other half of their respondents."""
        other = estimating.rows(outcome.places).keep(outcome.analysis.batch.retained)
        return replace(outcome, analysis=replace(outcome.analysis, batch=other))

    def _averaged(self, a: Estimates, b: Estimates, batch: Batch) -> Estimates:
        """The mean of two tables that rest on different respondents."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = _either((a.value + b.value) / 2.0, a.value, b.value)
            se = _either(np.hypot(a.se, b.se) / 2.0, a.se, b.se)
            half = ndtri(0.5 + self.level / 2.0) * se
            p_value = 2.0 * ndtr(-np.abs(value / se))
        status = np.maximum(a.status, b.status)
        numbers = {"value": value, "se": se, "lower": value - half, "upper": value + half, "p_value": p_value}
        fatal = (status > Status.INADMISSIBLE)[:, None]
        unlike = np.char.add(np.char.add(a.changes, " / "), b.changes)
        return a.replaced(
            changes=np.where(a.changes == b.changes, a.changes, unlike),
            status=status, retained=a.retained | b.retained, short=a.short | b.short,
            iterations=a.iterations + b.iterations, resamples=np.minimum(a.resamples, b.resamples),
            inadmissible_resamples=np.minimum(a.inadmissible_resamples, b.inadmissible_resamples),
            respondents=np.full(len(batch), batch.n, dtype=np.int32),
            **{name: np.where(fatal, np.nan, values) for name, values in numbers.items()},
        )  # fmt: skip


def _either(both: Floats, a: Floats, b: Floats) -> Floats:
    """What stands in both tables, or the one that stands in one of them."""
    return np.where(np.isnan(both), np.where(np.isnan(a), b, a), both)


def halves(batch: Batch) -> tuple[Batch, Batch]:
    """The respondents of every data set (R, n, p) in two random halves: n // 2 of them, and the rest."""
    larger = origin(batch)
    if larger is not None:
        whole, places = larger
        first, second = whole.once("halves", lambda: halves(whole))
        return part(first, places), part(second, places)
    raw, n = batch.raw, batch.raw.shape[1]
    order = np.stack([batch.address.generator(STREAM, int(number)).permutation(n) for number in batch.replications])
    return _of(batch, raw, order[:, : n // 2]), _of(batch, raw, order[:, n // 2 :])


def _of(batch: Batch, raw: NDArray[np.generic], rows: NDArray[np.intp]) -> Batch:
    answers = np.take_along_axis(raw, rows[:, :, None], axis=1)
    part = Batch.of(answers, batch.replications, batch.address, items=batch.items)
    return replace(part, retained=batch.retained)
