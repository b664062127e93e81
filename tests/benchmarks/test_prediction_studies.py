"""Studies of prediction: two models beside each other, judged by limits, with tests of the difference of losses."""

import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports import results
from reports.study import truth_tables
from sim.errors import InputError

MODELS = ("true", "mediated")
STUDY = '''
name = "choice"
[aims]
title = "Which model predicts"
question = "Does prediction pick the true model?"
[data]
n = [80]
replications = 60
seed = 4
[data.population]
source = "made for a test"
model = """
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
H =~ z1 + z2 + z3
G ~ F
H ~ F + G
"""
[data.population.values]
"*=~*" = 0.75
"G~F" = 0.3
"H~G" = 0.3
"H~F" = 0.5
[models.mediated]
syntax = """
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
H =~ z1 + z2 + z3
G ~ F
H ~ G
"""
[estimands]
targets = ["q2_predict(z1)", "q2_lm(z1)", "cvpat", "cvpat_ia", "cvpat_lm(H)"]
[methods.true]
estimator = "pls"
predict = { folds = 5, against = "mediated" }
[methods.mediated]
estimator = "pls"
model = "mediated"
predict = { folds = 5, against = "population" }
[methods.silent]
estimator = "pls"
[performance]
cutoffs = { cvpat = 0 }
measures = ["rejection_rate", "mean"]
reference = "true"
'''


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("choice")
    path = folder / "choice.toml"
    path.write_text(STUDY, encoding="utf-8")
    study = load(str(path))
    runner.run(study, folder / "out", 1, Console(quiet=True))
    table = pd.read_parquet(folder / "out" / "measures.parquet")
    return study, table.set_index(["method", "target", "measure", "over"]), folder


def test_the_true_model_is_picked_and_the_two_comparisons_are_one(measured):
    _, rows, _ = measured
    picked = 1 - rows.loc[("true", "cvpat", "cutoff_rate", "usable"), "value"]
    assert picked > 0.8
    assert rows.loc[("mediated", "cvpat", "cutoff_rate", "usable"), "value"] == pytest.approx(picked)
    mean, other = (rows.loc[(name, "cvpat", "mean", "usable"), "value"] for name in MODELS)
    assert mean == pytest.approx(-other, rel=1e-9)
    assert mean < 0
    assert 0.1 < rows.loc[("true", "cvpat", "rejection_rate", "usable"), "value"] < picked


def test_each_method_is_judged_by_its_own_limit(measured):
    study, rows, _ = measured
    assert np.isnan(study.cells[0].truth(list(study.estimands))).all()
    for name in MODELS:
        limit = rows.loc[(name, "q2_predict(z1)", "limit_after_cut", "population"), "value"]
        bias = rows.loc[(name, "q2_predict(z1)", "bias", "usable")]
        assert bias["truth"] == limit
        mean = rows.loc[(name, "q2_predict(z1)", "mean", "usable"), "value"]
        assert bias["value"] == pytest.approx(mean - limit, abs=1e-12)
        assert abs(bias["value"]) < 4 * bias["mcse"] + 0.05  # models fitted to 64 of 80 predict a little worse
    limits = [
        rows.loc[(name, "q2_predict(z1)", "limit_after_cut", "population"), "value"] for name in ("true", "mediated")
    ]
    assert limits[0] > limits[1] + 0.05


def test_a_method_without_the_setting_has_no_such_numbers(measured):
    _, rows, _ = measured
    silent = rows.loc["silent"].reset_index()
    told = silent[silent["target"] != ""]
    assert set(told["measure"]) == {"limit_before_cut", "limit_after_cut"}
    assert told["value"].isna().all()


def test_the_results_say_why_there_is_no_truth(measured):
    _, _, folder = measured
    told = json.loads((folder / "out" / "study.json").read_text(encoding="utf-8"))["populations"][0]["no_truth"]
    assert told["cvpat"] == "cvpat: every method predicts in its own way, so that each is judged by its own limit"


def test_the_page_has_no_limit_among_the_true_values(measured):
    study, _, folder = measured
    assert not truth_tables.estimands(results.read(folder / "out")).rows
    assert study.methods[0].settings["predict"]["against"].startswith("F =~ x1 + x2 + x3; G =~ y1")


def test_a_model_that_is_none_is_refused_by_name(tmp_path):
    path = tmp_path / "choice.toml"
    path.write_text(STUDY.replace('against = "mediated"', 'against = "meditated"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"methods.true: predict.against: model: .*'meditated'.*mediated"):
        load(str(path))
