"""A study of two thresholds, three items spared and strong items from 0.60: its report says what was run."""

import csv
import dataclasses
import html
import re
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.measures.basis.itemgroups import groups
from benchmarks.run import runner
from benchmarks.study.study import load
from reports.results import read
from reports.study import drop_tables, screening, tables

STUDY = """
name = "two-rules"
[aims]
title = "Two thresholds"
question = "What do two thresholds drop?"
[data]
population = "crm-clusters"
n = [40]
replications = 30
seed = 5
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM"]
[methods.sums]
estimator = "sumscores"
[methods.sums-70]
estimator = "sumscores"
screening = { threshold = 0.70, minimum_items = 3 }
[methods.sums-55]
estimator = "sumscores"
screening = { threshold = 0.55, minimum_items = 4 }
[performance]
true_loading = 0.60
many_dropped = 3
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the study's report."""
    folder = tmp_path_factory.mktemp("two-rules")
    (folder / "two-rules.toml").write_text(STUDY)
    study = load(str(folder / "two-rules.toml"))
    study = dataclasses.replace(study, cells=study.cells[:1])
    runner.run(study, folder / "results", 1, Console(quiet=True))
    reports.write(folder / "results")
    return folder / "results"


def text_of(page: Path) -> str:
    """What a reader sees of a page: without scripts and tags."""
    body = re.sub(r"<(script|style|noscript)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", body)))


def test_the_page_says_which_rules_were_run(report: Path) -> None:
    told = text_of(report / "report.html")
    assert "What the screening rules drop" in told
    assert "How often the screening rules drop each item" in told
    assert "At n = 40 the 0.70 rule drops" in told
    assert "“Sum scores, 0.55 rule” drops" in told
    assert "What the 0.70 rule does to the paths" in told
    assert "The 0.70 rule drops items whose standardised loading is under 0.70, all at once" in told
    assert "The 0.55 rule drops items whose standardised loading is under 0.55, all at once" in told
    assert "would leave a block with fewer than three items (0.70 rule) or fewer than four items (0.55 rule)" in told
    assert "the rule alone would leave a construct with fewer than three items" in told
    assert "true items ≥ 0.60" in told
    assert "follow a dotted step, at 0.55 and 0.70" in told
    assert "3 or more dropped" in told
    assert "two items" not in told
    assert "0.70 or more" not in told
    # Items between 0.60 and 0.70 count as strong, and the 0.70 rule means to drop them: no sentence says otherwise.
    assert "Of the items whose true loading is 0.60 or more it drops" in told


def test_a_rule_under_the_strong_items_means_to_keep_them(report: Path) -> None:
    results = read(report)
    assert screening.rule_of(results, "sums-55").strong_kept
    assert not screening.rule_of(results, "sums-70").strong_kept


def test_csv_and_latex_have_the_groups_under_their_own_labels(report: Path) -> None:
    with (report / "tables" / "screening.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["Sum scores, 0.70 rule", "Sum scores, 0.55 rule"]
    measures = pd.read_parquet(report / "measures.parquet")
    stored = measures[
        (measures["group"] == "strong_items") & (measures["measure"] == "drop_rate") & (measures["over"] == "usable")
    ].set_index("method")
    assert stored["target"].unique().tolist() == ["true items >= 0.60"]
    for row, name in zip(rows, ("sums-70", "sums-55"), strict=True):
        assert float(row["true items >= 0.60"]) == stored.loc[name, "value"]
        assert 0 < float(row["true items >= 0.60"]) < 1
        assert "3_or_more_dropped" in row
    latex = (report / "tables" / "screening.tex").read_text(encoding="utf-8")
    # A wide table is turned, and its heads are stacked word by word.
    assert r"\shortstack[r]{true\\items\\$\geq$\\0.60}" in latex
    assert "What the screening rules drop" in latex
    assert "fewer than three items (0.70 rule) or fewer than four items (0.55 rule)" in latex
    assert "0.55 rule" in (report / "tables" / "dropped-sums-55.tex").read_text(encoding="utf-8")


def test_both_steps_are_drawn(report: Path) -> None:
    drawn = (report / "figures" / "drop-rates.svg").read_text(encoding="utf-8")
    assert drawn.count('stroke-dasharray="2,3"') == 2
    assert "Sum scores, 0.55 rule" in drawn


def test_a_group_of_one_item_is_told_in_the_singular() -> None:
    weak, good = groups(0.70)[2], groups(0.70)[1]
    assert screening.one_item(weak.meaning) == "one item that measures its construct with a true loading under 0.70"
    assert screening.one_item(good.meaning) == "one item whose true loading is 0.70 or more"
    assert screening._weak_among(1) == " (one is weak to begin with)"


def test_a_note_explains_no_column_that_is_empty(report: Path) -> None:
    results = read(report)
    assert "Weak items" in drop_tables.screening(results).note
    assert "Null items" not in drop_tables.screening(results).note  # every item measures its construct
    assert "A power is grey" not in tables.comparison(results).note  # no path is zero in any cell
