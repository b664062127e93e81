"""The examples of docs/decisions-of-researchers.md: the method can be built, the rule of one's own obeys the laws."""

import re
import sys
import tomllib
from pathlib import Path

from estimators.decisions.rules import RULES
from estimators.laws import decisions
from estimators.methods import build
from tests.pages import blocks, page

TEXT = page("decisions-of-researchers")


def test_the_method_of_the_page_is_one() -> None:
    (name, settings), *_ = tomllib.loads(blocks(TEXT, "toml")[0])["methods"].items()
    assert name == "tidied"
    assert [step.rule.name for step in build(name, settings, 0.95).steps] == ["item-total", "hair"]


def test_every_rule_is_on_the_page_and_nothing_else() -> None:
    assert set(re.findall(r'^\| `"([\w-]+)"` \|', TEXT, re.MULTILINE)) == {rule.name for rule in RULES}


def test_every_law_is_on_the_page() -> None:
    assert set(re.findall(r"^\| `([\w-]+)` \|", TEXT, re.MULTILINE)) >= {law.name for law in decisions.RULE_LAWS}


def test_the_rule_of_the_page_obeys_the_laws(tmp_path: Path, monkeypatch) -> None:
    rule, line = blocks(TEXT, "python")
    (tmp_path / "quiet.py").write_text(rule, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, object] = {}
    exec(line.replace("decisions.check(", "held = decisions.check("), names)
    outcomes = {each.law: each.outcome for each in names["held"]}  # type: ignore[attr-defined]
    assert outcomes.pop("units") == "untested", "it decides by numbers in the units of the answers, and says so"
    assert set(outcomes.values()) == {"held"}
