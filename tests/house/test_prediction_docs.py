"""docs/prediction.md: its study runs, and its tables name every setting and target of prediction."""

import re
from dataclasses import fields

from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from estimators.prediction.plan import Plan
from estimators.prediction.wrapper import KEYS
from sim.targets import PREDICTION_KINDS
from tests.pages import blocks, page

TEXT = page("prediction")


def test_the_study_of_the_page_runs(tmp_path):
    (study,) = blocks(TEXT, "toml")
    path = tmp_path / "which.toml"
    path.write_text(study.replace("replications = 200", "replications = 8"), encoding="utf-8")
    runner.run(load(str(path)), tmp_path / "out", 1, Console(quiet=True))
    assert (tmp_path / "out" / "measures.parquet").exists()


def test_every_setting_and_target_is_told():
    settings = re.findall(r"^\| `(\w+) = ", TEXT, re.MULTILINE)
    assert set(settings) == set(KEYS) == {"against", *(field.name for field in fields(Plan))}
    assert not [kind for kind in PREDICTION_KINDS if f"`{kind}" not in TEXT]
