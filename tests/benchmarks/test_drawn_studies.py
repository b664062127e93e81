"""Studies of parameters that are drawn anew: every estimate is judged by the truth of its own data set."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.stored import store
from benchmarks.study import study

STUDY = """
name = "drawn"
[aims]
title = "t"
question = "q"
[data]
n = [150]
replications = 60
seed = 5
[data.population]
source = "made up"
model = '''
F =~ x1 + x2 + x3
G =~ y1 + y2 + y3
G ~ F
'''
[data.population.values]
"*=~*" = 0.8
"F=~x1" = { uniform = [0.4, 0.9] }
"G~F" = { uniform = [0.0, 0.6] }
[estimands]
targets = ["G~F", "F=~x1"]
[methods.ml]
[performance]
measures = ["mean_absolute_error"]
"""


def test_bias_rmse_and_coverage_are_against_each_data_sets_own_truth(tmp_path: Path) -> None:
    (tmp_path / "drawn.toml").write_text(STUDY, encoding="utf-8")
    loaded = study.load(str(tmp_path / "drawn.toml"))
    runner.run(loaded, tmp_path / "out", 1, Console(quiet=True))
    own = store.cell_estimates(tmp_path / "out", loaded, 1)
    rows = pd.read_parquet(tmp_path / "out" / "measures.parquet").set_index(["target", "measure", "over"])["value"]
    (cell,) = loaded.cells
    batch = cell.draw_block(loaded.address(cell), 0, 60)
    truths = cell.truth_of_data(batch, loaded.estimands)
    for target in ("G~F", "F=~x1"):
        true = truths[target]
        assert true.std() > 0.1  # so that one truth for all would give other numbers
        np.testing.assert_array_equal(own[f"truth:{target}"], true)
        errors = own[f"value:{target}"].to_numpy() - true
        assert rows[target, "bias", "all"] == pytest.approx(errors.mean(), abs=1e-12)
        assert rows[target, "rmse", "all"] == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-12)
        assert rows[target, "mean_absolute_error", "all"] == pytest.approx(np.abs(errors).mean(), abs=1e-12)
        held = (own[f"lower:{target}"] <= true) & (true <= own[f"upper:{target}"])
        assert rows[target, "coverage", "all"] == pytest.approx(held.mean(), abs=1e-12)
