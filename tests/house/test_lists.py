"""What is written and then forgotten in its list is found: methods, wrappers, rules, mechanisms and measures."""

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.catalogue import MEASURES
from estimators.catalogue import ESTIMATORS, missing_methods
from estimators.decisions.checked import CheckedRule
from estimators.decisions.rule import Rule
from estimators.decisions.rules import RULES
from estimators.richness.catalogue import RICHNESS
from estimators.wrappers.order import WRAPPERS
from estimators.wrappers.wrapper import Wrapper
from sim.answers.mechanism import Mechanism
from sim.population.sections import Mechanisms
from sim.structures.groups import Grouping
from tests.house import imports

DECISIONS = tuple(
    f"estimators/decisions{folder}"
    for folder in ("", "/loadings", "/scales", "/validity", "/controls", "/models", "/analyst")
)
SOURCES = imports.tree(imports.ROOT, ["sim", "estimators", "benchmarks"])


def methods(*folders: str) -> dict[type, str]:
    """Every class with the methods of an estimator that a file of these folders defines, and the file."""
    found = {}
    for path in (path for path in SOURCES if path.rpartition("/")[0] in folders):
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        for _, each in inspect.getmembers(module, inspect.isclass):
            if each.__module__ == module.__name__ and not missing_methods(each):
                found[each] = path
    return found


def unlisted(found: dict[type, str], listed: list[type]) -> set[str]:
    """Names of those that are neither listed nor a part that a listed one inherits."""
    return {each.__name__ for each in found if not any(issubclass(one, each) for one in listed)}


@pytest.mark.parametrize(
    ("folders", "entries"),
    [
        (("estimators/composites", "estimators/factors", "estimators/twostep"), ESTIMATORS),
        (("estimators/richness",), RICHNESS),
    ],
)
def test_every_method_is_listed(folders, entries):
    found = methods(*folders)
    listed = [entry.estimator for entry in entries.values()]
    assert set(listed) <= set(found)
    assert not unlisted(found, listed), "written, but not in the catalogue"
    assert unlisted(found, listed[1:]) == {listed[0].__name__}  # one taken out is missed


def modules(*folders: str) -> Iterator[dict[str, Any]]:
    """What each file of these folders knows by a name."""
    for path in (path for path in SOURCES if path.rpartition("/")[0] in folders):
        yield vars(importlib.import_module(path.removesuffix(".py").replace("/", ".")))


LISTS = {
    "wrappers": (Wrapper, ("estimators/wrappers", "estimators/prediction"), WRAPPERS),
    # CheckedRule stands around rules from outside.
    "rules": (Rule, DECISIONS, (CheckedRule, *RULES)),
    # Grouping tells of the groups, whose mechanism is listed.
    "mechanisms": (Mechanism, ("sim/answers", "sim/structures"), (Grouping, *Mechanisms.sections().values())),
}


@pytest.mark.parametrize("what", LISTS)
def test_every_class_of_a_kind_is_listed(what):
    kind, folders, listed = LISTS[what]
    classes = {each for names in modules(*folders) for each in names.values() if inspect.isclass(each)}
    found = {each: "" for each in classes if issubclass(each, kind) and each is not kind}
    assert set(listed) <= set(found)
    assert not unlisted(found, list(listed)), f"written, but not in the list of {what}"


def test_every_measure_is_listed():
    found = [
        each
        for names in modules("benchmarks/measures", "benchmarks/measures/compared")
        for each in names.values()
        if isinstance(each, Measure)
    ]
    assert found
    forgotten = {each.name for each in found} - {each.name for each in MEASURES}
    assert not forgotten, "written, but not in the list of measures"
