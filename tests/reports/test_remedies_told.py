"""What the page says of remedies: coverage and width by each, and which are enough; and no rate over good and weak."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports.printing.numbers import with_error
from reports.results import Results, read
from reports.study import drop_tables
from reports.study.decisions import remedies, selection

STUDY = """
name = "remedied"
[aims]
title = "Remedies"
question = "What do remedies restore?"
[data]
population = "crm-clusters"
n = [72]
replications = 40
seed = 6
[estimands]
targets = ["PERF~OCRM"]
[methods.ruled]
estimator = "sumscores"
screening = { threshold = 0.70 }
[methods.plain]
estimator = "sumscores"
REMEDIES
[performance]
measures = ["interval_width"]
"""
SPLIT = """
[methods.ml]
estimator = "ml"
[methods.split]
estimator = "sumscores"
steps = [{ rule = "all-at-once" }]
split = "crosswise"
"""


def _run(folder: Path, methods: str) -> Results:
    (folder / "remedied.toml").write_text(STUDY.replace("REMEDIES", methods))
    runner.run(load(str(folder / "remedied.toml")), folder / "results", 1, Console(quiet=True))
    return read(folder / "results")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return _run(tmp_path_factory.mktemp("remedied"), SPLIT)


def test_every_remedy_is_told_with_its_coverage_and_width(results: Results) -> None:
    told = remedies.sentence(results, "PERF~OCRM")
    for name in ("ruled", "split", "ml"):
        for measure, unit in (("coverage", "share"), ("coverage_of_limit", "share"), ("interval_width", "coefficient")):
            found = results.estimate(results.baseline_cell, name, "PERF~OCRM", measure)
            assert with_error(found, unit) in told  # type: ignore[arg-type]
    assert "“Sum scores”" not in told, "its limit is not the truth, and it decides nothing"
    told_enough = told.partition("95% is reached within two Monte Carlo errors for the truth by ")[2]
    of_truth = told_enough.partition(", and for the method's own limit")[0]
    for name in ("split", "ml"):
        found = results.estimate(results.baseline_cell, name, "PERF~OCRM", "coverage")
        assert found is not None
        enough = found.value + 2 * found.mcse >= 0.95
        assert (results.study.methods[name].label in of_truth) == enough


def test_without_a_remedy_nothing_is_told(tmp_path: Path) -> None:
    assert remedies.sentence(_run(tmp_path, ""), "PERF~OCRM") == ""


def test_no_table_has_one_rate_over_good_and_weak_items(results: Results) -> None:
    heads = [column.header for column in drop_tables.screening(results).columns]
    assert "true items ≥ 0.70" in heads
    assert "weak items < 0.70" in heads
    assert "true items" not in heads
    assert "true items" not in {row[2] for row in selection.by_group(results).rows}
