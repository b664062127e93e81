"""docs/own-data.md: its commands and its Python run as they stand, in a folder with its two files."""

import re
import shlex
import shutil

import pytest

from benchmarks.own.tables.analyses import ANALYSES
from tests.cases import REFERENCE
from tests.pages import blocks, page

PAGE = page("own-data")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder as the page builds it up."""
    assert blocks(PAGE, "sh")[0] == "cp tests/reference/data/crm_000.csv survey.csv\n"
    shutil.copy(REFERENCE / "data" / "crm_000.csv", tmp_path / "survey.csv")
    (model,) = blocks(PAGE, "text")
    (tmp_path / "model.txt").write_text(model, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.acceptance
def test_every_command_runs_and_prints_what_the_page_shows(folder, command, capsys):
    commands = [line for block in blocks(PAGE, "sh")[1:] for line in block.splitlines()]
    assert len(commands) == 10
    printed = []
    for line in commands:
        program, *words = shlex.split(line)
        assert program == "loadstone"
        assert command(*words) in (0, None), line
        printed.append(capsys.readouterr().out)
    (shown,) = blocks(PAGE, "output")
    lines = [line.rstrip() for line in printed[0].splitlines()]
    assert all(line in lines for line in shown.splitlines())
    written = {path.name for path in (folder / "results" / "mine").iterdir()}
    assert written >= {"fit.html", "fit.csv", "fit.tex", "fit-scores.csv", "fit-cross-loadings.csv"}
    assert all(f"| `{name}`" in PAGE for name in written)
    assert all(f"| `fit-{each.name.replace('_', '-')}.csv` | `fits.{each.name}`" in PAGE for each in ANALYSES)
    predicted = {path.name for path in (folder / "results" / "predicted").iterdir()}
    assert predicted - written == {"fit-prediction.csv", "fit-predictive-ability.csv"}


def test_the_python_runs(folder, capsys):
    names = {}
    for block in blocks(PAGE, "python"):
        exec(compile(block, "own-data.md", "exec"), names)
    out = capsys.readouterr().out
    assert "PRO1" in out
    assert "no missing answers" in out
    for frame in re.findall(r"`fits\.(\w+)`", PAGE):
        assert hasattr(names["fits"], frame)
