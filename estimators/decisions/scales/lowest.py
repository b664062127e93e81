"""Lowest: rules that hold a measure of every item, taken from the answers alone, against one number."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, all_fine, worst_first
from estimators.decisions.rule import check_number
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class Lowest(ItemRule):
    """The item with the lowest `measure` goes if that is under `threshold`; then it is looked again, until none is.

    No model is fitted. A subclass gives `measured` and the default of `threshold`.
    """

    threshold: float
    minimum_items: int = 2

    fits: ClassVar[bool] = False
    #: What the threshold is held against, in words.
    measure: ClassVar[str]

    def __post_init__(self) -> None:
        check_number("threshold", self.threshold, 0, 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"{self.name} {decimals(self.threshold)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items whose {self.measure} is under {decimals(self.threshold)}"

    def measured(self, batch: Batch, model: Model) -> Floats:
        """The measure of every retained item (R, p); NaN for one that has none, and stays."""
        raise NotImplementedError

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Condemned:
            values = self.measured(current, model)
            with np.errstate(invalid="ignore"):
                return Condemned(values, values < self.threshold, all_fine(current))

        return worst_first(batch, model, self.minimum_items, judge)
