"""The oracle: who knows the truth keeps exactly the true items and fits the true model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.base import Estimator
from estimators.decisions.rule import Analysis, Outcome, Rule, one_outcome
from sim.errors import InputError, unknown
from sim.model import Model


@dataclass(frozen=True)
class Oracle(Rule):
    """Exactly the items named in `items` are kept, and `model` is fitted where one is given.

    No method can see the truth: a study that asks for the oracle writes the names of the true items (those that load on
    their construct in the population) and the population's model into these settings, before any draw. A block none of
    whose items is true keeps what it had, and is called short. model: lavaan syntax with the same constructs and items.
    """

    items: Sequence[str] | None = None
    model: str | None = None

    name: ClassVar[str] = "oracle"
    fits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.items is not None:
            if isinstance(self.items, str) or not all(isinstance(item, str) for item in self.items):
                raise InputError(f"items is {self.items!r}; give a list of names")
            object.__setattr__(self, "items", tuple(self.items))
        if self.model is not None:
            if not isinstance(self.model, str):
                raise InputError(f"model is {self.model!r}; give the text of a model")
            Model.parse(self.model)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "oracle"

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        return "The oracle knows the truth: exactly the true items are kept, and the true model is fitted."

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """Without the truth, or with one about other items or constructs, there is no oracle."""
        if self.items is None:
            return "the oracle needs the truth, which a study of a known population gives it; here give items = [..]"
        strange = [item for item in self.items if item not in model.items]
        if strange:
            return f"items: {unknown('item', strange[0], model.items)}"
        if self.model is None:
            return None
        true = Model.parse(self.model)
        if [(b.construct, b.items) for b in true.every_block] != [(b.construct, b.items) for b in model.every_block]:
            return "the true model has other items or constructs than the one that is fitted; leave out `model`"
        return None

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """All the data sets with the true items, and the true model."""
        assert self.items is not None
        model, before = analysis.model, analysis.batch.retained
        kept = before & np.isin(model.items, self.items)
        none = ~np.logical_or.reduceat(kept, model.bounds[:-1], axis=1)
        kept = np.where(none[:, model.block_of], before, kept)
        now = replace(analysis, batch=analysis.batch.keep(kept))
        if self.model is not None:
            now = replace(now, model=Model.parse(self.model))
        return [one_outcome(now, none, None, (before & ~kept).sum(axis=1).astype(np.int32))]
