"""Steps: rules in the order in which they are carried out, made from their settings."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators import faults, outside
from estimators.base import Estimator
from estimators.decisions.checked import CheckedRule, missing_methods
from estimators.decisions.rule import Analysis, Outcome, Rule, one_outcome
from estimators.decisions.rules import RULES, check_settings
from estimators.shared.parts import origin
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Target

#: Settings that every step may have beside those of its rule.
OF_STEPS = ("rule", "by")


@dataclass(frozen=True)
class Made:
    """A method that a step names, and which code it is where it is from outside."""

    estimator: Estimator
    origin: str = ""


#: Makes the method of a step's setting: a name, or a table as under [methods.NAME].
Maker = Callable[[object], Made]


@dataclass(frozen=True)
class Step:
    """A rule, and the method whose fits it looks at where that is not the table's own. origin: code from outside."""

    rule: Rule
    by: Estimator | None = None
    origin: str = ""

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """Why this step cannot be taken, or None; deciding: the table's method, standardised."""
        looked_at = self.by or deciding
        told = self.by.refusal(model) if self.by else None
        return told or self.rule.refusal(model, looked_at)

    def taken(self, analysis: Analysis) -> Sequence[Outcome]:
        """What becomes of the data sets."""
        if self.rule.needs_answers and not analysis.batch.has_answers:
            return [one_outcome(analysis)]
        if self.by is None:
            return self.rule.apply(analysis)
        own = analysis.deciding
        told = self.rule.apply(replace(analysis, deciding=self.by))
        return [replace(each, analysis=replace(each.analysis, deciding=own)) for each in told]


def carried_out(steps: Sequence[Step], analysis: Analysis) -> list[Outcome]:
    """What the steps, one after another, make of the data sets: outcomes that have each of them once.

    A data set on which a fit fails while a rule is at work goes no further.
    """
    waiting, done = [one_outcome(analysis)], []
    for step in steps:
        following = []
        for branch in waiting:
            for new in step.taken(branch.analysis):
                both = _then(branch, new)
                done += _some(both, both.failed)
                following += _some(both, ~both.failed)
        waiting = following
    return done + waiting


def decided(steps: Sequence[Step], analysis: Analysis) -> list[Outcome]:
    """What `carried_out` makes of the data sets; of those that are a part of a batch, it is found on all of that once.

    Many data sets are decided on together in little more time than a few. Steps that change more than the items, come
    from outside or look at resamples are carried out on the part alone.
    """
    larger = origin(analysis.batch)
    if larger is None or not all(_suits_many(step, analysis.deciding) for step in steps):
        return carried_out(steps, analysis)
    whole, places = larger
    key = ("decided", repr((steps, analysis.method, analysis.deciding)), analysis.model)
    outcomes = whole.once(
        key, lambda: [_by_itself(each) for each in carried_out(steps, replace(analysis, batch=whole))]
    )
    return [part for outcome in outcomes for part in _of_part(outcome, analysis, places)]


def _suits_many(step: Step, deciding: Estimator) -> bool:
    """Whether a step decides on many data sets as on each, at no more cost."""
    rule, by = step.rule, step.by or deciding
    resampled = rule.needs_inference and by.without_inference() != by
    return rule.changes in ("items", "nothing") and not isinstance(rule, CheckedRule) and not resampled


def _by_itself(outcome: Outcome) -> Outcome:
    """An outcome that does not hold what was found on its answers: kept there, it would keep them for good."""
    return replace(outcome, analysis=replace(outcome.analysis, batch=replace(outcome.analysis.batch, found={})))


def _of_part(outcome: Outcome, analysis: Analysis, places: NDArray[np.integer]) -> list[Outcome]:
    """An outcome of many data sets, about their items, as that of those at some places; none if it has none of them."""
    order = np.argsort(places)
    near = np.minimum(np.searchsorted(places, outcome.places, sorter=order), len(places) - 1)
    at = np.flatnonzero(places[order[near]] == outcome.places)
    if not len(at):
        return []
    own = order[near[at]]
    batch = analysis.batch if np.array_equal(own, np.arange(len(places))) else analysis.batch.rows(own)
    now = replace(outcome.analysis, batch=batch.keep(outcome.analysis.batch.retained[at]))
    told = {key: values[at] for key, values in outcome.told.items()}
    return [Outcome(own, now, outcome.short[at], outcome.status[at], outcome.actions[at], told)]


def _then(first: Outcome, second: Outcome) -> Outcome:
    """The outcome of a step on what an earlier one left: the places are those of the first."""
    at = second.places
    told: dict[tuple[Target, str], Floats] = {key: values[at] for key, values in first.told.items()}
    for key, values in second.told.items():
        told[key] = np.where(np.isnan(values), told[key], values) if key in told else values
    return Outcome(
        first.places[at], second.analysis, first.short[at] | second.short, second.status,
        first.actions[at] + second.actions, told,
    )  # fmt: skip


def _some(outcome: Outcome, chosen: NDArray[np.bool_]) -> list[Outcome]:
    """The chosen data sets of an outcome; none, if none are chosen."""
    if chosen.all():
        return [outcome] if len(chosen) else []
    at = np.flatnonzero(chosen)
    if not len(at):
        return []
    return [Outcome(
        outcome.places[at], outcome.analysis.rows(at), outcome.short[at], outcome.status[at], outcome.actions[at],
        {key: values[at] for key, values in outcome.told.items()},
    )]  # fmt: skip


def steps_of(given: object, make: Maker, folder: Path | None) -> tuple[Step, ...]:
    """The steps of `steps = [{ rule = "NAME", .. }, ..]`; a rule of one's own is named `module:Class`.

    Raises InputError naming the step, what was given and what is allowed.
    """
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise InputError(f"steps is {given!r}; write for instance steps = [{{ rule = 'item-total', threshold = 0.3 }}]")
    steps = []
    for place, settings in enumerate(given, start=1):
        try:
            steps.append(_step_of(settings, make, folder))
        except InputError as error:
            raise InputError(f"steps[{place}]: {error}") from None
    return tuple(steps)


def names_code(given: object) -> Iterator[str]:
    """The references to code of somebody's own that steps name, which making them would run."""
    if isinstance(given, Mapping):
        for value in given.values():
            yield from names_code(value)
        for key in ("rule", "estimator", "by"):
            if isinstance(given.get(key), str) and outside.names_code(given[key]):
                yield given[key]
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for value in given:
            yield from names_code(value)


def _step_of(given: object, make: Maker, folder: Path | None) -> Step:
    if not isinstance(given, Mapping):
        raise InputError(f"a step is {given!r}; write a table with a rule: {{ rule = '{RULES[0].name}' }}")
    settings = dict(given)
    name, by = settings.pop("rule", None), settings.pop("by", None)
    if name is None:
        raise InputError(f"a step names no rule; give rule = '{RULES[0].name}' or another")
    kind, origin = _kind_of(name, folder)
    check_settings(kind, settings, f"setting of the rule {name}", OF_STEPS)
    origins = [origin]
    for key in kind.of_methods:
        if key in settings:
            several = settings[key] if isinstance(settings[key], list | tuple) else [settings[key]]
            made = [make(each) for each in several]
            origins += [each.origin for each in made]
            settings[key] = tuple(each.estimator for each in made)
    for key in kind.of_rules:
        if key in settings:
            inner = _step_of(settings[key], make, folder)
            if inner.by is not None:
                raise InputError(f"the rule in {key} has a `by` of its own; give it to the step itself")
            settings[key] = inner.rule
            origins.append(inner.origin)
    if by is not None and not kind.fits:
        raise InputError(f"the rule {name} looks at no fit; leave out by")
    deciding = None if by is None else make(by)
    origins.append(deciding.origin if deciding else "")
    rule = _made(kind, str(name), settings, bool(origin))
    return Step(rule, deciding.estimator if deciding else None, "; ".join(filter(None, origins)))


def _kind_of(name: object, folder: Path | None) -> tuple[type[Rule], str]:
    """The class of a rule, and which code it is where it is from outside."""
    named = {rule.name: rule for rule in RULES}
    if isinstance(name, str) and name in named:
        return named[name], ""
    if not isinstance(name, str) or not outside.names_code(name):
        message = unknown("rule", str(name), named)
        raise InputError(f"{message}; one of your own is written `package.module:Class`")
    found = outside.named(name, "rule", folder)
    kind = found.content
    missing = missing_methods(kind)
    if missing or not isinstance(kind, type):
        raise InputError(f"rule '{name}' is no rule: it {missing or 'is no class'}")
    if not (dataclasses.is_dataclass(kind) and issubclass(kind, Rule)):
        raise InputError(f"rule '{name}' is no frozen dataclass under `estimators.decisions.rule.Rule`; make it one")
    return kind, found.origin


def _made(kind: type[Rule], name: str, settings: Mapping[str, Any], foreign: bool) -> Rule:
    try:
        if not foreign:
            return kind(**settings)
        with faults.exits_noticed():
            return CheckedRule(kind(**settings))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except (Exception, SystemExit) as error:
        if not foreign and not isinstance(error, TypeError):
            raise
        raise InputError(f"the rule {name} cannot be made with these settings ({error}); change or add some") from error
