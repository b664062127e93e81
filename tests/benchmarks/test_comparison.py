"""Published figures beside own ones: the arithmetic by hand, the form of the section, the page."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.evaluation.comparison import compare, error_of_difference, error_of_shares, tolerance, z_of
from benchmarks.evaluation.evaluate import evaluate
from benchmarks.run import runner
from benchmarks.stored import checksums
from benchmarks.study import study
from benchmarks.study.form.publishedfile import figures
from reports.results import read
from reports.study import published
from tests.bad_input import TINY, Refused, assert_says, changed

SECTION = """
[published]
source = "Someone & Else (1999)"
replications = 50
notes = ["A remark."]

[[published.tables]]
n = 30
measure = "mean"
methods = ["sumscores", "pls"]
decimals = 2
[published.tables.values]
"eta2 ~ eta1" = [0.51, 0.90]

[[published.tables]]
n = 30
measure = "failure_rate"
methods = ["pls"]
decimals = 2
values = { fit = [0.0] }

[[published.tables]]
measure = "limit_before_cut"
methods = ["sumscores"]
decimals = 6
values = { "eta2~eta1" = [0.505715], "r2(eta3)" = [0.35] }

[[published.tables]]
n = 30
measure = "power"
methods = ["pls"]
decimals = 2
values = { "eta2~eta1" = [0.5] }
"""
STUDY = changed(TINY, ("replications = 4", "replications = 40")) + SECTION


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study with published figures, run."""
    place = tmp_path_factory.mktemp("published")
    (place / "tiny.toml").write_text(STUDY)
    runner.run(study.load(str(place / "tiny.toml")), place / "results", 1, Console(quiet=True))
    return place / "results"


def test_the_tolerance_is_2_6_for_one_comparison_and_keeps_its_probability_for_many() -> None:
    assert tolerance(1) == pytest.approx(2.6, abs=1e-12)
    alone = math.erfc(2.6 / math.sqrt(2))
    for count in (2, 13, 500):
        one = math.erfc(tolerance(count) / math.sqrt(2))
        assert (1 - one) ** count == pytest.approx(1 - alone, abs=1e-12)
    # a = P(|Z| > 2.6) = .009322; 1 - (1 - a)^(1/13) = .000720, which |Z| > 3.3818 has.
    assert tolerance(13) == pytest.approx(3.3818, abs=5e-5)
    assert tolerance(0) == tolerance(1)


def test_z_takes_rounding_off_and_keeps_the_sign() -> None:
    # .0435 - .005 = .0385; .0385 / .011 = 3.5
    assert z_of(0.0435, 0.005, 0.011) == pytest.approx(3.5)
    assert z_of(-0.0435, 0.005, 0.011) == pytest.approx(-3.5)
    assert z_of(0.004, 0.005, 0.011) == 0.0
    assert z_of(-0.004, 0.005, 0.0) == 0.0
    assert z_of(-0.006, 0.005, 0.0) == -math.inf


def test_errors_of_differences_by_hand() -> None:
    # SD .1: v = .01; sqrt(.01/1000 + .01/4000) = .00353553; the own MCSE is .1 / sqrt(4000).
    assert error_of_difference(0.1 / math.sqrt(4000), 4000, 1000) == pytest.approx(0.0035355339, abs=1e-10)
    # 500 x .2 + 2000 x .25 = 600 of 2500: p = .24; sqrt(.24 x .76 x (1/500 + 1/2000)) = .0213542
    assert error_of_shares(0.25, 2000, 0.20, 500) == pytest.approx(0.0213542, abs=1e-7)
    # A share of 1 has no spread of its own, and yet an error: p = .999
    assert error_of_shares(1.0, 500, 0.998, 500) == pytest.approx(math.sqrt(0.999 * 0.001 * 2 / 500), abs=1e-12)


def test_z_is_standard_normal_when_both_studies_have_one_truth() -> None:
    rng = np.random.default_rng(5)
    z = []
    for _ in range(2000):
        own, printed = rng.normal(0.3, 0.1, 400), rng.normal(0.3, 0.1, 100)
        error = error_of_difference(own.std(ddof=1) / 20, 400, 100)
        z.append(z_of(own.mean() - printed.mean(), 0.0, error))
    # The SD of 2,000 z is known to 1/sqrt(4000) = 1.6 %, their mean to 2.2 %: four of these errors.
    assert abs(np.std(z) - 1) < 0.064
    assert abs(np.mean(z)) < 0.09


def test_every_figure_is_set_beside_the_stored_one(folder: Path) -> None:
    table = pd.read_parquet(folder / "published.parquet")
    stored = pd.read_parquet(folder / "measures.parquet")
    assert table["measure"].tolist() == [
        "mean",
        "mean",
        "failure_rate",
        "limit_before_cut",
        "limit_before_cut",
        "power",
    ]
    bias = stored[(stored["measure"] == "bias") & (stored["over"] == "usable") & (stored["target"] == "eta2~eta1")]
    bias = bias.set_index("method")
    for place, method in ((0, "sumscores"), (1, "pls")):
        row = table.iloc[place]
        assert row["own"] == pytest.approx(0.6 + bias.loc[method, "value"], abs=1e-15)
        error = bias.loc[method, "mcse"] * math.sqrt(1 + bias.loc[method, "n_used"] / 50)
        expected = math.copysign(max(abs(row["own"] - row["published"]) - 0.005, 0) / error, row["difference"])
        assert row["z"] == pytest.approx(expected, abs=1e-12)
        assert row["tolerance"] == pytest.approx(tolerance(3), abs=1e-12)
    assert table["beyond"].tolist() == [False, True, False, False, True, False]
    assert table.loc[2, "own"] == 0.0
    # PLS has no test without resamples: nothing to set beside its power.
    assert np.isnan(table.loc[5, "own"])


ERRORS = """
[published]
source = "Someone & Else (1999)"
replications = 400

[[published.tables]]
n = 30
measure = "mean"
methods = ["sumscores", "pls"]
decimals = 3
mcse = { "eta2~eta1" = [0.02, 0.5] }
values = { "eta2~eta1" = [0.51, 0.9] }

[[published.tables]]
n = 30
measure = "mean"
methods = ["sumscores"]
decimals = 3
spread = { "r2(eta3)" = [0.2] }
values = { "r2(eta3)" = [0.3] }

[[published.tables]]
n = 30
measure = "power"
methods = ["sumscores"]
decimals = 3
replications = 4
values = { "eta2~eta1" = [0.75] }

[[published.tables]]
n = 30
measure = "empirical_se"
methods = ["sumscores"]
decimals = 3
replications = 6
values = { "eta2~eta1" = [0.1] }
"""


def test_a_published_figures_own_error_counts_and_loose_comparisons_are_known(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(changed(TINY, ("replications = 4", "replications = 40")) + ERRORS)
    runner.run(study.load(str(tmp_path / "tiny.toml")), tmp_path / "results", 1, Console(quiet=True))
    rows = pd.read_parquet(tmp_path / "results" / "published.parquet")
    # printed error, or spread / sqrt(R), beside the own one: sqrt(e^2 + m^2), whatever the own spread is
    for place, theirs in ((0, 0.02), (1, 0.5), (2, 0.2 / math.sqrt(400))):
        assert rows.loc[place, "error"] == pytest.approx(math.hypot(theirs, rows.loc[place, "mcse"]), abs=1e-12)
    own, p = rows.loc[3, "own"], rows.loc[3, "published"]
    assert rows.loc[3, "error"] == pytest.approx(error_of_shares(own, 40, p, 4), abs=1e-12)
    tolerated = rows["tolerance"] * rows["error"] + 0.5e-3
    assert tolerated[1] > 0.3 > tolerated[0]  # half of the truth, 0.6
    assert tolerated[3] > 0.25
    assert tolerated[4] > 0.05
    assert rows["loose"].tolist() == [False, True, False, True, True]


def test_the_report_counts_and_names_what_lies_beyond(folder: Path) -> None:
    page = reports.write(folder).read_text()
    results = read(folder)
    told = published.told(results)
    assert told is not None
    assert told.lead == (
        "2 of 3 simulated figures that could be compared come out again, 1 lies beyond the tolerance; 1 of 2 exact "
        "figures that could be compared come out again, 1 lies beyond the tolerance; 1 figure is not compared."
    )
    assert "Mean estimate at n = 30, eta2~eta1 by PLS, 0.70 rule (0.90 published" in " ".join(told.sentences)
    assert "Not compared, because power needs a p-value from the method" in " ".join(told.sentences)
    assert told.notes == ["Source: Someone & Else (1999).", "A remark."]
    assert told.lead in page
    assert 'id="published"' in page
    assert 'data-figure="published"' in page
    written = pd.read_csv(folder / "tables" / "published.csv").fillna({"why_not": ""})
    pd.testing.assert_frame_equal(written, results.published, check_exact=True)
    assert r"\caption{Published and own figures}" in (folder / "tables" / "published.tex").read_text()
    assert (folder / "figures" / "published.svg").read_text().startswith("<svg")


FACTORS = """
name = "factors"
[aims]
title = "Two populations"
question = "Which one is meant?"
[data]
population = "social-crm"
n = [40]
replications = 10
seed = 1
[data.factors]
effect = ["medium", "large"]
[estimands]
targets = ["SMS~CRO"]
[methods.sums]
estimator = "sumscores"
[methods.sums-hc3]
estimator = "sumscores"
errors = "hc3"
[published]
source = "a made-up paper"
replications = 10
[[published.tables]]
n = 40
measure = "mean"
methods = ["sums"]
decimals = 2
levels = { effect = "large" }
values = { "SMS~CRO" = [0.4] }
[[published.tables]]
measure = "limit_after_cut"
methods = ["sums"]
decimals = 2
within = 0.1
values = { "SMS~CRO" = [0.2] }
"""


def test_figures_are_those_of_the_population_they_name(tmp_path: Path) -> None:
    (tmp_path / "factors.toml").write_text(FACTORS)
    runner.run(study.load(str(tmp_path / "factors.toml")), tmp_path, 1, Console(quiet=True))
    results = read(tmp_path)
    assert results.published is not None
    assert results.published["effect"].tolist() == ["large", "medium"]
    first, second = published.table(results).rows
    assert first[:3] == ("Mean estimate at n = 40, effect large, loading 0.8", "SMS~CRO", "Sum scores (sums)")
    assert second[0] == "Limit, answers in categories, effect medium, loading 0.8"
    (panel,) = published.figure(results).panels
    assert [row["population"] for row in panel.rows] == [1]
    told = published.told(results)
    assert told is not None
    assert "may differ by 0.1, as the study file says" in " ".join(told.sentences)
    # Methods that differ in a setting have the same label; the study's own names tell them apart.
    assert results.study.methods["sums-hc3"].label == "Sum scores (sums-hc3)"


def test_a_study_without_published_figures_has_no_such_section(plain_report: Path) -> None:
    assert 'id="published"' not in (plain_report / "report.html").read_text()
    assert not (plain_report / "tables" / "published.csv").exists()


def test_a_section_taken_out_leaves_no_comparison_behind(tmp_path: Path) -> None:
    results = tmp_path / "results"
    for text, compared in ((STUDY, True), (STUDY.replace(SECTION, ""), False)):
        (tmp_path / "tiny.toml").write_text(text)
        runner.run(study.load(str(tmp_path / "tiny.toml")), results, 1, Console(quiet=True))
        reports.write(results)
        assert (results / "published.parquet").exists() == compared
        assert ("published.parquet" in checksums.read(results)) == compared
        assert ((results / "tables" / "published.csv").exists()) == compared


def test_published_figures_change_no_stream_and_no_block(tmp_path: Path) -> None:
    (tmp_path / "with.toml").write_text(STUDY)
    (tmp_path / "without.toml").write_text(STUDY.replace(SECTION, ""))
    beside, alone = study.load(str(tmp_path / "with.toml")), study.load(str(tmp_path / "without.toml"))
    assert beside.fingerprint == alone.fingerprint


def test_a_quick_run_compares_the_cells_that_it_runs(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(changed(STUDY, ("n = [30]\n", "n = [30, 40]\n")) + "\n[quick]\nn = [40]\n")
    quick = study.load(str(tmp_path / "tiny.toml"), quick=True)
    cell = quick.cells[0]
    table = runner.block_table(quick, cell, 0).to_pandas()
    found = compare(quick, evaluate(quick, cell, table))
    assert set(found["measure"]) == {"limit_before_cut"}
    assert quick.file.published is not None
    assert len(list(figures(quick.file.published))) == 6


CASES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "a size that is not run": (
        [('n = 30\nmeasure = "mean"', 'n = 35\nmeasure = "mean"')],
        ["published.tables[1].n: 35 is not in data.n (30)", "add it there"],
    ),
    "no size": (
        [('n = 30\nmeasure = "mean"', 'measure = "mean"')],
        ["published.tables[1].n: is missing", "data.n: 30"],
    ),
    "a limit with a size": (
        [('measure = "limit_before_cut"', 'n = 30\nmeasure = "limit_before_cut"')],
        ["published.tables[3].n: 30 given", "leave n out"],
    ),
    "unknown method": (
        [('["sumscores", "pls"]', '["sumscores", "plss"]')],
        ["published.tables[1].methods[2]", "'plss'", "did you mean 'pls'?"],
    ),
    "unknown estimand": (
        [('"eta2 ~ eta1" =', '"eta2 ~ eta3" =')],
        ["published.tables[1].values.eta2 ~ eta3", "eta2~eta1"],
    ),
    "too few values": ([("[0.51, 0.90]", "[0.51]")], ["values.eta2 ~ eta1: 1 values for 2 methods"]),
    "percent": ([('"eta2~eta1" = [0.5] }', '"eta2~eta1" = [50] }')], ["50 is no share", "0 to 1"]),
    "unknown measure": ([('measure = "mean"', 'measure = "average"')], ["published.tables[1].measure", "'average'"]),
    "a distance for a z": (
        [('n = 30\nmeasure = "mean"', 'n = 30\nwithin = 0.1\nmeasure = "mean"')],
        ["published.tables[1].within: 0.1 given", "by its z"],
    ),
    "no decimals": ([("decimals = 6", "")], ["published.tables[3].decimals: is missing"]),
    "no source": ([('source = "Someone & Else (1999)"', "")], ["published.source: is missing"]),
    "unknown factor": (
        [("decimals = 6", "decimals = 6\nlevels = { effect = 1 }")],
        ["published.tables[3].levels.effect"],
    ),
    "a method's figure of a path": ([("{ fit = [0.0] }", '{ "eta2~eta1" = [0.0] }')], ["values.eta2~eta1", "fit"]),
}


@pytest.mark.parametrize("case", CASES)
def test_mistakes_in_the_section_are_told_with_their_place(case: str, refused: Refused, tmp_path: Path) -> None:
    changes, parts = CASES[case]
    (tmp_path / "tiny.toml").write_text(changed(STUDY, *changes))
    assert_says(refused("run", "tiny.toml"), parts)
