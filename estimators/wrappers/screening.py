"""Screening: drop the items a rule condemns, then estimate again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from estimators.base import Estimates, Estimator, Status
from estimators.decisions.all_at_once import AllAtOnce
from estimators.decisions.rule import Rule
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class Screening:
    """`inner` on the items that `rule` keeps, which decides by fits of `inner` without inference.

    `Estimates.short` says of which blocks the rule alone would have left too few. Values of dropped items are NaN. A
    replication on which a fit of the rule failed keeps that status.
    """

    inner: Estimator
    rule: Rule = field(default_factory=AllAtOnce)

    def refusal(self, model: Model) -> str | None:
        """What `inner` cannot estimate cannot be screened."""
        return self.inner.refusal(model)

    def without_inference(self) -> Self:
        """The same screening around values alone."""
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates on the retained items; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        decided = self.rule.decide(batch, model, self.inner.without_inference())
        failed = decided.status > Status.INADMISSIBLE
        fit = self.inner.fit(batch.keep(decided.retained), model, wanted)
        blanks = {
            name: np.where(failed[:, None], np.nan, getattr(fit, name))
            for name in ("value", "se", "lower", "upper", "p_value")
        }
        status = np.where(failed, decided.status, fit.status)
        return fit.replaced(status=status, short=decided.short, **blanks)
