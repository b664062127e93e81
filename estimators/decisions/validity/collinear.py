"""Items of formative blocks that others of the block explain: variance inflation over its limit."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, all_fine, worst_first
from estimators.decisions.rule import check_number
from estimators.settings import check_count
from sim.batch import Batch, Floats
from sim.model import Model

#: Determinants that are no more than rounding error.
_SINGULAR = 1e-12


@dataclass(frozen=True)
class Collinear(ItemRule):
    """The item of a composite block with the largest variance inflation goes if that is over `limit`; then again.

    The variance inflation of an item is 1 / (1 - R2) of its regression on the block's other retained items, the
    diagonal of the inverse of their correlations (Diamantopoulos & Siguaw 2006: 3.3; Hair et al. 2017: 5). Items that
    are linearly dependent have an infinite one. No model is fitted.
    """

    limit: float = 5.0
    minimum_items: int = 2

    name: ClassVar[str] = "collinear"
    proceeds: ClassVar[str] = "the largest first, with new ones after each"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_number("limit", self.limit, 1, np.inf)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"VIF {self.limit:g} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return f"items of composite blocks whose VIF is over {self.limit:g}"

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be a composite block."""
        return no_composite(model)

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""

        def judge(current: Batch) -> Condemned:
            inflation = item_inflation(current, model)
            with np.errstate(invalid="ignore"):
                high = inflation > self.limit
            return Condemned(-inflation, high, all_fine(current))

        return worst_first(batch, model, self.minimum_items, judge)


def no_composite(model: Model) -> str | None:
    """The refusal of a rule about composite blocks by a model that has none, or None."""
    if not model.reflective[: len(model.blocks)].all():
        return None
    return "the rule is about composite blocks (<~), and the model has none; leave the step out"


def item_inflation(batch: Batch, model: Model) -> Floats:
    """Variance inflation of every retained item of composite blocks (R, p), NaN elsewhere."""
    found = np.full(batch.retained.shape, np.nan)
    for (lower, upper), reflective in zip(pairwise(model.bounds), model.reflective, strict=False):
        if reflective:
            continue
        block = slice(lower, upper)
        kept = batch.retained[:, block]
        both = kept[:, :, None] & kept[:, None, :]
        eye = np.eye(upper - lower)
        among = np.where(both, batch.moments.correlations[:, block, block], eye)
        usable = np.asarray(np.isfinite(among).all(axis=(1, 2)))
        regular = usable & (np.abs(np.linalg.det(np.where(usable[:, None, None], among, eye))) > _SINGULAR)
        inverse = np.linalg.inv(np.where(regular[:, None, None], among, eye))
        own = np.where(
            regular[:, None], np.diagonal(inverse, axis1=1, axis2=2), np.where(usable, np.inf, np.nan)[:, None]
        )
        found[:, block] = np.where(kept, own, np.nan)
    return found
