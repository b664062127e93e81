"""Published simulations, run again as study files. Their figures stand in the files' [published] sections.

Fewer replications than the files ask for: the tolerance counts them.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.evaluation.comparison import error_of_shares, tolerance, z_of
from benchmarks.run import runner
from benchmarks.stored import store
from benchmarks.study.form.publishedfile import figures
from benchmarks.study.study import Study, load, with_replications
from tests.full import FULL

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
    chosen = (cell for cell in study.cells if cell.n in (40, 90))
    cells = tuple(dataclasses.replace(cell, number=number) for number, cell in enumerate(chosen, start=1))
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


@pytest.mark.parametrize(
    ("name", "replications", "simulated", "exact"),
    [("aguirre-urreta-2015", 500 if FULL else 250, 20, 8), ("plssem-likert", 1000 if FULL else 500, 16, 8)],
)
def test_every_figure_comes_out_again(name: str, replications: int, simulated: int, exact: int, tmp_path: Path) -> None:
    table = compared(with_replications(load(name), replications), tmp_path)
    assert (table["z"].notna().sum(), table["exactly"].notna().sum()) == (simulated, exact)
    assert not table["beyond"].any(), told(table[table["beyond"]])


@pytest.fixture(scope="module")
def kock(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path, pd.DataFrame]:
    """Kock's study, its results folder, and its comparison."""
    study, folder = with_replications(load("kock-2019"), 1000), tmp_path_factory.mktemp("kock")
    return study, folder, compared(study, folder)


def test_kocks_bias_and_standard_deviations_come_out_again(kock: tuple[Study, Path, pd.DataFrame]) -> None:
    table = kock[2]
    accuracy = table[table["measure"].isin(["bias", "empirical_se"])]
    assert len(accuracy) == 42
    assert not accuracy["beyond"].any(), told(accuracy[accuracy["beyond"]])
    exact = table[table["measure"] == "limit_before_cut"]
    assert len(exact) == 21
    assert not exact["beyond"].any(), told(exact[exact["beyond"]])


def test_kocks_power_of_sum_scores_comes_out_again(kock: tuple[Study, Path, pd.DataFrame]) -> None:
    table = kock[2]
    power = table[table["measure"].isin(["power", "type_1_error"]) & (table["method"] == "sumscores")]
    assert len(power) == 7
    assert not power["beyond"].any(), told(power[power["beyond"]])


def test_kocks_power_of_pls_is_that_of_the_estimates_own_standard_deviation(
    kock: tuple[Study, Path, pd.DataFrame],
) -> None:
    # What the study file's note says: no standard error of a single sample gives these powers, the standard deviation
    # over the replications does.
    study, folder, _ = kock
    estimates = store.cell_estimates(folder, study, 1)
    own = estimates[estimates["method"] == "pls"]
    assert study.file.published is not None
    printed = [f for f in figures(study.file.published) if f.method == "pls" and f.measure in ("power", "type_1_error")]
    assert len(printed) == 7
    for figure in printed:
        value = own[f"value:{figure.target}"].to_numpy()
        share = float(np.mean(np.abs(value) > 1.96 * value.std(ddof=1)))
        error = error_of_shares(share, len(value), figure.printed.value, figure.replications)
        assert abs(z_of(share - figure.printed.value, figure.printed.half, error)) < tolerance(7), figure
