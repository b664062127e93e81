"""What the project needs: pinned once, and all of it in the environment of the tests."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def plain(name: str) -> str:
    """A package's name in the one spelling that stands for all of its spellings."""
    return re.sub(r"[-_.]+", "-", name).lower()


PINS = [
    plain(line.partition("==")[0])
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line
]


def beneath(requirement: str) -> set[str]:
    """Names of the packages that a requirement brings, as far as they are installed here."""
    seen: set[str] = set()
    waiting = [Requirement(requirement)]
    while waiting:
        one = waiting.pop()
        name = plain(one.name)
        if name == "loadstone" or name in seen:
            continue
        seen.add(name)
        try:
            more = map(Requirement, metadata.requires(name) or [])
        except metadata.PackageNotFoundError:
            continue
        extras = one.extras or {""}
        waiting += [
            each for each in more if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in extras)
        ]
    return seen


def test_every_package_is_pinned_once():
    asked = [*PROJECT["dependencies"], *(each for extra in EXTRAS.values() for each in extra)]
    needed = set().union(*map(beneath, asked))
    assert len(PINS) == len(set(PINS))
    assert not needed - set(PINS), "pin them in constraints.txt"


def test_every_requirement_has_a_lower_bound():
    asked = [*PROJECT["dependencies"], *(each for extra in EXTRAS.values() for each in extra)]
    assert not [each for each in asked if ">=" not in each and not each.startswith("loadstone[")]


def test_the_tests_bring_every_extra_that_they_exercise():
    (own,) = (Requirement(each) for each in EXTRAS["test"] if each.startswith("loadstone["))
    assert own.extras == set(EXTRAS) - {"test", "dev"}
    assert "loadstone[test]" in EXTRAS["dev"]
