"""Imports run one way, through the rooms and through the folders of each. A method cannot see the truth."""

from collections.abc import Collection
from functools import cache

import pytest

from tests.house import imports
from tests.house.order import (
    KNOWN_CIRCLES,
    KNOWN_CROWDED,
    KNOWN_FOR_HINTS_ONLY,
    KNOWN_SLOW,
    KNOWN_UPWARD,
    LAWS_MAY_SEE,
    MAY_BE_LARGE,
    MAY_BE_SLOW,
    MAY_HOLD_LAWS,
    MAY_IMPORT_FOR_HINTS,
    METHODS_MAY_SEE,
    ORDER,
    OUTSIDE,
    ROOMS,
    SLOW,
)

SOURCES = {path: text for path, text in imports.tree(imports.ROOT, ROOMS).items() if not path.startswith(OUTSIDE)}


@cache
def imported() -> dict[str, set[str]]:
    """What the tree imports, found out where a test asks first: parsing takes seconds, and every worker collects."""
    return imports.imports(SOURCES)


def hold(found: Collection, known: Collection, rule: str) -> None:
    """Nothing may be found that is not known; what is known must still be found, so that the table shrinks."""
    new, gone = [one for one in found if one not in known], [one for one in known if one not in found]
    assert not new, f"{rule}: {sorted(map(str, new))}"
    assert not gone, f"repaired, so take it out of tests/house/order.py: {sorted(map(str, gone))}"


# --- the tree ---


def test_imports_run_down_the_order():
    hold(imports.upward(imported(), ORDER), KNOWN_UPWARD, "a file imports from a place above its own")


def test_no_files_of_a_folder_import_each_other_in_a_circle():
    hold(imports.circles(imported()), KNOWN_CIRCLES, "a circle of imports")


def test_nothing_is_imported_for_hints_only():
    below = {path: text for path, text in SOURCES.items() if path not in MAY_IMPORT_FOR_HINTS}
    hold(imports.for_hints_only(below), KNOWN_FOR_HINTS_ONLY, "TYPE_CHECKING hides an import")


def test_slow_packages_are_imported_where_they_are_used():
    found = {path for path in imports.at_the_top(SOURCES, SLOW) if not path.startswith(MAY_BE_SLOW)}
    hold(found, KNOWN_SLOW, "a slow package is imported before anyone needs it")
    assert not imports.at_the_top(SOURCES, ["benchmarks.run.cluster"])


def test_a_method_cannot_see_the_truth():
    assert not imports.truth_seen(imported(), METHODS_MAY_SEE, LAWS_MAY_SEE)


def test_nothing_but_the_command_imports_the_laws_which_see_the_truth():
    assert not imports.laws_imported(imported(), MAY_HOLD_LAWS)


def test_only_the_laws_need_hypothesis():
    users = {
        path for path, text in SOURCES.items() for module, _ in imports.names(path, text) if module == "hypothesis"
    }
    assert users
    assert all(path.startswith("estimators/laws/") for path in users)


def test_every_file_has_a_place_in_the_order_and_every_place_files():
    assert len(ORDER) == len(set(ORDER))
    hold(imports.unplaced(SOURCES, ORDER), [], "give its folder, or the file, a line in tests/house/order.py")
    hold(imports.empty_places(SOURCES, ORDER), [], "a place that is gone is still in tests/house/order.py")


def test_a_reader_sees_at_one_look_what_a_folder_holds():
    rule = "more than twelve files in a folder; join one with its like, or give some a folder of their own"
    hold(imports.crowded(SOURCES, MAY_BE_LARGE).items(), KNOWN_CROWDED.items(), rule)


def test_the_decision_lists_the_places_in_this_order():
    text = (imports.ROOT / "docs" / "decisions" / "0001-five-rooms-one-direction.md").read_text(encoding="utf-8")
    listed = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    assert [word.strip() for line in listed for word in line.partition(":")[2].split(",")] == [
        place.partition("/")[2].removesuffix(".py") or "the ground" for place in ORDER[:-1]
    ]


# --- the checker: every rule is broken once, in a copy of the tree held in memory, and must notice ---


def planted(path: str, text: str) -> dict[str, str]:
    """The tree with these lines at the end of one file, or in a new one."""
    return {**SOURCES, path: f"{SOURCES.get(path, '')}\n{text}\n"}


def new_upward(path: str, text: str) -> set[tuple[str, str]]:
    """Imports from above that the planted lines alone make."""
    return imports.upward(imports.imports(planted(path, text)), ORDER) - imports.upward(imported(), ORDER)


@pytest.mark.parametrize(
    "text",
    [
        "from sim.catalogue import population",
        "import sim.catalogue",
        "from ..catalogue import population",
        "from .. import catalogue",
        "def late():\n    from sim.catalogue import population",
        "if TYPE_CHECKING:\n    from sim.catalogue import population",
    ],
)
def test_a_planted_import_between_folders_is_refused(text):
    assert new_upward("sim/answers/scales.py", text) == {("sim/answers/scales.py", "sim/catalogue/__init__.py")}


def test_a_planted_import_between_rooms_is_refused():
    assert new_upward("sim/model.py", "import loadstone") == {("sim/model.py", "loadstone.py")}
    assert new_upward("estimators/base.py", "from benchmarks import files") == {
        ("estimators/base.py", "benchmarks/files.py")
    }


def test_a_planted_import_of_a_file_above_in_a_room_is_refused():
    assert new_upward("estimators/composites/pls.py", "from estimators.methods import build") == {
        ("estimators/composites/pls.py", "estimators/methods.py")
    }


@pytest.mark.parametrize("between", [[], ["sim/streams.py"], ["sim/streams.py", "sim/stages.py"]])
def test_a_planted_circle_is_refused(between):
    files = ["sim/errors.py", *between, "sim/made_up.py"]
    sources = dict(SOURCES)
    for path, other in zip(files, [*files[1:], files[0]], strict=True):
        sources[path] = f"{sources.get(path, '')}\nfrom sim import {other[4:-3]}\n"
    (circle,) = imports.circles(imports.imports(sources)) - imports.circles(imported())
    assert circle >= set(files)


@pytest.mark.parametrize(
    "text",
    [
        "from typing import TYPE_CHECKING",
        "import typing\nif typing.TYPE_CHECKING:\n    import json",
        "from typing import TYPE_CHECKING as hints",
    ],
)
def test_a_planted_import_for_hints_only_is_refused(text):
    found = imports.for_hints_only(planted("sim/targets.py", text))
    assert found - imports.for_hints_only(SOURCES) == {"sim/targets.py"}


@pytest.mark.parametrize(
    "text", ["import scipy.stats as st", "from scipy import stats", "from scipy.stats import norm"]
)
def test_a_planted_slow_import_is_refused(text):
    there = imports.at_the_top(SOURCES, ["scipy.stats"])
    assert imports.at_the_top(planted("sim/model.py", text), ["scipy.stats"]) - there == {"sim/model.py"}
    where_used = f"def late():\n    {text}"
    assert imports.at_the_top(planted("sim/model.py", where_used), ["scipy.stats"]) == there


def test_a_method_that_would_see_the_truth_is_refused():
    pair = ("estimators/composites/pls.py", "sim/population/record.py")
    sources = planted(pair[0], "from sim.population.record import Population")
    assert imports.truth_seen(imports.imports(sources), METHODS_MAY_SEE, LAWS_MAY_SEE) == {pair}


def test_a_law_that_would_see_more_than_populations_and_draws_is_refused():
    pair = ("estimators/laws/properties/honesty.py", "sim/catalogue/__init__.py")
    sources = planted(pair[0], "import sim.catalogue")
    assert imports.truth_seen(imports.imports(sources), METHODS_MAY_SEE, LAWS_MAY_SEE) == {pair}


def test_a_method_that_would_use_the_laws_is_refused():
    pair = ("estimators/composites/pls.py", "estimators/laws/subject.py")
    found = imports.imports(planted(pair[0], "from estimators.laws import subject"))
    assert imports.laws_imported(found, MAY_HOLD_LAWS) == {pair}


def test_a_folder_or_a_file_without_a_place_is_found():
    sources = {
        **planted("sim/attic/boxes.py", ""),
        **planted("estimators/loose.py", ""),
        **planted("sim/x/__init__.py", ""),
    }
    assert imports.unplaced(sources, ORDER) == {"sim/attic/boxes.py", "estimators/loose.py"}
    assert imports.empty_places(SOURCES, [*ORDER, "sim/cellar/"]) == {"sim/cellar/"}


def test_a_crowded_folder_is_found():
    sources = {f"sim/attic/box{number}.py": "" for number in range(imports.MOST_FILES)} | {"sim/attic/__init__.py": ""}
    assert not imports.crowded(sources, [])
    assert imports.crowded({**sources, "sim/attic/more.py": ""}, []) == {"sim/attic": imports.MOST_FILES + 1}
    assert not imports.crowded({**sources, "sim/attic/more.py": ""}, ["sim/attic/"])
