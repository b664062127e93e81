"""What reports tell of methods with `steps`: what drops items, and false positives by the number of steps taken."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.run import runner
from benchmarks.study.study import load
from reports.results import Results, read
from reports.study import drop_tables, screening
from reports.study.decisions import false_positives

STUDY = """
name = "taken"
[aims]
title = "Steps taken"
question = "What do steps do?"
[data]
population = "equal-items"
n = [40]
replications = 60
seed = 5
[data.factors]
"Y~X" = LEVELS
[estimands]
targets = ["Y~X"]
[methods.plain]
estimator = "sumscores"
"""
STOPPING = '{ rule = "more-respondents", path = "Y~X", start = 20, add = 5 }'
ITEMS = '{ rule = "until-significant", path = "Y~X" }'
HUNTING = "".join(
    f'[methods.{name}]\nestimator = "sumscores"\nsteps = [{steps}]\n'
    for name, steps in {
        "nothing": '{ rule = "nothing" }',
        "stopping": STOPPING,
        "items": ITEMS,
        "both": f"{STOPPING}, {ITEMS}",
        "mixed": f'{{ rule = "hair" }}, {ITEMS}',
    }.items()
)
JUDGING = """
[methods.judged]
estimator = "sumscores"
steps = [{ rule = "item-total", threshold = 0.55 }]
[methods.twice]
estimator = "sumscores"
steps = [{ rule = "item-total", threshold = 0.55 }, { rule = "all-at-once" }]
[methods.one]
estimator = "sumscores"
steps = [{ rule = "all-at-once" }]
"""


def _run(folder: Path, levels: str, methods: str) -> Results:
    (folder / "taken.toml").write_text(STUDY.replace("LEVELS", levels) + methods)
    runner.run(load(str(folder / "taken.toml")), folder / "results", 1, Console(quiet=True))
    return read(folder / "results")


@pytest.fixture(scope="module")
def hunting(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A null path first, and one that exists."""
    return _run(tmp_path_factory.mktemp("hunting"), "[0.0, 0.4]", HUNTING)


@pytest.fixture(scope="module")
def judging(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return _run(tmp_path_factory.mktemp("judging"), "[0.4]", JUDGING)


def test_false_positives_stand_at_the_number_of_steps_taken(hunting: Results) -> None:
    (panel,) = false_positives.figure(hunting).panels
    assert panel.title == "X → Y, n = 40"
    at = {row["name"]: (row["steps"], row["chain"]) for row in panel.rows}
    assert at == {
        "plain": (0, True), "nothing": (0, True), "stopping": (1, True), "items": (1, False), "both": (2, True),
    }  # fmt: skip
    # Only where the path is zero, and exactly the type I errors that are stored; marks stand beside each other.
    assert {row["population"] for row in panel.rows} == {0}
    for row in panel.rows:
        stored = hunting.estimate(hunting.baseline_cell, row["name"], "Y~X", "type_1_error")
        assert stored is not None
        assert row["value"] == pytest.approx(stored.value, abs=1e-6)
        assert abs(row["at"] - row["steps"]) < 0.5
    assert len({row["at"] for row in panel.rows}) == len(panel.rows)


def test_a_step_can_only_add_false_positives(hunting: Results) -> None:
    """Optional stopping ends with all respondents, and items come back: what is significant without them stays so."""
    (panel,) = false_positives.figure(hunting).panels
    rate = {row["name"]: row["value"] for row in panel.rows}
    assert rate["plain"] == rate["nothing"] < rate["stopping"] <= rate["both"]
    assert rate["plain"] < rate["items"]


def test_the_sentence_names_the_worst_single_step_and_all_together(hunting: Results) -> None:
    told = false_positives.sentence(hunting)
    assert "X → Y is truly zero. Without any step it is called significant in" in told
    worst = max(("stopping", "items"), key=lambda name: hunting.rejections(1, name, "Y~X").value)  # type: ignore[union-attr]
    assert hunting.study.methods[worst].steps[0].label in told
    assert "with 2 steps one after another in" in told


def test_without_a_null_path_or_such_steps_nothing_is_drawn(judging: Results) -> None:
    assert false_positives.figure(judging).panels == []
    assert false_positives.sentence(judging) == ""


def test_steps_that_judge_items_are_told_as_rules(judging: Results) -> None:
    assert judging.screened == ["judged", "twice", "one"]
    rules = {name: screening.rule_of(judging, name) for name in judging.screened}
    assert rules["judged"].label == "item-total 0.55 rule"
    assert rules["judged"].threshold is None  # of correlations: no line among true loadings
    assert rules["twice"].label == "item-total 0.55 rule, then 0.70 rule"
    assert (rules["one"].threshold, rules["one"].strong_kept) == (0.7, True)
    assert screening.lead(judging).startswith("At n = 40 the item-total 0.55 rule drops")
    table = drop_tables.screening(judging)
    assert [row[1] for row in table.rows] == [judging.study.methods[name].label for name in judging.screened]
    stored = judging.estimate(judging.baseline_cell, "judged", "true_items", "drop_rate")
    assert stored is not None
    assert stored.value > 0
    assert stored in table.rows[0]


def test_a_step_that_wants_significance_judges_no_item(hunting: Results) -> None:
    assert hunting.study.methods["items"].rule is None
    assert hunting.screened == ["mixed"]
    rule = screening.rule_of(hunting, "mixed")
    assert rule.label == "0.40 to 0.70 rule"


def test_of_many_rules_the_sentence_names_the_ends(judging: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Of the" not in screening._other_rules(judging)
    monkeypatch.setattr(screening, "MOST_TOLD", 1)
    told = screening._other_rules(judging)
    assert told.startswith("Of the 2 other rules these drop least and most: “")


def test_the_oracle_is_no_other_rule(judging: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    first = judging.screened[0]
    others = [name for name in judging.screened if name != first]
    assert screening._other_rules(judging)
    for name in others:
        oracle = judging.study.methods[name].rule.model_copy(update={"name": "oracle"})  # type: ignore[union-attr]
        monkeypatch.setattr(
            judging.study.methods[name], "__dict__", vars(judging.study.methods[name]) | {"rule": oracle}
        )
    assert screening._other_rules(judging) == ""
