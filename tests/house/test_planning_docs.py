"""docs/planning.md: its commands have the options they give, its tables name every question, criterion and rule."""

import re
import shlex
from dataclasses import fields

import pytest
import typer

import loadstone
from benchmarks.advising.criteria import Criteria
from benchmarks.planning import thumb
from tests.pages import blocks, page

TEXT = page("planning")
LINES = [line for block in blocks(TEXT, "sh") for line in block.splitlines()]


def options(command: str) -> set[str]:
    """The options of a command."""
    group = typer.main.get_command(loadstone.app)
    return {name for param in group.commands[command].params for name in param.opts}  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", LINES)
def test_every_command_has_the_options_that_it_is_shown_with(line: str) -> None:
    program, command, *words = shlex.split(line)
    assert program == "loadstone"
    assert {word for word in words if word.startswith("--")} <= options(command)


def test_every_question_and_criterion_is_told() -> None:
    told = set(re.findall(r"`(--[\w-]+)", TEXT))
    assert told >= {
        "--power",
        "--joint",
        "--coverage",
        "--width",
        "--keep-items",
        "--within",
        "--smallest",
        "--largest",
    }
    assert told >= {f"--{field.name.replace('_', '-')}" for field in fields(Criteria)}
    assert told <= options("plan") | options("advise")


def test_every_rule_of_thumb_is_told() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]*\d{4}", TEXT, re.MULTILINE)
    assert len(rows) == len(thumb.RULES) - 1  # one row for both forms of the inverse square root
