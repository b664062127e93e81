"""The screening rule as textbooks teach it: the worst item is dropped, the model is fitted again, and so on."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.decisions.rule import Decision, Rule
from estimators.solution import loading_targets
from sim.batch import Batch, Bools, Floats
from sim.model import Model


@dataclass(frozen=True)
class OneAtATime(Rule):
    """The item with the lowest loading of the whole model is dropped if it is under `threshold`; then a new fit.

    This goes on until no item is under the threshold, or only items of blocks with `minimum_items` left, which lose
    none and are called short. A new fit can lift an item over the threshold that the first one had under it, or push
    one under it, so that the items kept need not be those that are kept all at once. Of two equal loadings the first
    item goes. A replication on which a fit fails ends with the items of that fit.
    """

    name: ClassVar[str] = "one-at-a-time"

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"one-at-a-time {self.threshold_words} rule{self.of_sizes}"

    @property
    def proceeds(self) -> str:
        """How the items are dropped, in words."""
        return "the worst one first, with a new fit after each"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept after as many fits as it takes; see `Rule.decide`. Only unfinished data sets are refitted."""
        targets = loading_targets(model)
        fit = method.fit(batch, model, targets)
        retained, status = batch.retained.copy(), fit.status.copy()
        short = np.zeros((len(batch), len(model.blocks)), dtype=bool)
        open_ones, loadings = np.arange(len(batch)), fit.value
        while True:
            going, going_short = self.worst(self.judged(loadings), retained[open_ones], model)
            usable = ~fit.fatal
            short[open_ones] = going_short & usable[:, None]
            more = usable & (going >= 0)
            open_ones = open_ones[more]
            if not len(open_ones):
                return Decision(retained, short, status)
            retained[open_ones, going[more]] = False
            fit = method.fit(batch.keep(retained).rows(open_ones), model, targets)
            status[open_ones], loadings = fit.status, fit.value

    def worst(self, loadings: Floats, retained: Bools, model: Model) -> tuple[NDArray[np.intp], Bools]:
        """The item that goes next in each data set (R,), -1 for none; blocks with an item under it that must stay.

        loadings and retained (R, p); the blocks (R, m).
        """
        known = np.where(retained, np.nan_to_num(loadings, nan=-np.inf), np.inf)
        under = known < self.threshold
        left = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1], axis=1)
        full = left > self.minimum_items
        short = np.logical_or.reduceat(under, model.bounds[:-1], axis=1) & ~full
        candidates = np.where(under & full[:, model.block_of], known, np.inf)
        going = np.argmin(candidates, axis=1)
        found = (under & full[:, model.block_of]).any(axis=1)
        return np.where(found, going, -1), short
