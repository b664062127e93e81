"""Finite populations and clusters in studies: what is stored and measured, what composes, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from rich.console import Console

from benchmarks.run import replay, runner
from benchmarks.stored import store
from benchmarks.study import study
from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from reports.book.kinds import SURVEY
from reports.results import read
from reports.study.finite_tables import both_truths, both_truths_in_every_cell
from sim import catalogue
from sim.drawing.draw import finite_truth
from sim.implied.implied import implied
from sim.structures.sampling import Sampling
from tests.bad_input import Refused, assert_says, changed
from tests.every_method import THREE_BLOCKS
from tests.made_studies import plain_study

FIRMS = (
    THREE_BLOCKS
    + """[responses]
reversed = ["x3"]
acquiescence = 0.05
careless = 0.05
[sampling]
clusters = { Haliopole = 52, Logipole = 21, Agrotech = 15 }
icc = 0.1
icc_errors = 0.05
response = { Haliopole = 0.8, Logipole = 0.7, Agrotech = 0.9 }
[factors.icc]
sets = "sampling.icc"
levels = [0.1, 0.3]
[factors.response]
sets = "sampling.response.Haliopole"
levels = { equal = 0.8, lower = 0.5 }
[factors.firms]
sets = "sampling.clusters.Logipole"
levels = [21, 40]
"""
)
STUDY = """
name = "firms"
[aims]
title = "Firms"
question = "Does every method take them?"
[data]
population = "mine.toml"
n = [72]
replications = 3
seed = 5
[estimands]
targets = ["G~F", "G~H", "r2(G)", "F=~x1", "ave(H)"]
"""
METHODS = """
[methods.sumscores]
[methods.ml]
[methods.ml-fpc]
estimator = "ml"
fpc = 88
[methods.pls-screened]
estimator = "pls"
resamples = 20
fpc = 88
screening = { threshold = 0.6 }
"""
QUIET = Console(quiet=True)


def written(folder: Path, population: str = FIRMS, text: str = STUDY + METHODS) -> str:
    """A study file on the population, both in the folder; gives its path."""
    (folder / "mine.toml").write_text(population)
    (folder / "firms.toml").write_text(text)
    return str(folder / "firms.toml")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[study.Study, Path]:
    """The study run over two cells of 260 replications, and its results."""
    folder = tmp_path_factory.mktemp("firms")
    text = changed(
        STUDY,
        ("replications = 3", "replications = 260"),
        ("[estimands]", "[data.factors]\nicc = [0.1, 0.3]\n[estimands]"),
    )
    loaded = study.load(written(folder, text=text + METHODS.replace("resamples = 20\n", "")))
    runner.run(loaded, folder / "results", 2, QUIET)
    return loaded, folder / "results"


#: The other ways to inference, in front of the correction.
RESAMPLED = """
[methods.pls-boot]
estimator = "pls"
resamples = 20
fpc = 88
[methods.ml-boot]
estimator = "ml"
resamples = 20
fpc = 88
[methods.jackknife]
estimator = "plsc"
inference = "jackknife"
fpc = 88
[methods.screened]
estimator = "pls"
resamples = 20
fpc = 88
screening = { threshold = 0.6 }
"""


def test_every_method_takes_firms_in_clusters_that_answer_in_every_way(tmp_path: Path) -> None:
    every = "".join(f"[methods.{name}]\nfpc = 88\n" for name in ESTIMATORS)
    loaded = study.load(written(tmp_path, text=STUDY + every + RESAMPLED))
    runner.run(loaded, tmp_path / "results", 1, QUIET)
    measures = pd.read_parquet(tmp_path / "results" / "measures.parquet").set_index(["method", "measure"])
    for name in (*ESTIMATORS, "pls-boot", "ml-boot", "jackknife", "screened"):
        assert (measures.loc[(name, "convergence_rate"), "value"] > 0).all(), name
        assert np.isfinite(measures.loc[(name, "finite_bias"), "value"]).any(), name


def test_what_is_stored_is_what_the_firms_are(finished: tuple[study.Study, Path]) -> None:
    loaded, results = finished
    for cell in loaded.cells:
        estimates, address = store.cell_estimates(results, loaded, cell.number), loaded.address(cell)
        blocks = [finite_truth(cell.population, loaded.estimands, address, *block) for block in ((0,), (1, 4))]
        expected = np.concatenate(blocks)
        for method in loaded.methods:
            own = estimates[estimates["method"] == method.name]
            assert_array_equal(own[[f"truth:{target.name}" for target in loaded.estimands]].to_numpy(), expected)
        # Of 88 firms a path has a standard deviation of about 0.1, so the mean of 260 lies within 0.03 of the truth.
        assert (np.abs(expected.mean(axis=0) - cell.population.truth(loaded.estimands))[:2] < 0.03).all()


def test_measures_against_the_firms_are_those_of_the_stored_columns(finished: tuple[study.Study, Path]) -> None:
    loaded, results = finished
    measures = pd.read_parquet(results / "measures.parquet").set_index(["cell", "method", "target", "measure", "over"])
    estimates = store.cell_estimates(results, loaded, 2)
    own = estimates[estimates["method"] == "ml-fpc"]
    used = own[own["status"] == Status.OK]
    for target in ("G~F", "F=~x1"):
        distance = used[f"value:{target}"] - used[f"truth:{target}"]
        covers = used[f"truth:{target}"].between(used[f"lower:{target}"], used[f"upper:{target}"])
        expected = {
            "finite_bias": (distance.mean(), distance.std() / np.sqrt(len(used))),
            "finite_empirical_se": (distance.std(), None),
            "finite_rmse": (np.sqrt((distance**2).mean()), None),
            "finite_coverage": (covers.mean(), np.sqrt(covers.mean() * (1 - covers.mean()) / len(used))),
        }
        for measure, (value, mcse) in expected.items():
            row = measures.loc[(2, "ml-fpc", target, measure, "usable")]
            assert row["value"] == pytest.approx(value, rel=1e-12)
            assert mcse is None or row["mcse"] == pytest.approx(mcse, rel=1e-12)
            assert (row["n_used"], row["n_total"]) == (len(used), 260)
        among_all = measures.loc[(2, "ml-fpc", target, "finite_coverage", "all")]
        # Inadmissible estimates have intervals too; failed ones, which have none, count as misses.
        covers_of_all = own[f"truth:{target}"].between(own[f"lower:{target}"], own[f"upper:{target}"])
        assert among_all["value"] == pytest.approx(covers_of_all.sum() / 260, rel=1e-12)
    assert ("pls-screened", "finite_coverage") not in {key[1:4:2] for key in measures.index}  # it has no interval


def test_a_replication_is_drawn_again_alone(finished: tuple[study.Study, Path]) -> None:
    loaded, results = finished
    batch = replay.replication_batch(loaded, loaded.cells[1], 258)
    stored = store.cell_estimates(results, loaded, 2).query("replication == 258").set_index("method")
    for name, fit in runner.fit_all(loaded, batch).items():
        assert_array_equal(
            fit.value[0], stored.loc[name, [f"value:{t.name}" for t in loaded.estimands]].to_numpy(float)
        )


def test_an_interrupted_run_goes_on_with_the_same_numbers(finished: tuple[study.Study, Path], tmp_path: Path) -> None:
    loaded, results = finished
    short = study.with_replications(loaded, 256)
    runner.run(short, tmp_path / "results", 1, QUIET)
    runner.run(loaded, tmp_path / "results", 1, QUIET)
    again, once = (store.cell_estimates(folder, loaded, 1) for folder in (tmp_path / "results", results))
    pd.testing.assert_frame_equal(again, once)


def test_reports_show_both_truths(finished: tuple[study.Study, Path]) -> None:
    _, results = finished
    read_back = read(results)
    made = {table.name: table for table in SURVEY.tables(read_back)}
    assert [row[1] for row in made["finite"].rows[:4]] == [
        "Sum scores",
        "ML SEM",
        "ML SEM, fpc 88",
        "PLS, 0.60 rule, fpc 88",
    ]
    both = both_truths(read_back).rows[1]
    assert both[2] == read_back.estimate(1, "ml", "G~F", "bias")
    assert both[3] == read_back.estimate(1, "ml", "G~F", "finite_bias")
    every = both_truths_in_every_cell(read_back)
    assert [column.header for column in every.columns[:4]] == ["icc", "n", "Path", "Method"]
    assert len(every.rows) == 2 * 2 * 4
    assert "finite coverage" in [column.header for column in made["performance-usable"].columns]


def test_reports_of_other_studies_have_no_word_of_it(tmp_path: Path) -> None:
    results = read(plain_study(tmp_path))
    assert not both_truths(results).rows
    assert not [table.name for table in SURVEY.tables(results) if "finite" in table.name]


def test_factors_set_sizes_shares_and_chances_and_each_level_is_a_population(tmp_path: Path) -> None:
    text = changed(
        STUDY,
        (
            "[estimands]",
            '[data.factors]\nicc = [0.1, 0.3]\nresponse = ["equal", "lower"]\nfirms = [21, 40]\n[estimands]',
        ),
    )
    cells = study.load(written(tmp_path, text=text + "[methods.sumscores]\n")).cells
    designs = [cell.population.sampling for cell in cells]
    assert [design.icc for design in designs] == [0.1] * 4 + [0.3] * 4
    assert [design.response["Haliopole"] for design in designs[:4]] == [0.8, 0.8, 0.5, 0.5]
    assert [design.size for design in designs[:4]] == [88, 107] * 2
    assert len({cell.key for cell in cells}) == 8


def test_a_cell_may_be_finite_beside_one_that_is_not(tmp_path: Path) -> None:
    firms = '[factors.firms]\nsets = "sampling.population_size"\nlevels = { few = 88, endless = 0 }\n'
    population = FIRMS.partition("[responses]")[0] + firms
    text = changed(STUDY, ("[estimands]", '[data.factors]\nfirms = ["few", "endless"]\n[estimands]'))
    loaded = study.load(written(tmp_path, population, text + "[methods.sumscores]\n"))
    assert [cell.finite for cell in loaded.cells] == [True, False]
    assert loaded.cells[1].population.sampling == Sampling()
    runner.run(loaded, tmp_path / "results", 1, QUIET)
    measures = pd.read_parquet(tmp_path / "results" / "measures.parquet")
    assert set(measures[measures["measure"] == "finite_bias"]["cell"]) == {1}


def test_the_catalogues_firms_are_those_of_the_source() -> None:
    population = catalogue.population("crm-clusters-sampled")
    assert population.sampling.size == 88
    assert population.sampling.clusters == {"Haliopole": 52, "Logipole": 21, "Agrotech": 15}
    assert_array_equal(population.structure.covariance, catalogue.population("crm-clusters").structure.covariance)
    lower = catalogue.population("crm-clusters-sampled", {"response": "lower", "icc": 0.2}).sampling
    assert (lower.icc, lower.response) == (0.2, {"Haliopole": 0.6, "Logipole": 0.82, "Agrotech": 0.82})
    asked = study.load("crm-clusters-sampled", quick=True)
    assert [cell.population.sampling.icc for cell in asked.cells] == [0.0, 0.2]
    assert {method.fpc for method in asked.methods} == {None, 88}


def test_moments_of_answers_and_limits_are_those_of_the_endless_population() -> None:
    sampled, plain = catalogue.population("crm-clusters-sampled"), catalogue.population("crm-clusters")
    assert_allclose(
        implied(sampled).likert_moments.covariances, implied(plain).likert_moments.covariances, rtol=0, atol=0
    )


CASES: dict[str, tuple[tuple[str, str], list[str]]] = {
    "an unknown key": (("response = {", "respons = {"), ["sampling.respons", "did you mean 'response'?"]),
    "a number in words": (("icc = 0.1", 'icc = "some"'), ["sampling.icc", "'some' given", "number"]),
    "half a firm": (("Logipole = 21", "Logipole = 21.5"), ["sampling.clusters.Logipole", "21.5 given", "whole number"]),
    "an icc beyond 1": (("icc_errors = 0.05", "icc_errors = 1.1"), ["sampling.icc_errors is 1.1", "0 to 1"]),
    "a stranger's chance": (("Agrotech = 0.9", "Agrotec = 0.9"), ["sampling.response", "'Agrotec'", "'Agrotech'"]),
    "a factor of an unknown cluster": (
        ("sampling.response.Haliopole", "sampling.response.Halio"),
        ["sampling.response", "'Halio'"],
    ),
    "a factor of an unknown key": (('"sampling.icc"', '"sampling.ikk"'), ["factor icc", "'ikk'"]),
    "a factor of all clusters": (('"sampling.icc"', '"sampling.clusters"'), ["factor icc", "'clusters'"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_sampling_is_told_with_its_place(case: str, refused_population: Refused) -> None:
    change, parts = CASES[case]
    assert_says(refused_population(changed(FIRMS, change)), ["mine.toml", *parts])


def test_sizes_beyond_the_firms_are_told_with_their_place(refused: Refused) -> None:
    Path("mine.toml").write_text(FIRMS)
    text = changed(STUDY, ("n = [72]", "n = [60, 72, 150]")) + METHODS.replace("fpc = 88", "fpc = 70")
    Path("firms.toml").write_text(text)
    told = refused("run", "firms.toml")
    assert_says(told, ["data.n[3]: n = 150 is more than the 88 firms of the population; give at most 88"])
    assert_says(told, ["methods.ml-fpc: fpc = 70 firms cannot have n = 72 respondents; give the population's size"])


def test_the_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    docs = (Path(__file__).parent.parent.parent / "docs" / "sampling.md").read_text(encoding="utf-8")
    population, methods = re.findall(r"```toml\n(.*?)```", docs, re.S)
    text = changed(STUDY, ('["G~F", "G~H", "r2(G)", "F=~x1", "ave(H)"]', '["PERF~ACRM"]'))
    loaded = study.load(written(tmp_path, population, text + methods))
    assert loaded.cells[0].population.sampling.size == 88
    assert [method.fpc for method in loaded.methods] == [None, 88]
