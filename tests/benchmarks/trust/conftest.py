"""Fixtures of the trust tests."""

from pathlib import Path

import pytest

import reports
from benchmarks.run import runner
from benchmarks.study.study import load
from tests.benchmarks.trust.studies import QUIET, changed


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study, its results and report in `results`; what changes them takes a copy."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "small.toml").write_text(changed())
    runner.run(load(str(folder / "small.toml")), folder / "results", 1, QUIET)
    reports.write(folder / "results")
    return folder
