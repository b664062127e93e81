"""The screening rule as most studies apply it: every item under the threshold is dropped, all at once."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Decision, all_together, spared
from estimators.decisions.threshold import Threshold
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.model import Model


@dataclass(frozen=True)
class AllAtOnce(Threshold):
    """Every item whose standardised loading is under `threshold` in one fit of the whole model is dropped.

    The 0.70 rule is Chin's (1998). Where it would leave a block fewer than `minimum_items`, the block's highest
    loadings are kept up to that number.
    """

    name: ClassVar[str] = "all-at-once"
    proceeds: ClassVar[str] = "all at once"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept after one fit; see `ItemRule.decide`."""
        first = method.fit(batch, model, loading_targets(model))
        loadings = self.judged(first.value)
        return all_together(first, self._passes(loadings), loadings, batch, model, self.minimum_items)

    def kept(self, loadings: Floats, retained: Bools, model: Model) -> tuple[Bools, Bools]:
        """Items kept of those retained so far (R, p), and the blocks that the rule alone leaves too few (R, m)."""
        return spared(self._passes(loadings) & retained, loadings, retained, model, self.minimum_items)

    def _passes(self, loadings: Floats) -> Bools:
        return np.asarray(np.nan_to_num(loadings, nan=-np.inf) >= self.threshold)
