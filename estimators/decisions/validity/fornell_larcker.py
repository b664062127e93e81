"""Fornell and Larcker's criterion: a construct shares more with its items than with other constructs."""

from dataclasses import dataclass
from typing import ClassVar

from estimators.base import Estimator
from estimators.decisions.items import Decision, ItemRule
from estimators.decisions.scales.until_reached import lowest_until
from estimators.settings import check_count
from sim.batch import Batch
from sim.model import Model


@dataclass(frozen=True)
class FornellLarcker(ItemRule):
    """While a construct's AVE is under its largest squared correlation with another, its lowest loading is dropped.

    Fornell & Larcker (1981, Journal of Marketing Research 18, 39-50). One item at a time, the lowest loading among all
    constructs that fail, with a new fit after each. Reflective blocks only.
    """

    minimum_items: int = 2

    name: ClassVar[str] = "fornell-larcker"
    proceeds: ClassVar[str] = "one at a time, with a new fit after each, until it is not"

    def __post_init__(self) -> None:
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "Fornell-Larcker rule"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        return "the items with the lowest loadings of constructs whose AVE is under a squared correlation"

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be a construct beside the one that is judged."""
        return None if len(model.blocks) > 1 else "the criterion compares constructs; the model has only one"

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept; see `ItemRule.decide`."""
        return lowest_until(batch, model, method, "fornell_larcker", 0.0, self.minimum_items)
