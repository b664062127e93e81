"""Screening: drop the items a rule of thumb condemns, all at once, then estimate again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from estimators.base import Estimates, Estimator
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class Screening:
    """`inner` after dropping every item whose standardised loading, as `inner` estimates it, is under `threshold`.

    The 0.70 rule is Chin's (1998). Where it would leave a block fewer than `minimum_items` (or fewer than it ever had),
    the block's highest loadings are kept up to that number and `Estimates.short` says so. Values of dropped items are
    NaN. A replication whose first fit failed keeps that status.
    """

    inner: Estimator
    threshold: float = 0.70
    minimum_items: int = 2

    def refusal(self, model: Model) -> str | None:
        """What `inner` cannot estimate cannot be screened."""
        return self.inner.refusal(model)

    def without_inference(self) -> Self:
        """The same screening around values alone."""
        return replace(self, inner=self.inner.without_inference())

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates on the retained items; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        first = self.inner.without_inference().fit(batch, model, loading_targets(model))
        retained, short = self.rule(first.value, batch.retained, model)
        retained[first.fatal], short[first.fatal] = batch.retained[first.fatal], False
        second = self.inner.fit(batch.keep(retained), model, wanted)
        blanks = {
            name: np.where(first.fatal[:, None], np.nan, getattr(second, name))
            for name in ("value", "se", "lower", "upper", "p_value")
        }
        return second.replaced(status=np.where(first.fatal, first.status, second.status), short=short, **blanks)

    def rule(self, loadings: Floats, retained: Bools, model: Model) -> tuple[Bools, Bools]:
        """Items kept (R, p), and the blocks in which the rule alone would have kept too few (R, m)."""
        passes = retained & (np.nan_to_num(loadings, nan=-np.inf) >= self.threshold)
        short = np.zeros((len(loadings), len(model.blocks)), dtype=bool)
        for j, (lower, upper) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
            block = slice(lower, upper)
            needed = np.minimum(self.minimum_items, retained[:, block].sum(axis=1))
            short[:, j] = passes[:, block].sum(axis=1) < needed
            known = np.where(retained[:, block], np.nan_to_num(loadings[:, block], nan=-np.inf), -np.inf)
            order = np.argsort(-known, axis=1, kind="stable")  # of two equal loadings the first item's stays
            rank = np.argsort(order, axis=1)
            passes[:, block] |= short[:, j, None] & (rank < needed[:, None])
        return passes, short


def loading_targets(model: Model) -> tuple[Target, ...]:
    """Every loading, in the order of the items."""
    return tuple(Target("loading", (block.construct, item)) for block in model.blocks for item in block.items)
