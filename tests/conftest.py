"""Fixtures that several test files share."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console

import loadstone
import reports
from benchmarks.run import runner
from benchmarks.study import study
from tests.bad_input import INSIDE, TINY, Command, Refused, changed, contents
from tests.made_studies import plain_study, screened_study

#: Files that take about twenty seconds of computing or more with the acceptance tests. They are run first, so that
#: workers who are given whole files (`make test`) end at about the same time.
LONG = (
    "reports/test_gallery.py",
    "benchmarks/test_published_designs.py",
    "laws/test_mutations.py",
    "benchmarks/trust/test_workers.py",
    "laws/test_catalogue.py",
    "benchmarks/trust/test_outside_code.py",
    "sim/test_mechanism_pairs.py",
    "estimators/decisions/test_every_rule.py",
    "benchmarks/trust/test_folders.py",
    "house/test_wheel.py",
    "benchmarks/test_mcse_asked.py",
    "benchmarks/test_audit.py",
)


def longest_first(paths: Iterable[Path]) -> list[Path]:
    """Files of tests, the long ones first and the rest in their order."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONG)}
    return sorted(paths, key=lambda path: places.get(path, len(places)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first."""
    places = {path: place for place, path in enumerate(longest_first(dict.fromkeys(item.path for item in items)))}
    items.sort(key=lambda item: places[item.path])


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `loadstone` with the words given and gives its exit code."""

    def run(*words: object) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["loadstone", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            loadstone.main()
        return ended.value.code

    return run


# --- bad input ---


@pytest.fixture
def refused(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Refused:
    """Runs the command in an empty folder, holds it to the promise of bad input, and gives its message."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        before = contents(tmp_path)
        assert command(*arguments) == 2
        printed, message = capsys.readouterr()
        assert printed == "" or arguments[0] == "run"  # which first tells what it is about to do
        assert message.count("loadstone: ") == 1
        assert message.startswith("loadstone: ")
        assert not [word for word in INSIDE if word in message]
        assert contents(tmp_path) == before
        return message

    return run


@pytest.fixture
def refused_population(refused: Refused, tmp_path: Path) -> Refused:
    """Gives the message about the tiny study, changed, of the population file with this text, mine.toml."""

    def run(text: str, *changes: tuple[str, str]) -> str:
        (tmp_path / "mine.toml").write_text(text)
        (tmp_path / "tiny.toml").write_text(changed(TINY, ("three-factors", "mine.toml"), *changes))
        return refused("run", "tiny.toml")

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study and its results (blocks and measures, no report)."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "tiny.toml").write_text(TINY)
    runner.run(study.load(str(folder / "tiny.toml")), folder / "results" / "tiny", 1, Console(quiet=True))
    return folder


@pytest.fixture
def results(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished study in the folder the command runs in; gives the results folder."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path / "results" / "tiny"


# --- reports ---


@pytest.fixture(scope="session")
def screened_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of a screened study with four populations and two sizes."""
    factors = {"dropped_items": ["weak", "zero"], "crm_correlation": ["0.5"], "ocrm_effect": ["small", "zero"]}
    folder = screened_study(tmp_path_factory.mktemp("screened"), factors, (72, 300))
    assert reports.write(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="session")
def plain_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of a study without factors, screening and calibration."""
    folder = plain_study(tmp_path_factory.mktemp("plain"))
    reports.write(folder)
    return folder
