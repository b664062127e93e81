"""Cross-loadings: items that go with another construct more than with their own."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, worst_first
from estimators.decisions.rule import check_number
from estimators.settings import check_count
from estimators.solution import weight_targets
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class CrossLoadings(ItemRule):
    """The item whose loading on another construct comes closest to that on its own, or passes it, goes first.

    Items go whose loading on their own construct is less than `margin` above the largest on another (Chin 1998: 0); a
    new fit after each. A loading is the correlation of the item with the construct's score: the weighted sum of its
    retained standardised items by the weights of the method, or unit weights where it gives none.
    """

    margin: float = 0.0
    minimum_items: int = 2

    name: ClassVar[str] = "cross-loadings"
    proceeds: ClassVar[str] = "the worst one first, with a new fit after each"

    def __post_init__(self) -> None:
        check_number("margin", self.margin, 0, 1, ends=True)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "cross-loadings rule" + (f" (margin {self.margin:g})" if self.margin else "")

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        least = f"less than {self.margin:g} above" if self.margin else "not above"
        return f"items whose loading on their construct is {least} that on another"

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be a construct to load on beside one's own."""
        return None if len(model.blocks) > 1 else "an item loads on no other construct; the model has only one"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""
        targets = weight_targets(model)

        def judge(current: Batch) -> Condemned:
            fit = method.fit(current, model, targets)
            ahead = lead_over_others(current, model, fit.value)
            with np.errstate(invalid="ignore"):
                low = ahead <= self.margin if self.margin == 0 else ahead < self.margin
            return Condemned(ahead, low, fit.status)

        return worst_first(batch, model, self.minimum_items, judge)


def lead_over_others(batch: Batch, model: Model, weights: Floats) -> Floats:
    """Loading of every retained item on its own construct less the largest on another (R, p); weights (R, p)."""
    kept, m = batch.retained, len(model.blocks)
    there = np.asarray(np.isfinite(weights).any(axis=1))[:, None]
    used = np.where(kept, np.where(there, np.nan_to_num(weights), 1.0), 0.0)
    correlations = np.where(kept[:, :, None] & kept[:, None, :], batch.moments.correlations, 0.0)
    scores = np.where(model.block_of[:, None] == np.arange(m), used[:, :, None], 0.0)
    with_scores = correlations @ scores
    variance = (scores * with_scores).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        loadings = with_scores / np.sqrt(variance)[:, None, :]
    own = model.block_of[:, None] == np.arange(m)
    others = np.where(own, -np.inf, loadings).max(axis=2)
    return np.where(kept, np.where(own, loadings, 0.0).sum(axis=2) - others, np.nan)
