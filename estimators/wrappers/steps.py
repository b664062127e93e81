"""Steps: what researchers decide between the data and the table, carried out before the estimates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np

from estimators.base import PARTS, Estimates, Estimator, Status, has_product
from estimators.decisions.rule import Analysis, Outcome
from estimators.decisions.steps import Step, decided
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.wrapper import Asked, Wrapper, changed, is_raw, standardised
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.respecification import differences
from sim.targets import Target

#: What a path, and what follows from it alone, is estimated as where the model has it no more.
_ZERO_WITHOUT_PATH = ("path", "indirect", "r2", "adj_r2", "f2")
#: Of more steps than these a label gives the names only.
_WRITTEN_OUT = 2


@dataclass(frozen=True)
class Steps(Wrapper):
    """The table's method on what `steps`, in their order, make of data, model and method.

    `deciding` is the method that rules look at: the one that the table comes from, with its inference, at the level of
    the study. Where several data sets come to other models, methods or numbers of respondents, those alike are
    estimated together. A target that the model has no more is told as 0 where a path was dropped, and NaN otherwise.
    `Estimates.short` says of which blocks a rule would have taken more items than it may; a replication on which a fit
    of a rule failed keeps that status. With `values_only` the table has no inference; what rules see does not change.
    """

    steps: tuple[Step, ...]
    deciding: Estimator
    level: float = 0.95
    values_only: bool = False
    whole_procedure: bool = False

    about: ClassVar = "estimates"
    decides: ClassVar = True
    keys: ClassVar = ("steps", "whole_procedure")
    example: ClassVar = ("pls", {"steps": [{"rule": "all-at-once", "threshold": 0.6}, {"rule": "one-at-a-time"}]})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`steps` asks for it; with `whole_procedure` the bootstrap resamples the steps too."""
        whole = asked.settings.get("whole_procedure", False)
        if not isinstance(whole, bool) or (whole and not asked.steps):
            what = "there are no steps; give steps too, or leave it out" if whole is True else "give true or false"
            raise InputError(f"whole_procedure is {whole!r}; {what}")
        if not asked.steps:
            return estimator
        if "screening" in asked.settings:
            raise InputError(
                "screening and steps are both given; write the screening as a step: "
                "steps = [{ rule = 'all-at-once', threshold = 0.70 }, ..]"
            )

        def wrapped(inner: Estimator) -> Estimator:
            return cls(inner, asked.steps, inner, asked.level, whole_procedure=whole)

        return _in_resamples(estimator, asked.steps, wrapped) if whole else wrapped(estimator)

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        labels = [step.rule.label for step in self.steps]
        if len(labels) > _WRITTEN_OUT:
            labels = [f"{len(labels)} steps: {', '.join(step.rule.name for step in self.steps)}"]
        return (*labels, *(["whole procedure resampled"] if self.whole_procedure else []))

    @property
    def needs_answers(self) -> str | None:
        """The steps for which moments are not enough, as one writes them, or None."""
        named = [step.rule.name for step in self.steps if step.rule.needs_answers]
        return f"steps = [{{ rule = '{named[0]}' }}]" if named else None

    def refusal(self, model: Model) -> str | None:
        """What the table's method refuses, and what rules cannot decide about."""
        told = self.inner.refusal(model)
        if told:
            return told
        for place, step in enumerate(self.steps, start=1):
            before = model
            told = step.refusal(model, standardised(self.deciding))
            if step.rule.changes == "model" and model.products:
                told = has_product(model, "; leave out the rule or it")
            if step.rule.changes == "method" and is_raw(self.inner):
                told = "methods are compared on the standardised scale; leave out solution"
            if not told and (model := step.rule.reached(model)) is not before:
                told = self.inner.refusal(model)
                told = told and f"the rule may come to a model that the method cannot fit: {told}"
            if told:
                return f"steps[{place}] ({step.rule.name}): {told}"
        return None

    def without_inference(self) -> Self:
        """The table without inference: the rules decide as they do with it."""
        return replace(self, inner=self.inner.without_inference(), values_only=True)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of what the steps leave; see `Estimator.fit`."""
        start = Analysis(batch, model, self.deciding, standardised(self.deciding))
        outcomes = decided(self.steps, start)
        parts = [self._table(outcome, batch, model, targets) for outcome in outcomes]
        if len(parts) == 1:
            return parts[0]
        order = np.argsort(np.concatenate([outcome.places for outcome in outcomes]))
        return Estimates.joined(parts).rows(order)

    def _table(self, outcome: Outcome, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """The table of some data sets after the steps."""
        now = outcome.analysis
        method = changed(now.method, level=self.level)
        method = method.without_inference() if self.values_only else method
        there = tuple(target for target in targets if _has(now.model, target))
        fit = _all_targets(method.fit(now.batch, now.model, there), targets)
        numbers = {name: getattr(fit, name).copy() for name in PARTS}
        for (target, part), told in outcome.told.items():
            if target in targets and not (self.values_only and part != "value"):
                column = numbers[part][:, targets.index(target)]
                column[:] = np.where(np.isnan(told), column, told)
        status = np.where(outcome.failed, outcome.status, fit.status)
        fatal = status > Status.INADMISSIBLE
        numbers = {name: np.where(fatal[:, None], np.nan, values) for name, values in numbers.items()}
        left = fit.respondents if now.batch.n == batch.n else np.full(len(now.batch), now.batch.n, dtype=np.int32)
        changes = np.full(len(now.batch), differences(model, now.model))
        return fit.replaced(status=status, short=outcome.short, respondents=left, changes=changes, **numbers)


@lru_cache(maxsize=4096)
def _has(model: Model, target: Target) -> bool:
    """Whether a model still has a target: no path that it rests on was dropped."""
    try:
        return model.target(target.name) == target
    except InputError:
        return False


def _all_targets(fit: Estimates, targets: tuple[Target, ...]) -> Estimates:
    """The estimates of a smaller model with columns for all the targets asked for."""
    if len(fit.targets) == len(targets):
        return fit
    at = [targets.index(target) for target in fit.targets]
    numbers = fit.spread(at, len(targets))
    for q, target in enumerate(targets):
        if q not in at and target.kind in _ZERO_WITHOUT_PATH:
            numbers["value"][:, q] = np.where(fit.fatal, np.nan, 0.0)
    return fit.replaced(targets=targets, **numbers)


def _in_resamples(
    estimator: Estimator, steps: tuple[Step, ...], wrapped: Callable[[Estimator], Estimator]
) -> Estimator:
    """The method with the steps inside its bootstrap. Raises InputError where there is none, or no sense in it."""
    for step in steps:
        if not step.rule.repeatable:
            raise InputError(f"whole_procedure: the rule {step.rule.name} means nothing in a resample; leave one out")
    if isinstance(estimator, Bootstrap):
        return replace(estimator, inner=wrapped(estimator.inner))
    if isinstance(estimator, Wrapper):
        return replace(estimator, inner=_in_resamples(estimator.inner, steps, wrapped))
    raise InputError("whole_procedure resamples the steps too, and there are no resamples; give for instance 500")
