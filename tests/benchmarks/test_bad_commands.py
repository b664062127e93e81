"""Bad command lines: one clear message on the error stream, exit code 2, no traceback, and nothing half-written."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import loadstone
from reports.commands.output import console
from sim import catalogue
from sim.tables.reading import named as tables
from tests.bad_input import INSIDE, TINY, Command, Refused, assert_says, changed, contents, the_block


@pytest.mark.parametrize("verb", [["run"], ["report"], ["replay", "--cell", "1", "--replication", "0"]])
@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("crm-cluster", ["study 'crm-cluster'", "did you mean 'crm-clusters'?", "goodhue-2012", ".toml file"]),
        ("nowhere.toml", ["nowhere.toml does not exist", "loadstone list"]),
        ("folder", ["folder cannot be read", "it is a folder", "give a file"]),
        ("latin.toml", ["latin.toml is not UTF-8", "save it as UTF-8"]),
    ],
)
def test_a_study_that_cannot_be_read_is_named(verb: list[str], given: str, parts: list[str], refused: Refused) -> None:
    Path("folder").mkdir()
    Path("latin.toml").write_bytes(TINY.replace("Tiny", "Größe").encode("latin-1"))
    assert_says(refused(verb[0], given, *verb[1:]), parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "tiny.toml", "--workers", "0"], ["--workers is 0", "at least 1"]),
        (["run", "tiny.toml", "--workers", "-4"], ["--workers is -4"]),
        (["run", "tiny.toml", "--replications", "1"], ["replications is 1", "at least 2"]),
        (["replay", "tiny.toml", "--cell", "2", "--replication", "0"], ["cell '2'", "tiny", "1 to 1"]),
        (["replay", "tiny.toml", "--cell", "n = 31", "--replication", "0"], ["cell 'n = 31'"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "4"], ["replication 4", "0 to 3"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "-1"], ["replication -1", "0 to 3"]),
        (["plan", "tiny.toml", "--power", "2"], ["--power is 2", "between 0 and 1"]),
        (["plan", "tiny.toml", "--workers", "0"], ["--workers is 0", "at least 1"]),
        (["plan", "nothing"], ["study or population 'nothing'", "crm-clusters"]),
        (["advise", "three-factors", "--n", "1"], ["--n is 1", "at least 4"]),
        (["advise", "three-factors", "--n", "50", "--coverage", "0.9"], ["--coverage is '0.9'", "0.93-0.97"]),
        (["advise", "tiny.toml", "--n", "50"], ["tiny.toml is a study", "loadstone run"]),
        (["audit", "nothing"], ["table 'nothing'", "crm-clusters"]),
        (["audit", "crm-clusters", "--workers", "0"], ["--workers is 0", "at least 1"]),
        (["report", "tiny.toml"], ["study.json", "loadstone run"]),
        (["report", "tiny.toml", "--out", "elsewhere"], ["elsewhere", "loadstone run"]),
    ],
)
def test_an_option_out_of_range_is_told_with_what_is_allowed(
    arguments: list[str], parts: list[str], refused: Refused
) -> None:
    Path("tiny.toml").write_text(TINY)
    assert_says(refused(*arguments), parts)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run"], ["Missing argument"]),
        (["run", "tiny.toml", "--worker", "2"], ["--worker"]),
        (["run", "tiny.toml", "--workers", "two"], ["--workers", "integer"]),
        (["replay", "tiny.toml", "--cell", "1"], ["--replication"]),
        (["replay", "tiny.toml", "--cell", "1", "--replication", "first"], ["--replication", "integer"]),
        (["rum", "tiny.toml"], ["rum"]),
        (["run", "tiny.toml", "again"], ["again"]),
    ],
)
def test_a_usage_error_names_the_option_and_points_to_help(
    arguments: list[str],
    parts: list[str],
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(*arguments) == 2
    message = capsys.readouterr().err
    assert_says(message, ["Usage:", "--help", *parts])
    assert not [word for word in INSIDE if word in message]
    assert contents(tmp_path) == {}


# --- folders that cannot be written (a regular file stands where a folder is needed: root may write anywhere else) ---


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "tiny.toml", "--out", "file/results"],
        ["run", "tiny.toml", "--out", "file"],
        ["run", "tiny.toml", "--out", "file", "--fresh"],
        ["replay", "tiny.toml", "--cell", "1", "--replication", "0", "--out", "file/replay"],
        ["replay", "tiny.toml", "--cell", "1", "--replication", "0", "--out", "file"],
    ],
)
def test_a_folder_that_cannot_be_written_is_named(arguments: list[str], refused: Refused) -> None:
    Path("tiny.toml").write_text(TINY)
    Path("file").write_text("in the way")
    assert_says(refused(*arguments), ["file", "cannot be written", "give a folder"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "three-factors", "--power", "0.8"],
        ["advise", "three-factors", "--n", "50"],
        ["audit", "crm-clusters"],
        ["compare", "first", "second"],
        ["show", "three-factors"],
        ["reconstruct", "crm-clusters"],
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_any_work(
    arguments: list[str], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No module of a room below is asked: the message comes from the reading of the options."""
    Path("a file.csv").write_text("in the way")
    monkeypatch.setattr(console, "print", lambda *_, **__: pytest.fail("something was printed"))
    assert_says(refused(*arguments, "--out", "a file.csv"), ["--out a file.csv is a file; give a folder"])
    parts = [
        "--out a file.csv/x/y cannot be written",
        "a file.csv is a file, where a folder is needed",
        "give a folder",
    ]
    assert_says(refused(*arguments, "--out", "a file.csv/x/y"), parts)


@pytest.mark.parametrize("word", ["fit", "look"])
def test_so_it_is_before_a_survey_is_read(word: str, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a file.csv").write_text("a,b\n1,2\n")
    Path("model.txt").write_text("F =~ a + b\n")
    for work in ("benchmarks.own.fitting.fit_survey", "benchmarks.own.looking.look_at"):
        monkeypatch.setattr(work, lambda *_, **__: pytest.fail("the survey was read"))
    given = (word, "a file.csv", "--model", "model.txt", "--out")
    assert_says(refused(*given, "page.docx"), ["--out page.docx: give a folder, or a file that ends in .html, .csv"])
    for out in ("a file.csv/x", "a file.csv/x/page.html"):
        assert_says(refused(*given, out), ["cannot be written", "a file.csv is a file, where a folder is needed"])


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "population.toml"], ["is a population file (it has values)", "a study file", "loadstone show"]),
        (["run", "table.toml"], ["is a table file (it has method", "a study file", "loadstone reconstruct"]),
        (["show", "tiny.toml"], ["is a study file (it has aims", "a population file", "loadstone run"]),
        (["plan", "table.toml", "--power", "0.8"], ["is a table file", "a population file", "loadstone reconstruct"]),
        (["audit", "tiny.toml"], ["is a study file", "a table file", "loadstone run"]),
        (["reconstruct", "population.toml"], ["is a population file", "a table file", "loadstone show"]),
    ],
)
def test_a_file_of_another_kind_is_told_as_such(arguments: list[str], parts: list[str], refused: Refused) -> None:
    Path("tiny.toml").write_text(TINY)
    shutil.copy(catalogue.path_of("three-factors"), "population.toml")
    shutil.copy(tables.locate("crm-clusters"), "table.toml")
    assert_says(refused(*arguments), parts)


def test_results_in_another_place_are_told_with_the_place(results: Path, refused: Refused) -> None:
    """Results folders where studies are asked for, names where folders are, files where folders are."""
    assert_says(
        refused("compare", "tiny", str(results)), ["tiny/study.json is not there", "did you mean results/tiny?"]
    )
    assert_says(
        refused("compare", "tiny.toml", str(results)), ["tiny.toml is a file", "the folder of a finished study"]
    )
    for verb in (["run"], ["report"], ["pack"], ["replay", "--cell", "1", "--replication", "0"]):
        told = refused(verb[0], "results/tiny", *verb[1:])
        assert_says(told, ["results/tiny is a results folder", "name or its file (.toml)", "--out"])
    results.rename(results.with_name("tiny-quick"))
    for verb in ("report", "pack"):
        assert_says(refused(verb, "tiny.toml"), ["results/tiny is not there", "results/tiny-quick is there: --quick"])
    assert_says(refused("verify", "results"), ["is no results folder", "loadstone run"])


def test_an_archive_goes_into_a_folder_and_has_the_ending_of_one(
    results: Path, refused: Refused, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rocrate")
    assert_says(refused("pack", "tiny.toml", "--to", "tiny.tar.gz"), ["--to tiny.tar.gz", "ends in .zip", "tiny.zip"])
    Path("Für Élise").mkdir()
    assert command("pack", "tiny.toml", "--to", "Für Élise") == 0
    assert "written: Für Élise/tiny.zip" in capsys.readouterr().out
    assert zipfile.is_zipfile("Für Élise/tiny.zip")


# --- the same through a real process ---


def from_outside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a user starts it."""
    program = Path(loadstone.__file__)
    environment = os.environ | {"PYTHONPATH": str(program.parent)}
    command = [sys.executable, str(program), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_process_ends_with_code_2_and_a_message_for_bad_input(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(changed(TINY, ("replications = 4", "replications = 0")))
    ended = from_outside(tmp_path, "run", "tiny.toml")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        "loadstone: study file tiny.toml has 1 mistake:",
        "  data.replications: 0 given; must be greater than or equal to 2",
    ]


def test_the_process_ends_with_code_2_on_a_damaged_block(results: Path, tmp_path: Path) -> None:
    block = the_block(results)
    block.write_bytes(block.read_bytes()[:100])
    before = contents(tmp_path)
    ended = from_outside(tmp_path, "run", "tiny.toml")
    assert ended.returncode == 2
    assert ended.stderr.startswith("loadstone: result file ")
    assert "Traceback" not in ended.stderr
    assert contents(tmp_path) == before


def test_the_process_ends_with_code_2_on_a_usage_error(tmp_path: Path) -> None:
    ended = from_outside(tmp_path, "run", "--worker", "2")
    assert ended.returncode == 2
    assert "Usage:" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["audit", "crm-clusters"], "sim.tables.reading.named.locate"),
        (["reconstruct", "crm-clusters"], "sim.tables.reading.named.locate"),
        (["fit", "answers.csv", "--model", "model.txt"], "benchmarks.own.fitting.fit_survey"),
    ],
)
def test_ctrl_c_ends_with_one_word_and_its_own_code(
    arguments: list[str],
    place: str,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    assert command(*arguments) == 130
    assert capsys.readouterr().err == "loadstone: stopped\n"
