"""Chance: as many items as another rule drops, but any of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.rule import Analysis, Outcome, Rule
from estimators.settings import check_count
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model

#: The stream that the draws come from: one of each replication, apart from those of data and resamples.
STREAM = "items dropped at random"


@dataclass(frozen=True)
class RandomItems(Rule):
    """From each block as many items are dropped as the rule `as_many_as` drops, or `number`, chosen at random.

    Every choice of so many items is equally likely. Blocks keep `minimum_items`, as those of the other rule do by its
    own setting. The draws belong to the replication: they are the same for all methods of a cell, and do not depend on
    the order of the items. A replication on which the other rule's fit fails keeps its items and ends there.
    """

    as_many_as: Rule | None = None
    number: int | None = None
    minimum_items: int = 2

    name: ClassVar[str] = "random"
    draws: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    of_rules: ClassVar[tuple[str, ...]] = ("as_many_as",)

    def __post_init__(self) -> None:
        if (self.as_many_as is None) == (self.number is None):
            raise InputError("random drops as many items as another rule, or a number; give as_many_as or number")
        if self.as_many_as is not None and self.as_many_as.changes != "items":
            raise InputError(f"as_many_as names {self.as_many_as.name}, which drops no items; name a rule that does")
        if self.number is not None:
            check_count("number", self.number, "a whole number of items a block,", 1)
        check_count("minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        of = f"{self.number} a block" if self.as_many_as is None else f"as many as by the {self.as_many_as.label}"
        return f"random items dropped, {of}"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        of = f"{self.number} items" if self.as_many_as is None else f"as many items as the {self.as_many_as.label}"
        return f"From each block {of} are dropped at random, whatever the data say."

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """What the other rule refuses."""
        return None if self.as_many_as is None else self.as_many_as.refusal(model, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets with other items dropped than the other rule would."""
        batch, model = analysis.batch, analysis.model
        if self.as_many_as is None:
            number = np.full((len(batch), len(model.blocks)), self.number)
            return [self._outcome(analysis, number, None)]
        outcomes = self.as_many_as.apply(analysis)
        return [self._outcome(analysis, self._lost(each, analysis), each) for each in outcomes]

    def _lost(self, other: Outcome, analysis: Analysis) -> np.ndarray:
        lost = analysis.batch.retained[other.places] & ~other.analysis.batch.retained
        return np.add.reduceat(lost.astype(np.int64), analysis.model.bounds[:-1], axis=1)

    def _outcome(self, analysis: Analysis, number: np.ndarray, other: Outcome | None) -> Outcome:
        places = np.arange(len(analysis.batch)) if other is None else other.places
        some = analysis.rows(places)
        least = self.minimum_items if other is None else 0
        kept = without_random(some.batch, some.model, number, least)
        failed = np.zeros(len(places), dtype=bool) if other is None else other.failed
        kept[failed] = some.batch.retained[failed]
        return Outcome(
            places,
            replace(some, batch=some.batch.keep(kept)),
            some.nothing_short if other is None else other.short,
            np.zeros(len(places), dtype=np.int8) if other is None else other.status,
            (some.batch.retained & ~kept).sum(axis=1).astype(np.int32),
        )


def without_random(batch: Batch, model: Model, number: np.ndarray, least: int) -> Bools:
    """The retained items (R, p) less `number` (R, m) of each block, which keeps `least` or what it had."""
    kept = batch.retained.copy()
    draws = np.where(kept, _draws(batch, model), np.inf)
    for j, (lower, upper) in enumerate(pairwise(model.bounds)):
        block = slice(lower, upper)
        rank = np.argsort(np.argsort(draws[:, block], axis=1), axis=1)
        may = np.maximum(kept[:, block].sum(axis=1) - least, 0)
        kept[:, block] &= rank >= np.minimum(number[:, j], may)[:, None]
    return kept


def _draws(batch: Batch, model: Model) -> Floats:
    """A uniform number of every item in every replication (R, p), by the item's name and not its place."""
    p = len(model.items)
    by_name = np.argsort(np.argsort(model.items))
    draws = [batch.address.generator(STREAM, int(number)).random(p) for number in batch.replications]
    return np.array(draws).reshape(len(batch), p)[:, by_name]
