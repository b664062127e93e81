"""The corrected item-total correlation, as reliability analyses print it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Decision, ItemRule, Verdict, all_fine, one_by_one, worst
from estimators.decisions.rule import check_number
from estimators.decisions.scales.sums import block_sums
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class ItemTotal(ItemRule):
    """The item with the lowest corrected item-total correlation goes if that is under `threshold`; then it is looked
    again, until none is.

    The correlation is that of the answers with the sum of the block's other items (Churchill 1979; Nunnally &
    Bernstein 1994: 0.30). No model is fitted. An item that never varies has none, and stays.
    """

    threshold: float = 0.30
    minimum_items: int = 2

    name: ClassVar[str] = "item-total"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("threshold", self.threshold, 0, 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"item-total {decimals(self.threshold)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items whose corrected item-total correlation is under {decimals(self.threshold)}"

    @property
    def proceeds(self) -> str:
        """How the items are dropped, in words."""
        return "the worst one first, with new correlations after each"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Verdict:
            correlations = item_total_correlations(current, model)
            with np.errstate(invalid="ignore"):
                low = correlations < self.threshold
            return Verdict(*worst(correlations, low, current.retained, model, self.minimum_items), all_fine(current))

        return one_by_one(batch, model, judge)


def item_total_correlations(batch: Batch, model: Model) -> Floats:
    """Correlation of every retained item with the sum of its block's others (R, p), NaN for an item alone."""
    sums = block_sums(batch, model)
    rest = sums.total - sums.own - 2.0 * sums.others
    varies = (sums.own > 0) & (rest > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(varies, sums.others / np.sqrt(np.where(varies, sums.own * rest, 1.0)), np.nan)
