"""docs/tutorial.md and docs/notebooks: every command is one that there is, and all of it runs as it stands."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

import loadstone
from tests.pages import DOCS, blocks, page

PAGE = page("tutorial")
LINES = [shlex.split(line) for block in blocks(PAGE, "sh") for line in block.splitlines()]
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("words", [words for words in LINES if words[0] == "loadstone"], ids=" ".join)
def test_every_command_and_option_exists(words):
    command = typer.main.get_command(loadstone.app)
    with command.make_context("loadstone", words[1:]) as context:
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert name == words[1]
        found.make_context(name, rest, parent=context)


def test_the_command_that_compiles_is_the_first_one():
    # measured in cold and warm caches: 73 against 6 seconds of one core for doctor, up to 8 more for each other command
    assert LINES[0] == ["loadstone", "doctor"]
    assert "The first command, `doctor`, takes a minute longer the first time" in PAGE


def test_pictures_are_there_and_small():
    shown = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert len(shown) == 2
    assert all((DOCS / name).stat().st_size < 100_000 for name in shown)
    assert all(path.name in PAGE + (DOCS.parent / "README.md").read_text() for path in (DOCS / "images").iterdir())


@pytest.mark.acceptance
def test_the_tutorial_runs_as_it_stands(tmp_path, monkeypatch, command, capsys):
    monkeypatch.chdir(tmp_path)
    (study,), (model,) = blocks(PAGE, "toml"), blocks(PAGE, "text")
    Path("question.toml").write_text(study, encoding="utf-8")
    Path("model.txt").write_text(model, encoding="utf-8")
    for program, *words in LINES:
        if program == "mv":
            shutil.move(*words)
        else:
            assert command(*words) in (0, None), words
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    (shown,) = blocks(PAGE, "output")
    assert [line for line in shown.splitlines() if " ".join(line.split()) not in printed] == []
    for place in re.findall(r"`((?:paper|fit|results)/[\w./-]+)`", PAGE):
        assert Path(place).exists(), place
    (answer,) = re.findall(r"^> (.*)$", PAGE, re.MULTILINE)
    assert answer in Path("results/question/report.html").read_text(encoding="utf-8").replace("\xa0", " ")


# --- notebooks ---


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_output(path):
    nbformat = pytest.importorskip("nbformat", reason="notebooks are read by nbformat, which is not installed")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []


@pytest.mark.acceptance
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_its_objects(path, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="notebooks are run by nbclient, which is not installed")
    pytest.importorskip("ipykernel", reason="notebooks are run by ipykernel, which is not installed")
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = "".join(output.get("data", {}).get("text/html", "") for output in outputs)
    assert "<svg" in shown
    assert "<table" in shown
    if path.stem == "a-study":
        told = "".join(str(output.get("text", "")) + str(output.get("data", "")) for output in outputs)
        assert "200 of 200 replications" in told
