"""Studies of interviews: run, resumed, replayed, measured and reported like every study."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.evaluation.described import describe
from benchmarks.evaluation.evaluate import measured
from benchmarks.evaluation.sampled import claims_of
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.claims import RIGHT
from benchmarks.run import runner
from benchmarks.run.replay import replay
from benchmarks.stored import store
from benchmarks.study import study
from estimators.base import Status
from reports import results as stored_results
from reports.book.kinds import INTERVIEWS
from reports.interviews import sentences as theme_sentences
from reports.interviews import tables as theme_tables
from reports.printing.typeset import as_csv
from sim.themes.population import ThemePopulation
from tests.bad_input import assert_says, changed

FILE = """
name = "few"

[aims]
title = "A few interviews"
question = "How much is known?"

[data]
population = "social-crm-interviews"
n = [5, 7]
replications = 300
seed = 3

[data.factors]
prevalences = ["40 beta", "27 as quoted"]

[estimands]
targets = ["themes", "known", "coverage", "new", "themes(10)", "interviews(0.9)"]

[methods.observed]

[methods.chao2]

[methods.chao-jost]

[methods.accumulation]

[methods.rule]
initial = 2
run = 1
"""
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def few(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("few") / "few.toml"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def done(few) -> Path:
    """The results of the study, run once by one worker, with their report."""
    folder = few.parent / "results"
    runner.run(study.load(str(few)), folder, 1, QUIET)
    reports.write(folder)
    return folder


def blocks(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.mark.acceptance
def test_two_workers_and_a_resumed_run_give_the_same_files(few, done, tmp_path):
    loaded = study.load(str(few))
    runner.run(loaded, tmp_path, 2, QUIET)
    assert blocks(tmp_path) == blocks(done)
    for cell, block in ((1, 0), (3, 1)):
        store.block_path(tmp_path, cell, block).unlink()
    (tmp_path / "measures.parquet").unlink()
    runner.run(loaded, tmp_path, 1, QUIET)
    assert blocks(tmp_path) == blocks(done)


def test_more_replications_keep_the_first_ones(few, done, tmp_path):
    runner.run(study.with_replications(study.load(str(few)), 40), tmp_path, 1, QUIET)
    some = pd.read_parquet(store.block_path(tmp_path, 2, 0))
    whole = pd.read_parquet(store.block_path(done, 2, 0))
    first = whole[whole["replication"] < 40].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, first, check_exact=True)


@pytest.mark.parametrize("replication", [0, 17, 299])
def test_a_replayed_replication_is_the_stored_one(few, done, tmp_path, replication):
    loaded = study.load(str(few))
    cell = loaded.cells[2]
    data, _, table = replay(loaded, cell, replication, tmp_path)
    own = store.cell_estimates(done, loaded, cell.number)
    own = own[own["replication"] == replication]
    for method, rows in table.groupby("method"):
        for _, row in rows.iterrows():
            column = f"value:{row['target']}"
            kept = own.loc[own["method"] == method, column].item()
            assert np.array_equal([kept], [row["value"]], equal_nan=True)
    told = pd.read_csv(data)
    assert told.shape == (5, 27)
    assert list(told.columns)[:2] == ["theme 1", "theme 2"]
    found = (told.sum() > 0).sum()
    assert own.loc[own["method"] == "observed", "value:themes"].item() == found
    assert own["truth:known"].iloc[0] == pytest.approx(found / 27)


def stored(done: Path, few: Path, cell: int) -> tuple[pd.DataFrame, pd.DataFrame, ThemePopulation]:
    loaded = study.load(str(few))
    measures = pd.read_parquet(done / "measures.parquet")
    population = loaded.cells[cell - 1].population
    assert isinstance(population, ThemePopulation)
    return measures[measures["cell"] == cell], store.cell_estimates(done, loaded, cell), population


def value(measures: pd.DataFrame, method: str, target: str, measure: str, over: str = "usable") -> pd.Series:
    chosen = (measures["method"] == method) & (measures["target"] == target) & (measures["measure"] == measure)
    return measures[chosen & (measures["over"] == over)].iloc[0]


def test_errors_are_against_each_data_sets_own_truth(few, done):
    measures, estimates, _ = stored(done, few, 2)
    own = estimates[estimates["method"] == "chao-jost"]
    error = own["value:coverage"] - own["truth:coverage"]
    bias = value(measures, "chao-jost", "coverage", "bias")
    assert bias["value"] == pytest.approx(error.mean(), rel=1e-12)
    assert bias["mcse"] == pytest.approx(error.std() / np.sqrt(300), rel=1e-12)
    assert value(measures, "chao-jost", "coverage", "empirical_se")["value"] == pytest.approx(error.std(), rel=1e-12)
    covers = (own["lower:coverage"] <= own["truth:coverage"]) & (own["truth:coverage"] <= own["upper:coverage"])
    assert value(measures, "chao-jost", "coverage", "coverage")["value"] == pytest.approx(covers.mean(), rel=1e-12)


@pytest.mark.parametrize("cell", [1, 2, 3, 4])
def test_what_is_known_is_what_the_prevalences_say(few, done, cell):
    """Mean share known within 4 Monte Carlo standard errors of its closed form, and so the bias of the claim."""
    measures, _, population = stored(done, few, cell)
    n = int(measures["n"].iloc[0])
    p = population.prevalences
    exact = float(np.mean(1 - (1 - p) ** n))
    known = value(measures, "observed", "themes", "known_at_claim")
    assert abs(known["value"] - exact) < 4 * known["mcse"]
    bias = value(measures, "observed", "known", "bias")
    assert abs(bias["value"] - (1 - exact)) < 4 * bias["mcse"]
    assert bias["truth"] == pytest.approx(exact)


def test_how_often_a_claim_is_right_is_the_poisson_binomial(few, done):
    """Themes found are a sum of independent indicators: their exact distribution by convolution."""
    measures, _, population = stored(done, few, 4)
    found = np.array([1.0])
    for chance in 1 - (1 - population.prevalences) ** 7:
        found = np.convolve(found, [1 - chance, chance])
    for name, share in RIGHT.items():
        exact = found[np.arange(28) >= share * 27 - 1e-9].sum()
        told = value(measures, "observed", "themes", name)
        assert abs(told["value"] - exact) < 4 * np.sqrt(exact * (1 - exact) / 300) + 1e-12
        assert told["n_used"] == 300


def test_claims_that_are_not_made_count_in_one_denominator_only():
    own = pd.DataFrame({
        "status": np.array([Status.OK, Status.OK, Status.NOT_CONVERGED], dtype=np.int8),
        "value:themes": [10.0, 8.0, np.nan],
        "iterations": np.array([6, 7, 7], dtype=np.int32),
    })  # fmt: skip
    told = {(row[1], row[2]): Measured(*row[4:7]) for row in measured(claims_of(own, 10))}
    assert told["known_at_claim", "usable"][::2] == (pytest.approx(0.9), 2)
    assert told["claimed_after", "usable"].value == 6.5
    assert told["right_all", "usable"][::2] == (0.5, 2)
    assert told["right_all", "all"][::2] == (pytest.approx(1 / 3), 3)
    assert told["right_80", "all"].value == pytest.approx(2 / 3)


def test_the_rule_stops_at_its_first_interview_without_news(few, done):
    _, estimates, _ = stored(done, few, 2)
    own = estimates[estimates["method"] == "rule"]
    stopped = own["status"] == Status.OK
    assert 0 < stopped.mean() < 1
    assert own.loc[stopped, "iterations"].between(3, 7).all()
    assert own.loc[~stopped, "value:themes"].isna().all()


# --- the description and the report ---


def test_the_description_holds_the_table_that_was_held(few):
    described = json.loads(describe.as_json(study.load(str(few))))["interviews"]
    assert (described["held"], described["found"]) == (7, 27)
    estimates = {(row["method"], row["target"]): row for row in described["estimates"]}
    assert estimates["chao2", "themes"]["value"] == pytest.approx(27 + 6 / 7 * 121 / 28)
    assert estimates["accumulation", "interviews(0.9)"]["se"] is None
    assert not {"observed", "rule"} & {row["method"] for row in described["estimates"]}


def test_the_answer_tells_how_much_is_known_and_how_often_the_claim_is_right(done):
    results = stored_results.read(done)
    told = theme_sentences.answer(results)
    known = results.estimate(results.baseline_cell, "observed", "themes", "known_at_claim")
    assert known is not None
    assert told.lead.startswith(f"After 5 interviews {100 * known.value:.1f}\N{NO-BREAK SPACE}±")
    assert "a claim of saturation is right (at least 90% of the themes known) in" in told.lead
    text = " ".join(told.sentences)
    assert "Over the 2 populations tried, the share known runs from" in text
    assert "for 27 as quoted" in text
    assert "Chao2 30.7 themes (27.9 to 42.5)" in text
    assert "Stopping rule (initial 2, run 1) is met within 5 interviews in" in text
    assert [case.heading for case in told.paths][:1] == ["Number of themes (themes, true value 40)"]


def test_the_page_has_what_a_report_has(done):
    page = (done / "report.html").read_text()
    lead = page.index('class="lead"')
    assert lead < page.index("The methods compared after 5 interviews") < page.index('id="figures"')
    assert page.index('id="figures"') < page.index("Full tables</h2>")
    for word in ("respondents (n)", "standardised scale", "Path by path", "loading"):
        assert word not in page[: page.index("<script")], word
    for name in ("comparison", "claims", "claims-all", "interviews", "truth", "performance-usable", "bias-themes-10*"):
        assert list((done / "tables").glob(f"{name}.csv"))
        assert list((done / "tables").glob(f"{name}.tex"))
    for name in ("known", "right", "bias", "coverage"):
        assert "interviews (n)" in (done / "figures" / f"{name}.svg").read_text()


def test_every_stored_number_has_its_error_and_count(done):
    measures = pd.read_parquet(done / "measures.parquet")
    assert (measures["n_total"] == 300).all()
    assert (measures["mcse"].notna() | (measures["n_used"] < 2)).all()


def test_the_truth_table_is_exact(done):
    table = theme_tables.truth(stored_results.read(done))
    lines = as_csv(table).splitlines()
    assert lines[0] == "prevalences,n,themes,known,coverage,new,themes(10),interviews(0.9)"
    assert len(lines) == 5
    assert lines[1].startswith("40 beta,5,40.0,")


# --- bad input ---


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("[methods.chao2]", "[methods.pls]"), ["methods.pls: method for interviews 'pls' is not known", "chao2"]),
        (('"known", "coverage"', '"PERF~ACRM", "coverage"'), ["estimands.targets[2]: 'PERF~ACRM' is no target"]),
        (('"27 as quoted"', '"28 as quoted"'), ["data.factors.prevalences[2]", "did you mean '27 as quoted'"]),
        (("initial = 2", "initial = 0"), ["methods.rule: initial is 0"]),
        (('"social-crm-interviews"', '"social-crm-interview"'), ["did you mean 'social-crm-interviews'"]),
    ],
)
def test_a_mistake_is_told_with_its_place_before_any_draw(refused, tmp_path, change, words):
    (tmp_path / "few.toml").write_text(changed(FILE, change))
    assert_says(refused("run", "few.toml"), words)


def test_a_survey_has_no_use_for_methods_that_count_themes(refused, tmp_path):
    factors = '[data.factors]\nprevalences = ["40 beta", "27 as quoted"]\n'
    (tmp_path / "few.toml").write_text(changed(FILE, ('"social-crm-interviews"', '"three-factors"'), (factors, "")))
    words = ["methods.chao2: estimator 'chao2' is not known", "estimands.targets[1]: 'themes' is no target"]
    assert_says(refused("run", "few.toml"), words)


@pytest.mark.parametrize(
    ("estimands", "methods", "words"),
    [
        ('["coverage"]', "[methods.turing]\n[methods.observed]", "2 methods are compared on known themes"),
        ('["themes", "themes(2)"]', "[methods.chao2]\n[methods.rule]", "2 methods are compared on known themes"),
        ('["themes"]', "[methods.observed]", "of the themes are known on average"),
    ],
)
def test_a_small_study_of_a_population_without_a_table_has_a_report(tmp_path, estimands, methods, words):
    (tmp_path / "mine.toml").write_text("[themes]\nprevalences = [0.9, 0.5, 0.02]\n")
    head, _, _ = FILE.partition("[data.factors]")
    head = changed(head, ('"social-crm-interviews"', '"mine.toml"'), ("[5, 7]", "[4]"), ("= 300", "= 20"))
    (tmp_path / "small.toml").write_text(f"{head}[estimands]\ntargets = {estimands}\n{methods}\n")
    runner.run(study.load(str(tmp_path / "small.toml")), tmp_path / "results", 1, QUIET)
    results = stored_results.read(tmp_path / "results")
    assert words in theme_sentences.answer(results).lead
    assert all(table.rows for table in INTERVIEWS.tables(results))
    assert INTERVIEWS.figures(results)
