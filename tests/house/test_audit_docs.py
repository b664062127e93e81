"""docs/audit.md: its table file can be audited, its commands have the options that they are shown with."""

import shlex
from pathlib import Path

import pytest
import typer

import loadstone
from benchmarks.auditing.procedure import Procedure
from reports.auditing.tables import KINDS
from sim.tables.bounds.consistency import Severity, check
from sim.tables.bounds.papercheck import check_paper
from sim.tables.reading.paperfile import PaperForm
from sim.tables.reading.table import read
from tests.pages import blocks, page

TEXT = page("audit")


@pytest.mark.parametrize("line", [line for block in blocks(TEXT, "sh") for line in block.splitlines()])
def test_every_command_has_the_options_that_it_is_shown_with(line: str) -> None:
    program, command, *words = shlex.split(line, comments=True)
    group = typer.main.get_command(loadstone.app)
    known = {name for param in group.commands[command].params for name in param.opts}  # type: ignore[attr-defined]
    assert program == "loadstone"
    assert {word for word in words if word.startswith("--")} <= known


def test_the_table_file_can_be_audited_and_holds_together(tmp_path: Path) -> None:
    (example,) = blocks(TEXT, "toml")
    (tmp_path / "paper.toml").write_text(example, encoding="utf-8")
    table = read(tmp_path / "paper.toml")
    assert Procedure.of(table).screens
    findings = (*check(table), *check_paper(table))
    assert len(findings) > 5
    assert [f for f in findings if f.severity > Severity.FINE] == []


def test_every_key_of_the_paper_is_told() -> None:
    assert [key for key in PaperForm.model_fields if key not in TEXT] == []


def test_every_question_is_told() -> None:
    """Every kind of answer by a word of the page; a new one needs one here too."""
    told = {
        **{"truth": "true size", "power": "power of each path", "type I error": "type I error were it 0"},
        **{"same set as printed": "printed set", "two repeats agree": "two repeats", "larger in a sample": "larger ="},
        **{"bias": "bias of the estimate", "coverage": "coverage of its", "type S": "type S", "type M": "type M"},
        **{"n for 80%": "n for 80%", "these items": "just these items", "as many of each": "as many of each"},
        **{"as many in all": "as many in all", "items dropped": "drops", "a good item dropped": "an item lost"},
        **{"a weak item kept": "a weak one kept", "good items among the dropped": "truly reaches the threshold"},
        **{"all items": "on all items"},
    }
    assert {kind for kind, _, _ in KINDS} == set(told)
    assert [word for word in told.values() if word not in TEXT] == []
