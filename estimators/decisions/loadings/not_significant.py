"""Items whose loadings are not significant."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Decision, ItemRule, all_together
from estimators.decisions.rule import check_number
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from estimators.solution import loading_targets
from sim.batch import Batch
from sim.model import Model


@dataclass(frozen=True)
class NotSignificant(ItemRule):
    """Items whose loading has a p-value of `level` or more are dropped, all at once. One without p-value stays."""

    level: float = 0.05
    minimum_items: int = 2

    name: ClassVar[str] = "not-significant"
    proceeds: ClassVar[str] = "all at once"
    needs_inference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("level", self.level, 0, 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"significant loadings at {decimals(self.level)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items whose loading has a p-value of {decimals(self.level)} or more"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept after one fit; see `ItemRule.decide`."""
        fit = method.fit(batch, model, loading_targets(model))
        with np.errstate(invalid="ignore"):
            passes = ~(fit.p_value >= self.level)
        return all_together(fit, passes, fit.value, batch, model, self.minimum_items)
