"""What is written and then forgotten in its list is found: every method and every wrapper can be asked for."""

import importlib
import inspect

import pytest

from estimators.catalogue import ESTIMATORS, missing_methods
from estimators.richness.catalogue import RICHNESS
from tests.house import imports

SOURCES = imports.tree(imports.ROOT, ["estimators"])


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


def test_every_wrapper_is_asked_for_by_a_setting():
    found = methods("estimators/wrappers", "estimators/decisions")
    assert len(found) > 5
    taken = {name for path, text in SOURCES.items() if "/laws/" not in path for _, name in imports.names(path, text)}
    assert not [each.__name__ for each in found if each.__name__ not in taken], "written, but no file imports it"
