"""Files are small, tests stand in their rooms' folders, and what tests share is told in one place."""

import re

import tests
from tests.house import imports
from tests.house.order import ROOMS

#: A file that is longer holds two things.
MOST_LINES = 400
TESTS = imports.tree(imports.ROOT, ["tests"])


def is_test(path: str) -> bool:
    return path.rpartition("/")[2].startswith("test_")


def test_no_file_is_long():
    sources = TESTS | imports.tree(imports.ROOT, ROOMS)
    lines = {path: text.count("\n") for path, text in sources.items()}
    assert not {path: count for path, count in lines.items() if count > MOST_LINES}


def test_tests_stand_in_the_folder_of_their_room():
    rooms = {path.split("/")[1] for path in TESTS if is_test(path)}
    assert rooms == {*(room for room in ROOMS if "." not in room), "house", "laws"}


def test_no_test_takes_the_cases_of_another():
    shared = {
        (path, other)
        for path, others in imports.imports(TESTS).items()
        for other in others
        if is_test(path) and is_test(other)
    }
    assert not shared, "what two tests share belongs into a file of its own, told in tests/__init__.py"


def test_what_tests_share_is_told():
    told = set(re.findall(r"^(\w+\.(?:py|toml)) ", tests.__doc__, re.MULTILINE))
    folder = imports.ROOT / "tests"
    assert told == {path.name for path in folder.iterdir() if path.suffix in (".py", ".toml")} - {"__init__.py"}
