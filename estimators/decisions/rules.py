"""The list of rules, and one made from its settings."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from estimators.decisions.analyst.more_respondents import MoreRespondents
from estimators.decisions.analyst.outliers import Outliers
from estimators.decisions.analyst.pick_method import PickMethod
from estimators.decisions.analyst.until_significant import UntilSignificant
from estimators.decisions.controls.nothing import Nothing
from estimators.decisions.controls.oracle import Oracle
from estimators.decisions.controls.random import RandomItems
from estimators.decisions.loadings.all_at_once import AllAtOnce
from estimators.decisions.loadings.hair import Hair
from estimators.decisions.loadings.not_significant import NotSignificant
from estimators.decisions.loadings.one_at_a_time import OneAtATime
from estimators.decisions.loadings.upper_limit import UpperLimit
from estimators.decisions.models.modification import ModificationIndices
from estimators.decisions.models.weak_paths import WeakPaths
from estimators.decisions.rule import Rule
from estimators.decisions.scales.alpha_if_deleted import AlphaIfDeleted
from estimators.decisions.scales.communality import Communality
from estimators.decisions.scales.first_factor import FirstFactor
from estimators.decisions.scales.item_total import ItemTotal
from estimators.decisions.scales.until_reached import UntilReached
from estimators.decisions.threshold import Threshold
from estimators.decisions.validity.collinear import Collinear
from estimators.decisions.validity.cross_loadings import CrossLoadings
from estimators.decisions.validity.fornell_larcker import FornellLarcker
from estimators.decisions.validity.htmt import HeterotraitMonotrait
from estimators.decisions.validity.weights import WeakWeights
from sim.errors import InputError, unknown

#: The one list of rules. A new one is a new file in a folder beside this one and a line here.
RULES: tuple[type[Rule], ...] = (
    AllAtOnce,
    OneAtATime,
    Hair,
    UpperLimit,
    NotSignificant,
    ItemTotal,
    AlphaIfDeleted,
    Communality,
    UntilReached,
    FirstFactor,
    HeterotraitMonotrait,
    FornellLarcker,
    CrossLoadings,
    Collinear,
    WeakWeights,
    ModificationIndices,
    WeakPaths,
    PickMethod,
    UntilSignificant,
    Outliers,
    MoreRespondents,
    Nothing,
    RandomItems,
    Oracle,
)
#: Those that `screening` may name; the first is its default.
SCREENING: tuple[type[Threshold], ...] = (AllAtOnce, OneAtATime)


def rule_of(settings: object) -> Threshold:
    """The rule of `screening = { rule = "all-at-once", threshold = 0.70, minimum_items = 2 }`; all may be left out.

    Raises InputError naming the setting and what is allowed.
    """
    if not isinstance(settings, Mapping):
        raise InputError(
            f"screening is {settings!r}; write for instance screening = {{ threshold = 0.70, minimum_items = 2 }}"
        )
    given: dict[str, Any] = dict(settings)
    named = {rule.name: rule for rule in SCREENING}
    name = given.pop("rule", SCREENING[0].name)
    if isinstance(name, str) and name in {rule.name for rule in RULES} - set(named):
        raise InputError(f"screening rule '{name}' is a step; write steps = [{{ rule = '{name}' }}] for screening")
    if not isinstance(name, str) or name not in named:
        raise InputError(unknown("screening rule", str(name), named))
    check_settings(named[name], given, "screening setting", ("rule",))
    return named[name](**given)


def check_settings(rule: type[Rule], given: Mapping[str, Any], what: str, besides: tuple[str, ...]) -> None:
    """Raise InputError for a setting that a rule does not have; `besides`: what may be written beside them."""
    options = tuple(field.name for field in dataclasses.fields(rule)) if dataclasses.is_dataclass(rule) else ()
    for key in given:
        if key not in options:
            raise InputError(unknown(what, key, (*besides, *options)))
