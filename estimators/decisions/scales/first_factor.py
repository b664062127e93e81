"""The first factor of an exploratory analysis of each block: items that belong elsewhere go."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, all_fine, worst_first
from estimators.decisions.rule import check_number
from estimators.decisions.scales.components import component_loadings
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class FirstFactor(ItemRule):
    """Items that load under `threshold` on their block's first factor, or over `cross_loading` on another, are dropped.

    Each block is analysed by itself: unrotated principal components of its items' correlations, the extraction that
    most programs start from, and the other factors are those with an eigenvalue over 1 (Kaiser 1960). The item with the
    lowest loading on the first factor goes first; then a new analysis, until none is left to go. No model is fitted.
    """

    threshold: float = 0.50
    cross_loading: float = 0.40
    minimum_items: int = 2

    name: ClassVar[str] = "first-factor"
    proceeds: ClassVar[str] = "the worst one first, with a new analysis after each"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("threshold", self.threshold, 0, 1)
        check_number("cross_loading", self.cross_loading, 0, 1, ends=True)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"first factor {decimals(self.threshold)}/{decimals(self.cross_loading)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return (
            f"items that load under {decimals(self.threshold)} on their block's first factor or over "
            f"{decimals(self.cross_loading)} on another"
        )

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Condemned:
            first, others = factor_loadings(current, model)
            with np.errstate(invalid="ignore"):
                low = (first < self.threshold) | (others > self.cross_loading)
            return Condemned(first, low, all_fine(current))

        return worst_first(batch, model, self.minimum_items, judge)


def factor_loadings(batch: Batch, model: Model) -> tuple[Floats, Floats]:
    """Loadings on the first factor of each item's block, and the largest size of those on its others (R, p).

    0 where there is no other factor with an eigenvalue over 1.
    """
    first, others = np.full(batch.retained.shape, np.nan), np.zeros(batch.retained.shape)
    for lower, upper in pairwise(model.bounds):
        block = slice(lower, upper)
        loadings, values = component_loadings(batch.moments.correlations[:, block, block], batch.retained[:, block])
        first[:, block] = loadings[:, :, 0]
        if upper - lower > 1:
            further = np.where(values[:, None, 1:] > 1.0, np.abs(loadings[:, :, 1:]), 0.0)
            others[:, block] = further.max(axis=2)
    return first, others
