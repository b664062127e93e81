"""CITATION.cff: what people cite is this project, in this version."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def value(key: str) -> str:
    """The value of a key at the top of the file that stands on the key's line."""
    (found,) = re.findall(rf"^{key}: *(.+)$", CITATION, re.MULTILINE)
    return found.strip('"')


def entries(key: str) -> list[str]:
    """The list under a key, one entry a line."""
    (block,) = re.findall(rf"^{key}:\n((?:  .*\n)+)", CITATION, re.MULTILINE)
    return [line.strip().removeprefix("- ") for line in block.splitlines()]


def test_it_says_what_pyproject_says():
    assert value("cff-version") == "1.2.0"
    assert value("version") == PROJECT["version"]
    assert value("license") == PROJECT["license"]["text"]
    assert entries("keywords") == PROJECT["keywords"]
    assert entries("authors") == [f'name: "{author["name"]}"' for author in PROJECT["authors"]]


def test_its_keys_are_those_of_the_format():
    required = {"cff-version", "message", "title", "authors"}
    known = required | {"abstract", "keywords", "license", "type", "version"}
    keys = re.findall(r"^([\w-]+):", CITATION, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert required <= set(keys) <= known


def test_it_is_yaml():
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load(CITATION)["version"] == PROJECT["version"]


def test_the_readme_says_how_to_cite():
    assert "[CITATION.cff](CITATION.cff)" in (ROOT / "README.md").read_text(encoding="utf-8")
