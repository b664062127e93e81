"""Published simulations, run again as study files. Their figures stand in the files' [published] sections."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from benchmarks import runner
from benchmarks.study import Study, load

pytestmark = pytest.mark.acceptance


def compared(study: Study, folder: Path) -> pd.DataFrame:
    """Published and own figures of a study that is run here."""
    runner.run(study, folder, 2, Console(quiet=True))
    return pd.read_parquet(folder / "published.parquet")


def told(table: pd.DataFrame) -> str:
    """The rows in full, for the message of a test that fails."""
    return table.drop(columns=["cell", "source"]).to_string()


@pytest.fixture(scope="module")
def goodhue(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """At n = 40 and 90, where LISREL seldom fails."""
    study = load("goodhue-2012")
    cells = tuple(cell for cell in study.cells if cell.n in (40, 90))
    return compared(dataclasses.replace(study, cells=cells), tmp_path_factory.mktemp("goodhue"))


def test_goodhues_power_comes_out_again(goodhue: pd.DataFrame) -> None:
    power = goodhue[goodhue["measure"] == "power"]
    assert len(power) == 5
    assert not power["beyond"].any(), told(power)


def test_every_fit_gives_numbers_at_90_as_lisrel_did(goodhue: pd.DataFrame) -> None:
    failed = goodhue[goodhue["measure"] == "failure_rate"].set_index("n")["own"]
    # LISREL failed in none of 500 data sets at n = 90, so at most 3 in 500 (rule of three). Its 11 failures at n = 40
    # are its optimiser's: ours converges there, and flags the many negative error variances as inadmissible instead.
    assert failed[90] < 3 / 500
    assert failed[40] < 11 / 500


def test_goodhues_limits_are_exact(goodhue: pd.DataFrame) -> None:
    exact = goodhue[goodhue["measure"] == "limit_before_cut"]
    assert len(exact) == 5
    assert not exact["beyond"].any(), told(exact)
