"""Communalities, as a principal component analysis of all the items prints them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Decision, ItemRule, Verdict, all_fine, one_by_one, worst
from estimators.decisions.rule import check_number
from estimators.decisions.scales.components import component_loadings
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class Communality(ItemRule):
    """The item with the lowest communality goes if that is under `threshold`; then a new analysis, until none is.

    The communality is the share of the item's variance that as many principal components as there are blocks explain
    (Hair, Black, Babin & Anderson 2010: 0.50); no rotation changes it. No model is fitted. An item that never varies
    has none, and stays.
    """

    threshold: float = 0.50
    minimum_items: int = 2

    name: ClassVar[str] = "communality"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("threshold", self.threshold, 0, 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"communality {decimals(self.threshold)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items whose communality is under {decimals(self.threshold)}"

    @property
    def proceeds(self) -> str:
        """How the items are dropped, in words."""
        return "the worst one first, with a new component analysis after each"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Verdict:
            explained = communalities(current, len(model.blocks))
            with np.errstate(invalid="ignore"):
                low = explained < self.threshold
            return Verdict(*worst(explained, low, current.retained, model, self.minimum_items), all_fine(current))

        return one_by_one(batch, model, judge)


def communalities(batch: Batch, components: int) -> Floats:
    """Share of each retained item's variance that so many principal components explain (R, p)."""
    loadings, _ = component_loadings(batch.moments.correlations, batch.retained)
    return np.asarray((loadings[:, :, :components] ** 2).sum(axis=2))
