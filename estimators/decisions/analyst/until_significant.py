"""Items dropped until a path is significant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.analyst.tested import check_path, p_values, refusal_of_path
from estimators.decisions.rule import Analysis, Outcome, Rule, check_number, one_outcome
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from sim.batch import Bools, Floats
from sim.model import Model


@dataclass(frozen=True)
class UntilSignificant(Rule):
    """Where `path` is not significant at `level`, the item without which its p-value is smallest is dropped, and so on.

    Every item is left out for trial, one at a time, of blocks with more than `minimum_items`. It ends when the path is
    significant, or after `most` items. Where it never is, all items come back: there is nothing to report with fewer.
    Of two equal p-values the first item goes.
    """

    path: str = ""
    level: float = 0.05
    most: int = 3
    minimum_items: int = 2

    name: ClassVar[str] = "until-significant"
    needs_inference: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_path(self.path)
        check_number("level", self.level, 0, 1)
        check_count("most", self.most, "a whole number of items,", 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"up to {self.most} items dropped if that helps"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return (
            f"Where {self.path} is not significant at {decimals(self.level)}, up to {self.most} items are dropped, "
            "always the one without which its p-value is smallest, until it is; where it never is, they come back."
        )

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be such a path, and p-values of it."""
        return refusal_of_path(self, self.path, model, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """All the data sets, with fewer items where that made the path significant."""
        before = analysis.batch.retained
        retained = before.copy()
        p_value = p_values(analysis.deciding, analysis, self.path)
        with np.errstate(invalid="ignore"):
            open_ones = np.flatnonzero(p_value >= self.level)
        for _ in range(self.most):
            if not len(open_ones):
                break
            without = self._without_each(analysis, open_ones, retained)
            best = np.argmin(without, axis=1)
            smallest = without[np.arange(len(open_ones)), best]
            may = np.isfinite(smallest)
            retained[open_ones[may], best[may]] = False
            p_value[open_ones[may]] = smallest[may]
            open_ones = open_ones[may & (smallest >= self.level)]
        with np.errstate(invalid="ignore"):
            retained[~(p_value < self.level)] = before[~(p_value < self.level)]
        now = replace(analysis, batch=analysis.batch.keep(retained))
        return [one_outcome(now, actions=(before & ~retained).sum(axis=1).astype(np.int32))]

    def _without_each(self, analysis: Analysis, places: np.ndarray, retained: Bools) -> Floats:
        """p-values (k, p) without each item; infinite where it may not go, is not there or the fit fails."""
        model, kept = analysis.model, retained[places]
        left = np.add.reduceat(kept.astype(np.int64), model.bounds[:-1], axis=1)
        row, item = np.nonzero(kept & (left > self.minimum_items)[:, model.block_of])
        found = np.full(kept.shape, np.inf)
        if len(row):
            trial = kept[row]
            trial[np.arange(len(row)), item] = False
            batch = analysis.batch.rows(places[row]).keep(trial)
            tried = p_values(analysis.deciding, replace(analysis, batch=batch), self.path)
            found[row, item] = np.nan_to_num(tried, nan=np.inf)
        return found
