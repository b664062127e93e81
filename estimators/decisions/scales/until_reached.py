"""Items dropped until a construct's AVE, composite reliability or alpha reaches its threshold."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.items import Condemned, Decision, ItemRule, worst_first
from estimators.decisions.rule import check_choice, check_number
from estimators.decisions.threshold import decimals
from estimators.settings import check_count
from estimators.solution import loading_targets
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import ConstructKind, Target

#: The measures that may be wanted, what they are called, and the thresholds of Fornell & Larcker (1981) and Nunnally.
MEASURES = {"ave": ("AVE", 0.50), "rho_c": ("composite reliability", 0.70), "alpha": ("alpha", 0.70)}


@dataclass(frozen=True)
class UntilReached(ItemRule):
    """While a construct's `measure` is under `threshold`, its item with the lowest loading is dropped.

    measure: "ave", "rho_c" or "alpha", as the method gives them; threshold: 0.50 for AVE and 0.70 for the others unless
    given. One item at a time, the lowest loading among all constructs that lack something, with a new fit after each.
    Constructs with `minimum_items` left are called short. Reflective blocks only.
    """

    measure: str = "ave"
    threshold: float | None = None
    minimum_items: int = 2

    name: ClassVar[str] = "until-reached"
    proceeds: ClassVar[str] = "one at a time, with a new fit after each, until it is reached"

    def __post_init__(self) -> None:
        check_choice("measure", self.measure, tuple(MEASURES))
        if self.threshold is not None:
            check_number("threshold", self.threshold, 0, 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def wanted(self) -> float:
        """The threshold."""
        return MEASURES[self.measure][1] if self.threshold is None else self.threshold

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"until {MEASURES[self.measure][0]} {decimals(self.wanted)} rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        lacking = f"{MEASURES[self.measure][0]} is under {decimals(self.wanted)}"
        return f"the items with the lowest loadings of constructs whose {lacking}"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""
        return lowest_until(batch, model, method, self.measure, self.wanted, self.minimum_items)  # type: ignore[arg-type]


def lowest_until(
    batch: Batch, model: Model, method: Estimator, measure: ConstructKind, wanted: float, least: int
) -> Decision:
    """The lowest loading of reflective constructs whose measure is under `wanted` dropped, one at a time."""
    loadings = loading_targets(model)
    measures = tuple(Target(measure, (block.construct,)) for block in model.blocks)
    reflective = model.reflective[: len(model.blocks)]

    def judge(current: Batch) -> Condemned:
        fit = method.fit(current, model, (*loadings, *measures))
        values: Floats = fit.value[:, : len(loadings)]
        with np.errstate(invalid="ignore"):
            lacking = (fit.value[:, len(loadings) :] < wanted) & reflective
        return Condemned(values, lacking[:, model.block_of], fit.status)

    return worst_first(batch, model, least, judge)
