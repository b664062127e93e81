"""The screening rule as textbooks teach it: the worst item is dropped, the model is fitted again, and so on."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, worst_first
from estimators.decisions.threshold import Threshold
from estimators.solution import loading_targets
from sim.batch import Batch
from sim.model import Model


@dataclass(frozen=True)
class OneAtATime(Threshold):
    """The item with the lowest loading of the whole model is dropped if it is under `threshold`; then a new fit.

    This goes on until no item is under the threshold, or only items of blocks with `minimum_items` left, which lose
    none and are called short. A new fit can lift an item over the threshold that the first one had under it, or push
    one under it, so that the items kept need not be those that are kept all at once. Of two equal loadings the first
    item goes. A replication on which a fit fails ends with the items of that fit.
    """

    name: ClassVar[str] = "one-at-a-time"
    proceeds: ClassVar[str] = "the worst one first, with a new fit after each"

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"one-at-a-time {self.threshold_words} rule{self.of_sizes}"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept after as many fits as it takes; see `ItemRule.decide`. Only unfinished ones are refitted."""
        targets = loading_targets(model)

        def judge(current: Batch) -> Condemned:
            fit = method.fit(current, model, targets)
            loadings = self.judged(fit.value)
            with np.errstate(invalid="ignore"):
                low = ~(loadings >= self.threshold)
            return Condemned(loadings, low, fit.status)

        return worst_first(batch, model, self.minimum_items, judge)
