"""Alpha if the item is deleted, as reliability analyses print it: items go as long as alpha rises."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, all_fine, worst_first
from estimators.decisions.rule import check_number
from estimators.decisions.scales.sums import block_sums
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model

#: A rise that is no more than rounding error is none.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class AlphaIfDeleted(ItemRule):
    """The item without which its block's alpha rises most goes if the rise is more than `gain`; then again.

    Alpha is Cronbach's (1951), of the answers' covariances. No model is fitted. A pair of items has no alpha without
    one of them, and stays; so does an item that never varies, on which the table then says so.
    """

    gain: float = 0.0
    minimum_items: int = 2

    name: ClassVar[str] = "alpha-if-deleted"
    proceeds: ClassVar[str] = "the one that lifts it most first, as long as it rises"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("gain", self.gain, 0, 1, ends=True)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "alpha-if-deleted rule" + (f" (over {self.gain:g})" if self.gain else "")

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return "items without which alpha rises" + (f" by more than {self.gain:g}" if self.gain else "")

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Condemned:
            rise = alpha_rises(current, model)
            with np.errstate(invalid="ignore"):
                better = rise > self.gain + _ROUNDING
            return Condemned(-rise, better, all_fine(current))

        return worst_first(batch, model, self.minimum_items, judge)


def alpha_rises(batch: Batch, model: Model) -> Floats:
    """Alpha without the item less alpha with it (R, p); NaN in blocks of under three items and for constant ones."""
    sums = block_sums(batch, model)
    k = np.where(sums.size > 2, sums.size, np.nan)
    total = sums.total - sums.own - 2.0 * sums.others
    with np.errstate(invalid="ignore", divide="ignore"):
        now = k / (k - 1.0) * (1.0 - sums.trace / sums.total)
        without = (k - 1.0) / (k - 2.0) * (1.0 - (sums.trace - sums.own) / total)
        rise = without - now
    return np.where(np.isfinite(rise) & (sums.own > 0), rise, np.nan)
