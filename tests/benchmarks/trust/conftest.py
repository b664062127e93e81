"""Fixtures of the trust tests."""

import subprocess
from pathlib import Path

import pytest

import reports
from benchmarks.run import runner
from benchmarks.study.study import load
from tests.bad_input import Command
from tests.benchmarks.trust.studies import QUIET, Typed, changed


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study, its results and report in `results`; what changes them takes a copy."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "small.toml").write_text(changed())
    runner.run(load(str(folder / "small.toml")), folder / "results", 1, QUIET)
    reports.write(folder / "results")
    return folder


@pytest.fixture
def typed(command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The command, run in a folder as `studies.started` runs it, by this process: a new one takes seconds to start."""

    def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = command(*words)
        printed, told = capsys.readouterr()
        assert code is None or isinstance(code, int)
        return subprocess.CompletedProcess(list(map(str, words)), code or 0, printed, told)

    return run
