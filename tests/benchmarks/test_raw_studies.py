"""Studies of raw solutions: each method is judged against the truth on the scale that it tells."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.study import fitting, study
from sim.batch import Batch
from tests.ways_of_answering import STUDY, written

WORLD = """
solution = "raw"
model = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
'''
[values]
"F=~x1" = 1.0
"F=~x2" = 2.0
"F=~x3" = 0.5
"F~~F" = 4.0
"G=~y1" = 1.0
"G=~y2" = 0.3
"G=~y3" = 3.0
"G~F" = 0.25
"G~~G" = 0.5
"x1~~x1" = 1.0
"x2~~x2" = 6.0
"x3~~x3" = 0.4
"y1~~y1" = 0.5
"y2~~y2" = 0.04
"y3~~y3" = 3.0
"""
TRUTH = {"G~F": 0.25, "F=~x2": 2.0, "F~~F": 4.0, "G~~G": 0.5, "y3~~y3": 3.0}


def test_raw_methods_are_judged_against_raw_truth(tmp_path: Path) -> None:
    targets = ", ".join(f'"{name}"' for name in TRUTH)
    text = STUDY.replace('"G~F", "r2(G)"', targets).replace("replications = 3", "replications = 40")
    methods = '[methods.ml]\n[methods.ml-raw]\nestimator = "ml"\nsolution = "raw"\n'
    loaded = study.load(written(tmp_path, WORLD, text.replace("n = [150]", "n = [400]") + methods))
    runner.run(loaded, tmp_path / "results", 1, Console(quiet=True))
    table = pd.read_parquet(tmp_path / "results" / "measures.parquet")
    rows = table[(table["method"] == "ml-raw") & (table["over"] == "usable")]
    for name, true in TRUTH.items():
        own = rows[rows["target"] == name].set_index("measure")
        np.testing.assert_allclose(own["truth"].unique(), true, rtol=1e-9)
        # 40 replications: the bias stays within four of its Monte Carlo errors.
        assert abs(own.loc["bias", "value"]) < 4 * own.loc["bias", "mcse"]
    limits = table[(table["method"] == "ml-raw") & (table["over"] == "population")].set_index(["target", "measure"])
    assert len(limits)
    plain = table[(table["method"] == "ml") & (table["target"] == "G~F")]
    np.testing.assert_allclose(plain["truth"].dropna().unique(), 0.5 / np.sqrt(0.75), rtol=1e-9)


def test_reports_tell_the_truth_on_the_scale_that_a_method_is_judged_on(tmp_path: Path) -> None:
    text = STUDY.replace('"G~F", "r2(G)"', '"G~F", "chisq"')
    for number, methods in enumerate(
        ('[methods.ml]\nsolution = "raw"\n', '[methods.ml]\n[methods.sam]\nsolution = "raw"\n')
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        loaded = study.load(written(folder, WORLD, text + methods))
        runner.run(loaded, folder / "results", 1, Console(quiet=True))
        reports.write(folder / "results")
        told = pd.read_csv(folder / "results" / "tables" / "performance-usable.csv")
        own = told[told["estimand"] == "G~F"].set_index("method")["truth"].round(6).to_dict()
        (stored,) = json.loads((folder / "results" / "study.json").read_text(encoding="utf-8"))["populations"]
        assert stored["unstandardised"]["raw"]["G~F"] == pytest.approx(0.25)
        assert stored["truth"]["G~F"] == pytest.approx(0.5 / np.sqrt(0.75))
        page = (folder / "results" / "report.html").read_text(encoding="utf-8")
        assert "it says how a model fits a sample, and a population is no sample" in page
        if number == 0:
            assert list(own.values()) == [0.25]
            assert "In units of the answers, every construct in the unit of its first item" in page
        else:
            assert sorted(own.values()) == [0.25, round(0.5 / np.sqrt(0.75), 6)]
            assert "methods with raw solutions are judged by true values in units of the answers" in page


def test_constructs_of_variance_one_are_judged_on_their_own_scale(tmp_path: Path) -> None:
    names = ["G~F", "F=~x2", "G=~y3", "G~~G", "x1~~x1"]
    text = STUDY.replace('"G~F", "r2(G)"', ", ".join(f'"{name}"' for name in names))
    methods = '[methods.ml]\nsolution = "raw"\nscaling = "variances"\n'
    loaded = study.load(written(tmp_path, WORLD + '"G=~x1" = 0.4\n', text + methods))
    (cell,) = loaded.cells
    truth = cell.truth(loaded.estimands, loaded.methods[0].scale)
    # F has SD 2, G has residual SD sqrt(.5); an item's loading in units of the answers is lambda times that SD
    np.testing.assert_allclose(truth, [0.25 * 2 / np.sqrt(0.5), 4.0, 3 * np.sqrt(0.5), 1.0, 1.0], rtol=1e-9)
    plain = study.load(written(tmp_path, WORLD, text + methods))
    moments = Batch.of_moments(plain.cells[0].world.limits(False, False)[0].moments)
    limit = fitting.fit(plain, plain.methods[0], moments, values_only=True).value[0]
    np.testing.assert_allclose(limit, plain.cells[0].truth(plain.estimands, "raw-variances"), rtol=1e-6)
