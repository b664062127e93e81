"""The corrected item-total correlation, as reliability analyses print it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.decisions.scales.lowest import Lowest
from estimators.decisions.scales.sums import block_sums
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class ItemTotal(Lowest):
    """The item with the lowest corrected item-total correlation goes if that is under `threshold`; then it is looked
    again, until none is.

    The correlation is that of the answers with the sum of the block's other items (Churchill 1979; Nunnally &
    Bernstein 1994: 0.30). No model is fitted. An item that never varies has none, and stays.
    """

    threshold: float = 0.30

    name: ClassVar[str] = "item-total"
    proceeds: ClassVar[str] = "the worst one first, with new correlations after each"
    measure: ClassVar[str] = "corrected item-total correlation"

    def measured(self, batch: Batch, model: Model) -> Floats:
        """See `Lowest.measured`."""
        return item_total_correlations(batch, model)


def item_total_correlations(batch: Batch, model: Model) -> Floats:
    """Correlation of every retained item with the sum of its block's others (R, p), NaN for an item alone."""
    sums = block_sums(batch, model)
    rest = sums.total - sums.own - 2.0 * sums.others
    varies = (sums.own > 0) & (rest > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(varies, sums.others / np.sqrt(np.where(varies, sums.own * rest, 1.0)), np.nan)
