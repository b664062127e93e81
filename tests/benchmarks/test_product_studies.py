"""Studies of moderation: products as truth and in the fitted models, with bias, power and errors of the first kind."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports.results import read
from reports.study.sentences import answer
from sim.errors import InputError

STUDY = """
name = "moderated"
[aims]
title = "Moderation"
question = "Which methods find a product?"
[data]
n = [120]
replications = 200
seed = 7
[data.population]
source = "made up for a test"
model = \"\"\"
X =~ x1 + x2 + x3
Z =~ z1 + z2 + z3
Y =~ y1 + y2 + y3
Y ~ X + Z
\"\"\"
[data.population.values]
"*=~*" = 0.85
"X~~Z" = 0.3
"Y~X" = 0.3
"Y~Z" = 0.3
[data.factors.product]
levels = [0.3, 0.0]
sets = "path Y~X:Z"
[models.moderated]
syntax = \"\"\"
X =~ x1 + x2 + x3
Z =~ z1 + z2 + z3
Y =~ y1 + y2 + y3
Y ~ X + Z + X:Z
\"\"\"
[estimands]
targets = ["Y~X:Z", "slope(Y~X|Z=1)", "Y~X", "r2(Y)"]
[methods.sumscores]
model = "moderated"
[methods.disattenuated]
model = "moderated"
[methods.pls]
model = "moderated"
resamples = 40
[methods.ml]
model = "moderated"
[methods.linear]
estimator = "sumscores"
[performance]
measures = ["bias", "power"]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[Path, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("moderated")
    (folder / "moderated.toml").write_text(STUDY, encoding="utf-8")
    runner.run(load(str(folder / "moderated.toml")), folder / "out", 1, Console(quiet=True))
    return folder / "out", pd.read_parquet(folder / "out" / "measures.parquet")


def one(table: pd.DataFrame, cell: int, method: str, target: str, measure: str) -> pd.Series:
    chosen = table.query("cell == @cell and method == @method and target == @target and measure == @measure")
    return chosen[chosen["over"] == "usable"].iloc[0]


def test_products_and_slopes_are_judged_by_the_populations_truth(run) -> None:
    _, table = run
    truth = {"Y~X:Z": (0.3, 0.0), "slope(Y~X|Z=1)": (0.6, 0.3), "Y~X": (0.3, 0.3)}
    for target, values in truth.items():
        for cell in (1, 2):
            assert one(table, cell, "ml", target, "bias")["truth"] == pytest.approx(values[cell - 1], abs=1e-12)
    # r2 counts what the product explains: .3^2 (1 + .3^2).
    assert one(table, 1, "ml", "r2(Y)", "bias")["truth"] == pytest.approx(0.234 + 0.09 * 1.09, abs=1e-12)


def test_a_consistent_method_is_unbiased_and_sums_fall_short_by_what_theory_says(run) -> None:
    _, table = run
    corrected = one(table, 1, "disattenuated", "Y~X:Z", "bias")
    assert abs(corrected["value"]) < 4 * corrected["mcse"] + 0.01
    # Sums of three items of .85 have reliability 9 (.7225) / (9 (.7225) + 3 (.2775)) = .8865.
    q2 = 9 * 0.7225 / (9 * 0.7225 + 3 * 0.2775)
    limit = q2**1.5 * 0.3 * (1 + 0.09) / (1 + (q2 * 0.3) ** 2)
    sums = one(table, 1, "sumscores", "Y~X:Z", "bias")
    assert abs(sums["value"] - (limit - 0.3)) < 4 * sums["mcse"]


def test_power_and_errors_of_the_first_kind_stand_beside_each_other(run) -> None:
    _, table = run
    for method in ("sumscores", "pls", "ml"):
        assert one(table, 1, method, "Y~X:Z", "power")["value"] > 0.7
    false = one(table, 2, "sumscores", "Y~X:Z", "type_1_error")
    assert false["truth"] == 0.0
    assert abs(false["value"] - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 200)
    assert one(table, 2, "pls", "Y~X:Z", "type_1_error")["value"] < 0.15
    assert not len(table.query("method == 'linear' and target == 'Y~X:Z' and value == value and measure == 'bias'"))


def test_the_report_tells_of_products_as_of_paths(run) -> None:
    folder, _ = run
    results = read(folder)
    assert results.paths == ["Y~X:Z", "slope(Y~X|Z=1)", "Y~X"]
    told = answer(results)
    assert "X × Z → Y" in told.lead
    assert any("where Z is at +1 SD" in each.heading for each in told.paths)


def test_a_method_that_fits_no_product_is_refused_with_those_that_do(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(STUDY.replace("[methods.ml]", "[methods.sam]"), encoding="utf-8")
    with pytest.raises(InputError, match=r"methods.sam: the model has the product Y~X:Z, which local SAM does not fit"):
        load(str(wrong))
