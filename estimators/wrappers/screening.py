"""Screening: drop the items a rule condemns, then estimate again."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, Estimator, Status
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.rules import rule_of
from estimators.decisions.threshold import Threshold
from estimators.wrappers.wrapper import Asked, Wrapper, standardised
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class Screening(Wrapper):
    """`inner` on the items that `rule` keeps, which decides by standardised fits of `inner` without inference.

    `Estimates.short` says of which blocks the rule alone would have left too few. Values of dropped items are NaN. A
    replication on which a fit of the rule failed keeps that status.
    """

    rule: Threshold = field(default_factory=AllAtOnce)

    about: ClassVar = "estimates"
    decides: ClassVar = True
    keys: ClassVar = ("screening",)
    example: ClassVar = ("pls", {"screening": {"threshold": 0.6}})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`screening = { rule, .. }` asks for it; see `estimators.decisions.rules`."""
        settings = asked.settings.get("screening")
        return estimator if settings is None else cls(estimator, rule_of(settings))

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (self.rule.label,)

    def refusal(self, model: Model) -> str | None:
        """Items of several constructs, which no rule decides on, and what `inner` refuses."""
        if model.crossed:
            return (
                f"the model has {model.beyond} and screening decides on an item by the one construct that it measures; "
                "leave out screening, or give the item one construct"
            )
        return self.inner.refusal(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates on the retained items; see `Estimator.fit`."""
        decided = self.rule.decide(batch, model, standardised(self.inner.without_inference()))
        failed = decided.status > Status.INADMISSIBLE
        fit = self.inner.fit(batch.keep(decided.retained), model, targets)
        status = np.where(failed, decided.status, fit.status)
        return fit.without(failed[:, None], status=status, short=decided.short)
