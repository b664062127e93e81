"""Published simulation tables, run again as study files."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks import runner
from benchmarks.study import load

pytestmark = pytest.mark.acceptance

#: Goodhue, Lewis & Thompson (2012): power of the path 0.314 over 500 data sets, in whole percent.
GOODHUE_R = 500
GOODHUE = {
    ("sumscores", 40): 0.40,
    ("pls", 40): 0.41,
    ("sumscores", 90): 0.76,
    ("pls", 90): 0.75,
    ("ml", 90): 0.79,
}


@pytest.fixture(scope="module")
def goodhue(tmp_path_factory):
    study = load("goodhue-2012")
    cells = tuple(cell for cell in study.cells if cell.n in (40, 90))
    study = dataclasses.replace(study, cells=cells)
    folder = tmp_path_factory.mktemp("goodhue")
    runner.run(study, folder, 2, Console(quiet=True))
    return pd.read_parquet(folder / "measures.parquet")


@pytest.mark.parametrize(("method", "n"), GOODHUE)
def test_goodhues_power_comes_out_again(goodhue, method, n):
    row = goodhue[
        (goodhue["method"] == method)
        & (goodhue["n"] == n)
        & (goodhue["target"] == "Y~X2")
        & (goodhue["measure"] == "power")
        & (goodhue["over"] == "usable")
    ].iloc[0]
    # Five comparisons on the same 500 published data sets, wrong in 1 % of cases altogether: 3.09 standard errors of
    # the difference each (Sidak), plus half of the printed percent. ML is tested as LISREL prints it, unstandardised.
    variance = row["value"] * (1 - row["value"])
    tolerance = 3.09 * np.sqrt(variance / GOODHUE_R + variance / row["n_used"]) + 0.005
    assert abs(row["value"] - GOODHUE[method, n]) < tolerance


def test_every_fit_gives_numbers_at_90_as_lisrel_did(goodhue):
    rates = goodhue[(goodhue["method"] == "ml") & (goodhue["measure"] == "convergence_rate")].set_index("n")
    # LISREL failed in none of 500 data sets at n = 90, so at most 3 in 500 (rule of three). Its 11 failures at n = 40
    # are its optimiser's: ours converges there, and flags the many negative error variances as inadmissible instead.
    assert 1 - rates.loc[90, "value"] < 3 / 500
    assert 1 - rates.loc[40, "value"] < 11 / 500
