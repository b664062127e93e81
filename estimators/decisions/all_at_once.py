"""The screening rule as most studies apply it: every item under the threshold is dropped, all at once."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.rule import Decision, Rule, spared
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.model import Model


@dataclass(frozen=True)
class AllAtOnce(Rule):
    """Every item whose standardised loading is under `threshold` in one fit of the whole model is dropped.

    The 0.70 rule is Chin's (1998). Where it would leave a block fewer than `minimum_items`, the block's highest
    loadings are kept up to that number.
    """

    name: ClassVar[str] = "all-at-once"

    @property
    def proceeds(self) -> str:
        """How the items are dropped, in words."""
        return "all at once"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept after one fit; see `Rule.decide`."""
        first = method.fit(batch, model, loading_targets(model))
        retained, short = self.kept(self.judged(first.value), batch.retained, model)
        retained[first.fatal], short[first.fatal] = batch.retained[first.fatal], False
        return Decision(retained, short, first.status)

    def kept(self, loadings: Floats, retained: Bools, model: Model) -> tuple[Bools, Bools]:
        """Items kept of those retained so far (R, p), and the blocks that the rule alone leaves too few (R, m)."""
        passes = retained & (np.nan_to_num(loadings, nan=-np.inf) >= self.threshold)
        return spared(passes, loadings, retained, model, self.minimum_items)
