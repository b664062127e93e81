"""Studies of a covariance matrix and of real answers: what methods are judged by, and what a study file may hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.study import study
from sim.errors import InputError

STUDY = """
name = "given"
[aims]
title = "t"
question = "q"
[data]
n = [200]
replications = 300
seed = 4
[data.population]
source = "made up"
{model}
[data.population.covariance]
items = ["x1", "x2", "x3", "y1", "y2", "y3"]
matrix = '''
1
.5 1
.5 .4 1
.2 .2 .1 1
.1 .3 .2 .5 1
.2 .1 .2 .4 .3 1
'''
[models]
two = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
'''
[estimands]
targets = ["G~F", "alpha(F)"]
[methods.ml]
model = "{fitted}"
[methods.sumscores]
model = "{fitted}"
"""
MODEL = "model = '''\nF =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F\n'''"


def measured(folder: Path, text: str) -> pd.DataFrame:
    (folder / "given.toml").write_text(text, encoding="utf-8")
    runner.run(study.load(str(folder / "given.toml")), folder / "out", 1, Console(quiet=True))
    return (
        pd.read_parquet(folder / "out" / "measures.parquet")
        .set_index(["method", "target", "over", "measure"])
        .sort_index()
    )


@pytest.mark.parametrize(("model", "fitted"), [(MODEL, "population"), ("", "two")])
def test_a_method_is_judged_by_its_own_limit_where_no_model_holds(model: str, fitted: str, tmp_path: Path) -> None:
    told = measured(tmp_path, STUDY.format(model=model, fitted=fitted))
    limits = {}
    for method in ("ml", "sumscores"):
        row = told.loc[(method, "G~F", "usable")]
        limits[method] = told.loc[(method, "G~F", "population", "limit_after_cut"), "value"]
        assert row.loc["bias", "truth"] == limits[method]
        assert abs(row.loc["bias", "value"]) < 4 * row.loc["bias", "mcse"] + 0.02  # 0.02: bias at n = 200
        assert row.loc["coverage", "value"] > 0.9
    # sums: correlation of the sums, 1.6 / sqrt(5.8 * 5.4)
    assert limits["sumscores"] == pytest.approx(1.6 / np.sqrt(5.8 * 5.4), abs=1e-12)
    assert limits["ml"] > limits["sumscores"] + 0.05


def test_reports_say_what_methods_are_judged_by_and_matrices_may_be_factors(tmp_path: Path) -> None:
    weak = "1\\n.2 1\\n.2 .2 1\\n.1 .1 .1 1\\n.1 .1 .1 .2 1\\n.1 .1 .1 .2 .2 1"
    factor = f'[data.factors.table]\nsets = "covariance.matrix"\nlevels = {{ weak = "{weak}" }}\n'
    text = STUDY.format(model=MODEL, fitted="population").replace("replications = 300", "replications = 20")
    (tmp_path / "given.toml").write_text(text.replace("[models]", factor + "[models]"), encoding="utf-8")
    (cell,) = study.load(str(tmp_path / "given.toml")).cells
    assert cell.world.population.moments.covariances[0, 0, 1] == 0.2
    (tmp_path / "given.toml").write_text(text, encoding="utf-8")
    runner.run(study.load(str(tmp_path / "given.toml")), tmp_path / "out", 1, Console(quiet=True))
    page = reports.write(tmp_path / "out").read_text(encoding="utf-8")
    assert "covariances of the items as given; no model holds for them exactly" in page
    assert "judged by each method&#39;s own limit, 0." in page
    assert "the population&#39;s moments are not exactly those of the model" in page or "are not exactly those" in page


def test_without_a_model_every_method_names_one(tmp_path: Path) -> None:
    (tmp_path / "given.toml").write_text(STUDY.format(model="", fitted="population"), encoding="utf-8")
    with pytest.raises(InputError) as told:
        study.load(str(tmp_path / "given.toml"))
    assert "methods.ml: model: the population is a matrix without a model; name one of [models] (two)" in str(
        told.value
    )


def test_a_population_within_a_study_is_the_same_as_one_in_a_file(tmp_path: Path) -> None:
    values = "[data.population.values]\n" + "\n".join(f'"{name}" = 0.6' for name in ("F=~*", "G=~*"))
    inside = STUDY.format(model=MODEL, fitted="population")
    start, end = inside.index("[data.population.covariance]"), inside.index("[models]")
    (tmp_path / "given.toml").write_text(inside[:start] + values + '\n"G~F" = 0.3\n' + inside[end:], encoding="utf-8")
    whole = study.load(str(tmp_path / "given.toml"))
    beside = f'source = \'made up\'\n{MODEL}\n[values]\n"F=~*" = 0.6\n"G=~*" = 0.6\n"G~F" = 0.3\n'
    (tmp_path / "mine.toml").write_text(beside, encoding="utf-8")
    at = inside.index("[data.population]")
    text = inside[:at].replace("[data]", '[data]\npopulation = "mine.toml"') + inside[end:]
    (tmp_path / "apart.toml").write_text(text, encoding="utf-8")
    apart = study.load(str(tmp_path / "apart.toml"))
    assert [cell.key for cell in whole.cells] == [cell.key for cell in apart.cells]
    assert whole.cells[0].world.source == "made up"


def test_what_a_population_within_a_study_may_not_hold_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "given.toml").write_text(
        STUDY.format(model=MODEL + "\nsolutoin = 'raw'", fitted="population"), encoding="utf-8"
    )
    with pytest.raises(
        InputError, match=r"data\.population: .*solutoin: there is no such key; did you mean 'solution'"
    ):
        study.load(str(tmp_path / "given.toml"))
