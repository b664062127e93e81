"""Items of formative blocks whose weights are not significant."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, worst_first
from estimators.decisions.rule import check_number, no_standard_errors
from estimators.decisions.threshold import decimals
from estimators.decisions.validity.collinear import no_composite
from estimators.settings import check_count
from estimators.solution import loading_targets, weight_targets
from sim.batch import Batch
from sim.model import Model


@dataclass(frozen=True)
class WeakWeights(ItemRule):
    """The item of a composite block with the least significant weight goes, if its p-value is `level` or more.

    An item whose loading is `loading` or more stays whatever its weight (Hair et al. 2017, exhibit 5.16: 0.50); with
    loading = 1 every weight must be significant. One item at a time, with a new fit after each.
    """

    level: float = 0.05
    loading: float = 0.50
    minimum_items: int = 2

    name: ClassVar[str] = "weights-not-significant"
    proceeds: ClassVar[str] = "the least significant first, with a new fit after each"
    needs_inference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("level", self.level, 0, 1)
        check_number("loading", self.loading, 0, 1, ends=True)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"significant weights at {decimals(self.level)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        spared = "" if self.loading == 1 else f" and whose loading is under {decimals(self.loading)}"
        return f"items of composite blocks whose weight has a p-value of {decimals(self.level)} or more{spared}"

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be a composite block, and a method that tests weights."""
        return no_composite(model) or no_standard_errors(self, deciding)

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""
        p = len(model.items)
        targets = (*weight_targets(model), *loading_targets(model))
        formative = ~model.reflective[: len(model.blocks)][model.block_of]

        def judge(current: Batch) -> Condemned:
            fit = method.fit(current, model, targets)
            p_value, loadings = fit.p_value[:, :p], fit.value[:, p:]
            with np.errstate(invalid="ignore"):
                weak = (p_value >= self.level) & ((np.abs(loadings) < self.loading) | (self.loading == 1)) & formative
            return Condemned(-p_value, weak, fit.status)

        return worst_first(batch, model, self.minimum_items, judge)
