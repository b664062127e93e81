"""The list of screening rules, and one made from its settings."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from estimators.decisions.all_at_once import AllAtOnce
from estimators.decisions.one_at_a_time import OneAtATime
from estimators.decisions.rule import Rule
from sim.errors import InputError, unknown

#: The one list of screening rules; the first is the default. A new one is a new file in this folder and a line here.
RULES: tuple[type[Rule], ...] = (AllAtOnce, OneAtATime)


def rule_of(settings: object) -> Rule:
    """The rule of `screening = { rule = "all-at-once", threshold = 0.70, minimum_items = 2 }`; all may be left out.

    Raises InputError naming the setting and what is allowed.
    """
    if not isinstance(settings, Mapping):
        raise InputError(
            f"screening is {settings!r}; write for instance screening = {{ threshold = 0.70, minimum_items = 2 }}"
        )
    given: dict[str, Any] = dict(settings)
    named = {rule.name: rule for rule in RULES}
    name = given.pop("rule", RULES[0].name)
    if not isinstance(name, str) or name not in named:
        raise InputError(unknown("screening rule", str(name), named))
    options = tuple(field.name for field in dataclasses.fields(named[name]))
    for key in given:
        if key not in options:
            raise InputError(unknown("screening setting", key, ("rule", *options)))
    return named[name](**given)
