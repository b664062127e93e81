"""Studies in which every method, and one that screens, meets the same world; and a plain world to begin with."""

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study import study
from estimators.catalogue import ESTIMATORS

#: A population of three constructs with nothing particular about it, to put mechanisms behind.
THREE_BLOCKS = """
model = '''
F =~ x1 + x2 + x3
H =~ z1 + z2 + z3
G =~ y1 + y2 + y3
G ~ F + H
'''
[scale]
shares = [0.1, 0.2, 0.4, 0.2, 0.1]
[values]
"F=~x1" = 0.8
"F=~x2" = 0.7
"F=~x3" = 0.7
"H=~z1" = 0.8
"H=~z2" = 0.8
"H=~z3" = 0.7
"G=~y1" = 0.8
"G=~y2" = 0.8
"G=~y3" = 0.7
"G~F" = 0.4
"G~H" = 0.2
"F~~H" = 0.3
"""
#: Ways of answering, to put beside another mechanism.
ANSWERED = (
    '[responses]\nreversed = ["x3"]\ncommon_method = 0.05\nstraightlining = 0.02\ncareless = 0.03\nextreme = 0.1\n'
)
#: Table of a study file for every method.
EVERY_METHOD = "".join(f"[methods.{name}]\n" for name in ESTIMATORS)
_SCREENED = '[methods.screened]\nestimator = "pls"\nscreening = { threshold = 0.7, minimum_items = 2 }\n'


def measured(path: Path | str) -> pd.DataFrame:
    """Measures of a study file that is run beside it, by method and measure."""
    loaded, results = study.load(str(path)), Path(path).parent / "results"
    runner.run(loaded, results, 1, Console(quiet=True))
    return pd.read_parquet(results / "measures.parquet").set_index(["method", "measure"])


def assert_every_method_takes(folder: Path, population: str, text: str) -> None:
    """Every method converges in a study of the population, which the text names mine.toml, and has a limit there."""
    (folder / "mine.toml").write_text(population)
    (folder / "every.toml").write_text(text + EVERY_METHOD + _SCREENED)
    measures = measured(folder / "every.toml")
    for name in (*ESTIMATORS, "screened"):
        assert (measures.loc[(name, "convergence_rate"), "value"] > 0).all(), name
        assert np.isfinite(measures.loc[(name, "limit_after_cut"), "value"]).all(), name
