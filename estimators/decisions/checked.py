"""The contract of a rule from outside, checked whenever it decides: what it gives back is an outcome, or a fault."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimators import faults
from estimators.base import Estimator, Status
from estimators.checked import BrokenContract, StandIn, text_or_none
from estimators.decisions.items import ItemRule
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule
from sim.model import Model


def missing_methods(kind: object) -> str | None:
    """What a class lacks of a rule, and where to read on, or None."""
    missing = [name for name in ("apply", "refusal") if not callable(getattr(kind, name, None))]
    if not isinstance(getattr(kind, "name", None), str):
        missing.append("name")
    if missing:
        lacking = ", ".join(missing)
        return f"has no {lacking}; make it an `estimators.decisions.rule.Rule` (docs/decisions-of-researchers.md)"
    return None


@dataclass(frozen=True)
class CheckedRule(StandIn, Rule):
    """`inner`, a rule from outside, with every outcome held against what is asked of rules.

    Every data set must come back once; items that were not retained stay out, and blocks keep at least
    `minimum_items` of what they had where the rule says how many that is, and one otherwise. Anything else is a
    `BrokenContract` of the whole batch.
    """

    inner: Rule

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of `inner`."""
        return self.inner.name

    @property
    def changes(self) -> Changes:  # type: ignore[override]
        """What `inner` changes."""
        return self.inner.changes

    @property
    def needs_answers(self) -> bool:  # type: ignore[override]
        """Whether `inner` looks at the answers."""
        return self.inner.needs_answers

    @property
    def in_units(self) -> bool:  # type: ignore[override]
        """Whether `inner` decides by numbers in the units of the answers."""
        return self.inner.in_units

    @property
    def draws(self) -> bool:  # type: ignore[override]
        """Whether `inner` draws random numbers."""
        return self.inner.draws

    @property
    def repeatable(self) -> bool:  # type: ignore[override]
        """Whether `inner` can be carried out in resamples."""
        return self.inner.repeatable

    @property
    def label(self) -> str:
        """What `inner` is called."""
        return self.inner.label

    @property
    def sentence(self) -> str:
        """What `inner` says of itself."""
        return self.inner.sentence

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """What `inner` says, which must be text or None. Raises InputError where it raises or says something else."""
        return text_or_none(lambda: self.inner.refusal(model, deciding), type(self.inner).__name__)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """What `inner` makes of the data sets, checked."""
        with faults.exits_noticed():
            outcomes = list(self.inner.apply(analysis))
        check_outcomes(self.inner, analysis, outcomes)
        return outcomes


def check_outcomes(rule: Rule, analysis: Analysis, outcomes: Sequence[Outcome]) -> None:
    """Raise BrokenContract where the outcomes of a rule are not what is asked of them."""
    name, r, m = type(rule).__name__, len(analysis.batch), len(analysis.model.blocks)
    for each in outcomes:
        if not isinstance(each, Outcome):
            raise BrokenContract(f"{name}.apply gives {type(each).__name__}; it must give a list of Outcome")
    places = np.concatenate([each.places for each in outcomes]) if outcomes else np.empty(0)
    if not np.array_equal(np.sort(places), np.arange(r)):
        raise BrokenContract(f"{name}.apply does not give each of the {r} data sets back once")
    for each in outcomes:
        k = len(each.places)
        shapes = {"short": (k, m), "status": (k,), "actions": (k,)}
        for part, shape in shapes.items():
            if getattr(each, part).shape != shape:
                raise BrokenContract(f"{name}.apply gives {part} of shape {getattr(each, part).shape}; not {shape}")
        if not np.isin(each.status, [int(status) for status in Status]).all():
            raise BrokenContract(f"{name}.apply gives a status that is none; see estimators.base.Status")
        if len(each.analysis.batch) != k:
            raise BrokenContract(f"{name}.apply gives {len(each.analysis.batch)} data sets at {k} places")
        _check_items(rule, analysis, each)


def _check_items(rule: Rule, analysis: Analysis, outcome: Outcome) -> None:
    """Items that come back, and blocks that keep too few."""
    name, model = type(rule).__name__, analysis.model
    if outcome.analysis.model.items != model.items:
        raise BrokenContract(f"{name}.apply gives a model with other items; drop items by `retained` instead")
    before, after = analysis.batch.retained[outcome.places], outcome.analysis.batch.retained
    if after.shape != before.shape or after.dtype != np.bool_:
        raise BrokenContract(f"{name}.apply gives retained of shape {after.shape}; {before.shape} of bool is needed")
    if (after & ~before).any():
        raise BrokenContract(f"{name}.apply brings back items that had been dropped")
    least = rule.minimum_items if isinstance(rule, ItemRule) else 1
    had, has = (np.add.reduceat(kept.astype(int), model.bounds[:-1], axis=1) for kept in (before, after))
    if (has < np.minimum(had, least)).any():
        raise BrokenContract(f"{name}.apply leaves a block fewer than {least} items")
