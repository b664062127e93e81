"""Studies of raw solutions: each method is judged against the truth on the scale that it tells."""

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import study
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
