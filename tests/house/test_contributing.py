"""CONTRIBUTING.md: every file it sends a newcomer to exists, and every list it names is in the file that it names."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: What a path looks like between backticks; `docs.check` and `make lint` do not.
PATH = r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|toml|md|json))"
HEAD = "| you bring | copy | the line | what fails if you forget |"


def rows() -> list[list[str]]:
    """The cells of every row of the tables, heads left out."""
    lines = [line for line in TEXT.splitlines() if line.startswith("| ") and line != HEAD]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def paths(text: str) -> list[str]:
    return re.findall(rf"`({PATH})`", text)


def defined(path: str) -> set[str]:
    """Names that a Python file gives at its top: functions, classes, constants."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


@pytest.mark.parametrize("path", sorted(set(paths(TEXT))))
def test_every_path_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("name", "path"), sorted(set(re.findall(rf"`([A-Za-z_]\w*)` in `({PATH})`", TEXT))))
def test_every_list_is_in_its_file(name, path):
    assert name in defined(path)


def test_every_row_has_a_template_a_line_and_a_test():
    assert len(rows()) > 25
    assert all(len(row) == 4 for row in rows())
    nothing_to_copy = ["a folder, or a file directly in a room", "a row of these tables"]
    for bring, copy, line, test in rows():
        assert bring
        assert copy or bring in nothing_to_copy, bring
        assert line or not copy, bring
        assert re.search(r"`tests/[\w/]+\.py`|`estimators\.laws\.check`", test) or bring == "a speed measurement", bring


def test_every_kind_of_change_has_a_row():
    kinds = {
        *("estimator", "wrapper", "rule", "mechanism", "respondent", "distributions", "measure", "figure", "table"),
        *("sentence", "population", "study", "law", "command", "quantity", "evidence", "page of documentation"),
    }
    brought = " / ".join(row[0] for row in rows())
    assert not {kind for kind in kinds if kind not in brought}


def test_the_lists_of_one_name_in_the_habits_exist():
    assert {"PURPOSES", "BLOCK"} <= defined("sim/streams.py")
    assert all(f"`{name}`" in TEXT for name in ("PURPOSES", "BLOCK", "Cell.key"))
