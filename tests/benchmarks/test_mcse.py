"""Monte Carlo standard errors against the spread of the measures over repeated small studies.

400 of them, and 160 where tests are not as long as their names say.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.evaluation.evaluate import evaluate
from benchmarks.run.runner import block_table
from benchmarks.study.study import load, with_replications
from tests.full import FULL

pytestmark = pytest.mark.acceptance
SMALL = Path(__file__).parent.parent / "small.toml"
STUDIES, REPLICATIONS = 400 if FULL else 160, 100
#: Four standard errors of the spread of so many values, which many comparisons need, and 1 % for terms of second order:
#: 15 % where there are 400 (200 with 15 % would be three, and one comparison in twelve would run outside by chance).
NEAR = 0.01 + 4 / np.sqrt(2 * (STUDIES - 1))


@pytest.fixture(scope="module")
def repeated():
    """Measures of studies that differ in their seed only."""
    study = with_replications(load(str(SMALL)), REPLICATIONS)
    tables = []
    for seed in range(STUDIES):
        data = study.file.data.model_copy(update={"seed": seed})
        once = dataclasses.replace(study, file=study.file.model_copy(update={"data": data}))
        cell = once.cells[1]
        tables.append(evaluate(once, cell, block_table(once, cell, 0).to_pandas()).assign(study=seed))
    return pd.concat(tables)


@pytest.mark.parametrize("method", ["pls", "pls-screened", "sumscores", "ml"])
@pytest.mark.parametrize("target", ["PERF~ACRM", "PERF~OCRM"])
@pytest.mark.parametrize("measure", ["bias", "empirical_se", "coverage", "power"])
def test_the_mean_mcse_is_the_spread_over_studies(repeated, method, target, measure):
    rows = repeated[
        (repeated["method"] == method)
        & (repeated["target"] == target)
        & (repeated["measure"] == measure)
        & (repeated["over"] == "usable")
    ]
    assert len(rows) == STUDIES
    spread = rows["value"].std(ddof=1)
    claimed = np.sqrt(np.mean(rows["mcse"] ** 2))
    assert abs(claimed / spread - 1) < NEAR


@pytest.mark.parametrize(
    ("target", "measure"),
    [
        ("PERF~ACRM", "step_rule"),
        ("PERF~ACRM", "step_chance"),
        ("PERF~OCRM", "selection_inflation"),
        ("PERF~OCRM", "coverage_of_limit"),
        ("PERF~OCRM", "type_m_error"),
        ("true items >= 0.70", "group_items_lost"),
        ("true items >= 0.70", "group_any_dropped"),
        ("6 items", "count_rate"),
        ("", "jaccard"),
        ("", "stability"),
        ("ACRM", "score_validity"),
    ],
)
def test_the_errors_of_measures_after_selection_are_the_spread(repeated, target, measure):
    rows = repeated[
        (repeated["method"] == "pls-screened")
        & (repeated["target"] == target)
        & (repeated["measure"] == measure)
        & (repeated["over"] == "usable")
    ]
    assert len(rows) == STUDIES
    spread = rows["value"].std(ddof=1)
    claimed = np.sqrt(np.mean(rows["mcse"] ** 2))
    # The two indices of stability have an error of second order of 1/R = 1 % beside.
    assert abs(claimed / spread - 1) < 0.01 + NEAR
