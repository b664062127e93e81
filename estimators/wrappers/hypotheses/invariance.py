"""Measurement invariance in studies: a model fitted to groups together, with the test of each step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from estimators.base import Estimates, Estimator, Status, has_product
from estimators.constrained.fitting import Search
from estimators.entry import Entry
from estimators.factors.covariance import LikelihoodMethod, MaximumLikelihood
from estimators.factors.robust import HuberWhite
from estimators.grouped.equal import tables_of
from estimators.grouped.invariance import STEPS, Failed, Step, invariance
from estimators.grouped.search import CLOSELY, Sample
from estimators.wrappers.hypotheses.group_test import APART, FEWEST_MEMBERS, one_group
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.targets import INVARIANCE_KINDS, Target

#: Settings after which the groups are not known, or which change the model under test.
_FOREIGN = ("missing", "steps", *APART, "screening")


@dataclass(frozen=True)
class Invariance(Wrapper):
    """`inner`'s estimates of all respondents, and tests of what is equal in the groups that they are of.

    `method`, ml or mlr alone, is fitted to all groups together (`Batch.members`), with more and more held equal up to
    the step `last`, but for the parameters called in `partial`; see `estimators.grouped.invariance`. Of each step
    `invariance(STEP)` is the chi-square difference to the step before it with its p-value, of configural the chi-square
    of the model; `invariance_cfi(STEP)` and `invariance_rmsea(STEP)` are the changes of these indices. NaN: steps
    beyond the last, a scaled difference without a positive factor, data without answers, members or some item. A
    step that is asked for and has no fit gives its status to the data set, TOO_FEW_ANSWERS a group of fewer than 3.
    """

    method: LikelihoodMethod
    last: str = "strict"
    partial: tuple[str, ...] = ()

    about: ClassVar = "inference"
    keys: ClassVar = ("invariance", "partial")
    purpose: ClassVar = "is of maximum likelihood"
    example: ClassVar = ("ml", {"invariance": "scalar"})
    needs_answers: ClassVar = "invariance"

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """Groups are fitted together by ml and mlr."""
        return entry.estimator in (MaximumLikelihood, HuberWhite)

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`invariance` names the last step; `partial` lists the parameters that stay free in each group."""
        asked.check_choice("invariance", STEPS)
        last, partial = asked.settings.get("invariance"), asked.settings.get("partial", ())
        if not isinstance(partial, list | tuple) or not all(isinstance(name, str) for name in partial):
            raise InputError(f'partial is {partial!r}; give a list of parameters, such as ["x3~1", "F=~x2"]')
        if last is None:
            if partial:
                raise InputError('partial belongs to invariance; give invariance = "scalar" too, or leave it out')
            return estimator
        if foreign := [key for key in _FOREIGN if key in asked.settings]:
            raise InputError(
                f"invariance does not go with {foreign[0]}: it tests the model as it is written, in groups as they "
                "were drawn; leave one of the two out"
            )
        alone = asked.alone
        assert isinstance(alone, LikelihoodMethod)
        if getattr(alone, "likelihood", "normal") != "normal":
            raise InputError(
                "invariance is of means too, and likelihood = 'wishart' of covariances alone; leave one of the two out"
            )
        return cls(estimator, alone, str(last), tuple(partial))

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        but = f" but for {', '.join(self.partial)}" if self.partial else ""
        return (f"invariance of groups, {self.last}{but}",)

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses of all respondents, products, and names in `partial` that are none."""
        if model.products:
            return has_product(model, ", which groups fitted together have not; leave it out")
        if told := self.inner.refusal(model.together):
            return told
        try:
            tables_of(model.together, 2, (), self.partial)
        except InputError as wrong:
            return str(wrong)
        return None

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner` beside the steps of the groups; see `Estimator.fit`."""
        own = [column for column, target in enumerate(targets) if target.kind in INVARIANCE_KINDS]
        rest = [column for column in range(len(targets)) if column not in own]
        together = model.together
        if not own:
            return self.inner.fit(batch, together, targets)
        whole = self.inner.fit(batch, together, [targets[column] for column in rest] or model.targets[:1])
        parts = whole.spread(rest, len(targets))
        status = whole.status.copy()
        wanted = [targets[column] for column in own]
        usable = batch.members is not None and batch.has_answers
        for r in np.flatnonzero(~whole.fatal & batch.retained.all(axis=1)) if usable else ():
            told = self._steps(batch, int(r), model, wanted)
            if isinstance(told, Status):
                status[r] = max(status[r], told)
                continue
            status[r] = max(status[r], max((step.fit.status for step in told.values()), default=Status.OK))
            for column, target in zip(own, wanted, strict=True):
                parts["value"][r, column], parts["p_value"][r, column] = _said(told, target)
        fatal = status > Status.INADMISSIBLE
        for array in parts.values():
            array[fatal] = np.nan
        return whole.replaced(targets=targets, status=status, **parts)

    def _steps(self, batch: Batch, r: int, model: Model, wanted: Sequence[Target]) -> dict[str, Step] | Status:
        """The steps of one data set up to the last that is wanted, or the status of one that has no fit."""
        assert batch.members is not None
        sizes = np.bincount(batch.members[r], minlength=2)
        if (sizes < FEWEST_MEMBERS).any():
            return Status.TOO_FEW_ANSWERS
        samples = [Sample.of(one_group(batch, r, batch.members[r], g), model) for g in range(len(sizes))]
        names = [*STEPS]
        last = min(names.index(self.last), max(names.index(target.parts[0]) for target in wanted))
        search = Search("likelihood", self.method.bounds, CLOSELY.tolerance, CLOSELY.limit)
        robust = isinstance(self.method, HuberWhite)
        found = invariance(samples, model, names[: last + 1], self.partial, "mlr" if robust else "ml", search)
        told = {step.name: step for step in found if isinstance(step, Step)}
        failed = next((step for step in found if isinstance(step, Failed)), None)
        return told if failed is None else failed.status


def _said(steps: dict[str, Step], target: Target) -> tuple[float, float]:
    """The value and p-value of a target from the steps that were fitted."""
    nothing: tuple[Any, Any] = (np.nan, np.nan)
    step = steps.get(target.parts[0])
    if step is None:
        return nothing
    if step.difference is None:
        return (step.measures.chisq, step.measures.p_value if step.measures.df else np.nan)
    told = step.difference
    if target.kind == "invariance":
        return told.statistic, told.p_value
    return (told.cfi if target.kind == "invariance_cfi" else told.rmsea), np.nan
