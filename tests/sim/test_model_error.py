"""Model error to a target RMSEA: against maximum likelihood, by its own formulas, in studies, and refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks.portraits.portrait import portrait
from estimators.catalogue import ESTIMATORS
from estimators.factors.structure import parameter_count
from reports.show import tables as show_tables
from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.batch import Batch, Moments
from sim.implied.misfit import degrees_of_freedom, population_rmsea
from sim.model import Model
from sim.population.record import Population
from sim.solving.perturbed import with_model_error
from sim.streams import Address, content_key
from sim.structures.model_error import ModelError, inverse_wishart, minor_factor_correlations
from tests.bad_input import Refused, assert_says, changed
from tests.draws import MANY, assert_a_draw_agrees
from tests.every_method import ANSWERED, assert_every_method_takes

ML = ESTIMATORS["ml"].estimator().without_inference()
MODEL = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nH =~ z1 + z2\nG ~ F\nH ~ G\nx1 ~~ y1")
VALUES = {
    "F=~x1": 0.7, "F=~x2": 0.6, "F=~x3": -0.5, "G=~y1": 0.8, "G=~y2": 0.6, "G=~y3": 0.5, "H=~z1": 0.7, "H=~z2": 0.6,
    "G~F": 0.4, "H~G": 0.3, "x1~~y1": 0.1,
}  # fmt: skip
PLAIN = Population.of(MODEL, VALUES)


def asking(population: Population = PLAIN, **settings: float | str) -> Population:
    """The population with model error."""
    return with_model_error(replace(population, model_error=ModelError(**settings)))  # type: ignore[arg-type]


def rmsea_of_ml(model: Model, moments: Moments) -> float:
    """RMSEA of maximum likelihood for infinitely many respondents."""
    return float(ML.fit(Batch.of_moments(moments), model, [model.target("rmsea")]).value[0, 0])


@pytest.mark.parametrize("method", ["tkl", "wu-browne"])
@pytest.mark.parametrize("target", [0.02, 0.05, 0.08])
def test_maximum_likelihood_finds_the_target(method: str, target: float) -> None:
    population = asking(rmsea=target, method=method)
    assert_allclose(rmsea_of_ml(MODEL, population.moments), target, rtol=0, atol=1e-6)
    assert np.array_equal(population.loadings, PLAIN.loadings)
    assert np.array_equal(population.structure.construct_correlations, PLAIN.structure.construct_correlations)
    assert_allclose(np.diag(population.structure.covariance), 1.0, rtol=0, atol=1e-15)
    assert np.linalg.eigvalsh(population.structure.error_matrix)[0] > 0


@pytest.mark.parametrize("name", ["crm-clusters", "goodhue-2012", "three-factors"])
def test_least_discrepancies_are_those_of_maximum_likelihood(name: str) -> None:
    population = catalogue.population(name)
    model, p = population.model, len(population.loadings)
    w = np.random.default_rng(3).normal(0, 0.12, (p, 3))
    covariance = population.structure.covariance + w @ w.T
    covariance /= np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    ours = population_rmsea(population.structure, covariance)
    assert_allclose(ours, rmsea_of_ml(model, Moments(np.zeros((1, p)), covariance[None], np.inf)), rtol=1e-7, atol=0)
    assert degrees_of_freedom(model) == p * (p + 1) // 2 - parameter_count(model)


def test_items_alone_sinks_and_correlated_constructs_are_fitted_as_by_maximum_likelihood() -> None:
    model = Model.parse("F =~ x1 + x2\nG =~ y1\nH =~ z1 + z2\nK =~ k1 + k2\nH ~ F + G\nK ~ F")
    values = {t.name: 0.7 for t in model.targets if t.kind == "loading"} | {"G=~y1": 1.0}
    population = Population.of(model, values | {"H~F": 0.3, "H~G": 0.2, "K~F": 0.4, "F~~G": 0.3, "x1~~z1": 0.15})
    assert_allclose(
        population_rmsea(population.structure, population.structure.covariance),
        rmsea_of_ml(model, population.moments),
        rtol=1e-7,
        atol=0,
    )


def test_minor_factors_take_one_share_of_every_unique_variance() -> None:
    population = asking(rmsea=0.05, epsilon=0.1, minor_factors=20)
    deviations = np.sqrt(1 - PLAIN.loadings**2)
    added = (population.error_covariances - PLAIN.error_covariances) / np.outer(deviations, deviations)
    rng = Address(1, content_key({"model": MODEL.syntax})).generator("model error", 0)
    w = minor_factor_correlations(8, 20, 0.1, rng)
    shares = added[np.triu_indices(8, 1)] / w[np.triu_indices(8, 1)]
    # Error covariances are rounded to nine decimals.
    assert_allclose(shares, shares[0], rtol=0, atol=1e-6)
    assert 0 < shares[0] < 1
    assert_allclose(np.diag(w), 1.0, rtol=0, atol=1e-14)
    assert np.linalg.eigvalsh(w)[0] > 0
    # One factor alone is all there is when the others have no variance.
    assert_allclose(np.abs(minor_factor_correlations(8, 20, 1 - 1e-12, np.random.default_rng(1))), 1.0, atol=1e-9)


def test_inverse_wishart_draws_have_their_mean_and_spread() -> None:
    # Correlations of inverse Wishart draws: for independent items and a high precision m, variance near 1 / m, mean 0.
    p, m, draws = 4, 400.0, 4000
    rng = np.random.default_rng(8)
    known = np.eye(p)
    known[0, 1] = known[1, 0] = 0.6
    drawn = np.array([
        inverse_wishart(known, m, rng.standard_normal((p, p)), rng.random(p)) for _ in range(draws)
    ])  # fmt: skip
    first, second = np.triu_indices(p, 1)
    correlations = drawn[:, first, second]
    expected = (1 - known[first, second] ** 2) ** 2 / m
    # Means are biased by rho (1 - rho^2) / (2 m) at most, 5e-4; variances have relative errors sqrt(2 / draws).
    assert_allclose(correlations.mean(axis=0), known[first, second], rtol=0, atol=4 / np.sqrt(m * draws) + 5e-4)
    assert_allclose(correlations.var(axis=0), expected, rtol=4 * np.sqrt(2 / draws) + 0.02, atol=0)


def test_seeds_are_different_errors_and_one_seed_is_one(tmp_path: Path) -> None:
    first, again, other = (asking(rmsea=0.05, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.error_covariances, again.error_covariances)
    assert np.abs(first.error_covariances - other.error_covariances).max() > 0.01
    assert asking(rmsea=0.0, seed=3).content == PLAIN.content
    assert first.content["model_error"] == {"rmsea": 0.05}
    assert "model error to RMSEA 0.05 (minor factors" in first.words
    (tmp_path / "mine.toml").write_text(FILE)
    levels = [{"misfit": level} for level in ("none", "close")]
    none, close = (catalogue.population(str(tmp_path / "mine.toml"), each) for each in levels)
    assert not none.error_covariances.any()
    assert_allclose(rmsea_of_ml(close.model, close.moments), 0.05, rtol=0, atol=1e-6)


@pytest.mark.acceptance
@pytest.mark.parametrize("method", ["tkl", "wu-browne"])
def test_a_very_large_draw_has_the_stated_moments(method: str) -> None:
    cut = replace(PLAIN, scale=Scale(((-1.0, 0.2, 1.0),) * 8), responses=Responses(("y2",), careless=0.1))
    population = asking(cut, rmsea=0.08, method=method)
    assert_a_draw_agrees(population, MANY, 77)


# --- studies ---

FILE = """
model = '''
F =~ x1 + x2 + x3
H =~ z1 + z2 + z3
G =~ y1 + y2 + y3
G ~ F + H
'''
[scale]
shares = [0.1, 0.2, 0.4, 0.2, 0.1]
[values]
"G~F" = 0.4
"G~H" = 0.2
"F~~H" = 0.3
[model_error]
method = "tkl"
[factors.loading]
sets = "loading"
levels = [0.7]
[factors.misfit]
sets = "model_error.rmsea"
levels = { none = 0.0, close = 0.05, huge = 0.9 }
"""
STUDY = """
name = "misfit"
[aims]
title = "A model that is not quite true"
question = "Does every method take it?"
[data]
population = "mine.toml"
n = [150]
replications = 2
seed = 5
factors = { misfit = ["close"] }
[estimands]
targets = ["G~F", "r2(G)"]
"""


def test_every_method_and_screening_take_model_error_beside_ways_of_answering(tmp_path: Path) -> None:
    assert_every_method_takes(tmp_path, FILE + ANSWERED, STUDY)


ON = [("none = 0.0, close = 0.05", "close = 0.05, none = 0.0")]
BAD: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "an unknown method": ([('"tkl"', '"tlk"')], ["model_error.method", "'tlk'", "tkl, wu-browne"]),
    "a target out of range": ([("close = 0.05", "close = 1.5"), ("none = 0.0, ", "")], ["model_error.rmsea is 1.5"]),
    "a target out of reach": (
        [("none = 0.0, close = 0.05, ", "")],
        ["reaches an RMSEA of", "at most, not 0.9", "lower model_error.rmsea"],
    ),
    "errors without a matrix": (
        [*ON, ('"tkl"', '"wu-browne"'), ("close = 0.05", "close = 0.2")],
        ["RMSEA 0.2 leaves errors without a covariance matrix", 'choose model_error.method = "tkl"'],
    ),
    "misfit without model error": (
        [*ON, ('"F~~H" = 0.3', '"F~~H" = 0.3\n"x1~~y1" = 0.3')],
        ["without model error the model has an RMSEA of", "raise model_error.rmsea = 0.05"],
    ),
    "minor factors of the other method": (
        [('method = "tkl"', 'method = "wu-browne"\nepsilon = 0.3')],
        ["model_error.epsilon is of method", "leave it out"],
    ),
    "an epsilon of 1": ([('"tkl"', '"tkl"\nepsilon = 1.0')], ["model_error.epsilon is 1"]),
    "a seed that is no whole number": ([('"tkl"', '"tkl"\nseed = 1.5')], ["model_error.seed", "whole number"]),
    "no minor factor": ([('"tkl"', '"tkl"\nminor_factors = 0')], ["minor_factors = 0", "at least 1 factor"]),
    "a composite": (
        [*ON, ("F =~", "F <~"), ("[factors.loading]", '[factors.w]\nsets = "weight"\nlevels = [1]\n[factors.loading]')],
        ["F is composite"],
    ),
    "an unknown key": ([("[model_error]", "[model_error]\nrmse = 1.0")], ["model_error.rmse", "did you mean 'rmsea'?"]),
}


@pytest.mark.parametrize("case", BAD)
def test_model_error_that_cannot_be_is_told_with_its_place(case: str, refused_population: Refused) -> None:
    changes, parts = BAD[case]
    assert_says(refused_population(changed(FILE, *changes)), ["mine.toml", *parts])


def test_a_saturated_model_has_no_rmsea(refused_population: Refused) -> None:
    text = "model = 'F =~ x1 + x2 + x3'\n[values]\n'F=~x1' = 0.7\n'F=~x2' = 0.7\n'F=~x3' = 0.7\n"
    assert_says(
        refused_population(text + "[model_error]\nrmsea = 0.05\n"), ["the model has no degrees of freedom, so no RMSEA"]
    )


def test_show_tells_the_rmsea_and_the_largest_error_covariances(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    shown = portrait(str(tmp_path / "mine.toml"), ["misfit=close"])
    tables = {table.name: table for table in show_tables.tables(shown)}
    rows = dict(tables["misfit"].rows)  # type: ignore[arg-type]
    assert_allclose(rows["RMSEA of the model"], 0.05, rtol=0, atol=1e-6)
    covariances = shown.population.error_covariances
    correlations = covariances[np.triu_indices(9, 1)] / (1 - 0.49)
    assert_allclose(abs(rows["largest error correlation"]), np.abs(correlations).max(), rtol=1e-12, atol=0)
    assert_allclose(rows["root mean square error correlation"], np.sqrt((correlations**2).mean()), rtol=1e-12, atol=0)
    told = [abs(float(row[1])) for row in tables["errors"].rows]  # type: ignore[arg-type]
    assert_allclose(sorted(told), np.sort(np.abs(covariances[np.triu_indices(9, 1)]))[-10:], rtol=1e-12, atol=0)
