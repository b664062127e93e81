"""`check` and `report`: hold every law of rules against one, and say in plain words which one does not hold."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from estimators.base import Estimator
from estimators.decisions.rule import Rule
from estimators.decisions.steps import Made, steps_of
from estimators.laws.decisions.cases import MODELS, Case, cases
from estimators.laws.decisions.laws import RULE_LAWS, RuleLaw
from estimators.laws.subject import Breach, NotTested
from estimators.methods import build
from sim.errors import InputError, unknown
from sim.model import Model


class RuleBroken(AssertionError):
    """A law that a rule breaks: which one, what was expected and what was found, and on which case."""


@dataclass(frozen=True)
class Held:
    """What became of one law: "held", "broken" or "untested", on how many cases, and why."""

    law: str
    outcome: Literal["held", "broken", "untested"]
    cases: int
    reason: str = ""


def check(rule: Rule | Mapping[str, Any], **options: Any) -> list[Held]:
    """Hold the laws against a rule, or a step as a study file has it: `{"rule": "mymodule:Mine", "least": 0.5}`.

    Modules may lie in the current folder. Takes what `report` takes. Raises RuleBroken, an AssertionError, on the first
    law that does not hold; else gives what became of each.
    """
    found = report(rule, **options)
    for each in found:
        if each.outcome == "broken":
            raise RuleBroken(each.reason)
    return found


def report(
    rule: Rule | Mapping[str, Any],
    *,
    examples: int = 3,
    seed: int = 0,
    models: Sequence[Model] = MODELS,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[Held]:
    """Hold all laws against a rule and tell what became of each, raising nothing for a broken one.

    examples: cases for each model; `only` and `without` choose laws by name. Raises InputError for a law that is none,
    and for a rule that refuses every model.
    """
    known = [law.name for law in RULE_LAWS]
    for name in [*(only or ()), *without]:
        if name not in known:
            raise InputError(unknown("law of rules", name, known))
    subject = rule if isinstance(rule, Rule) else _made(rule)
    if not cases(subject, seed, examples, models):
        raise InputError(f"the rule {subject.name} refuses every model of the laws; give models=[..] that suit it")
    # Every law has data of its own, so that a rule that changes them in place does not spoil those of the next law.
    return [
        _held(law, subject, cases(subject, seed, examples, models), seed)
        for law in RULE_LAWS
        if law.name not in without and (only is None or law.name in only)
    ]


def _made(settings: Mapping[str, Any]) -> Rule:
    def make(asked: object) -> Made:
        table = {"estimator": asked} if isinstance(asked, str) else dict(asked)  # type: ignore[call-overload]
        made: Estimator = build(table["estimator"], table, 0.95, Path.cwd()).estimator
        return Made(made)

    return steps_of([settings], make, Path.cwd())[0].rule


def _held(law: RuleLaw, rule: Rule, held_on: Sequence[Case], seed: int) -> Held:
    done, reason = 0, ""
    for number, case in enumerate(held_on[:1] if law.once else held_on):
        rng = np.random.default_rng([seed, number, zlib.crc32(law.name.encode())])
        try:
            law.hold(rule, case, rng)
            done += 1
        except NotTested as untested:
            reason = str(untested)
        except Breach as breach:
            model = "; ".join(case.model.syntax.splitlines())
            where = f"{len(case.batch)} data sets of {case.batch.n} respondents, model {model}"
            told = f"{rule.name} breaks the law {law.name}: {law.statement}\n  {breach}\n  held against: {where}"
            return Held(law.name, "broken", done + 1, told)
    return Held(law.name, "held" if done else "untested", done, "" if done else reason)
