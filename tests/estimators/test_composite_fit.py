"""Distances of composite models and the bootstrap test of exact fit: plain counterparts, and cSEM."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from estimators.composites.consistent import ConsistentPLS
from estimators.composites.gsca import GSCA
from estimators.composites.implied import OF_FIT, implied_correlations, structural_correlations
from estimators.composites.pls import PLS
from estimators.inference.distances import geodesic, squared_euclidean, srmr
from estimators.methods import build
from estimators.wrappers.bootstrap import bootstrap_rows
from estimators.wrappers.hypotheses.fit_test import FitTest
from estimators.wrappers.hypotheses.fitting import answers_that_fit
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from tests.cases import batch_of, survey, targets
from tests.textbook import SIMPLE, drawn

MIXED = Model.parse("X =~ x1+x2+x3\nZ <~ z1+z2+z3\nM =~ m1+m2+m3\nY =~ y1+y2+y3+y4\nM ~ X + Z\nY ~ M")
ENDS = Model.parse("X =~ x1+x2+x3\nZ =~ z1+z2+z3\nM =~ m1+m2+m3\nY =~ y1+y2+y3+y4\nY ~ M\nM ~ X\nZ ~ X")


def plain_structure(correlations, paths, model):
    """Construct correlations by (I - B)^-1 Psi (I - B)^-T, disturbances unrelated to each other and to causes."""
    m = len(correlations)
    outcome = model.path_matrix.any(axis=1)
    psi = np.where(np.outer(~outcome, ~outcome), correlations, 0.0)
    inverse = np.linalg.inv(np.eye(m) - np.nan_to_num(paths))
    for j in model.causal_order:  # the disturbance that makes the variance 1
        psi[j, j] += 1.0 - (inverse @ psi @ inverse.T)[j, j]
    return inverse @ psi @ inverse.T


@pytest.mark.parametrize("model", [MIXED, ENDS], ids=["collider", "fork"])
def test_structural_correlations_are_those_of_the_reduced_form(model):
    arrays = ConsistentPLS().fitted_arrays(batch_of("sem_300", model), model)
    found = structural_correlations(arrays.correlations, arrays.paths, model)[0]
    assert_allclose(found, plain_structure(arrays.correlations[0], arrays.paths[0], model), rtol=0, atol=1e-14)


def test_composite_blocks_imply_what_was_observed_within_them_and_factors_the_products_of_loadings():
    batch = batch_of("sem_300", MIXED)
    arrays, items = ConsistentPLS().fitted_arrays(batch, MIXED), batch.moments.correlations
    implied = implied_correlations(MIXED, items, batch.retained, arrays, saturated=True)[0]
    loadings, between = arrays.loadings[0], arrays.correlations[0]
    assert_array_equal(implied[3:6, 3:6], items[0, 3:6, 3:6])
    assert implied[0, 2] == pytest.approx(loadings[0] * loadings[2], abs=1e-15)
    assert implied[0, 4] == pytest.approx(loadings[0] * loadings[4] * between[0, 1], abs=1e-15)
    assert_array_equal(np.diag(implied), 1.0)


def test_distances_against_their_formulas_written_out():
    rng = np.random.default_rng(5)
    first, second = (np.corrcoef(rng.standard_normal((4, 40)) + rng.standard_normal(40)) for _ in range(2))
    kept = np.array([[True, True, False, True]])
    a, b = (matrix[np.ix_(kept[0], kept[0])] for matrix in (first, second))
    roots = np.linalg.eigvals(np.linalg.inv(a) @ b).real
    assert geodesic(first[None], second[None], kept)[0] == pytest.approx(0.5 * np.sum(np.log(roots) ** 2), rel=1e-12)
    assert geodesic(second[None], first[None], kept)[0] == pytest.approx(0.5 * np.sum(np.log(roots) ** 2), rel=1e-12)
    assert squared_euclidean(first[None], second[None], kept)[0] == pytest.approx(0.5 * np.trace((a - b) @ (a - b)))
    below = np.tril_indices(3)
    assert srmr((first - second)[None], kept)[0] == pytest.approx(np.sqrt(np.mean((a - b)[below] ** 2)))


def test_no_distance_where_a_matrix_has_no_inverse():
    ones, beyond = np.ones((1, 2, 2)), np.array([[[1.0, 1.2], [1.2, 1.0]]])
    kept, identity = np.ones((1, 2), dtype=bool), np.eye(2)[None]
    for matrix in (ones, beyond, identity * np.nan):
        assert np.isnan(geodesic(matrix, identity, kept)[0])
        assert np.isnan(geodesic(identity, matrix, kept)[0])


def test_a_true_model_fits_its_population_exactly_and_a_missing_path_shows_in_the_estimated_distances_alone():
    blocks = "X =~ x1+x2+x3\nM =~ m1+m2+m3\nY =~ y1+y2+y3\nM ~ X\n"
    whole, less = Model.parse(blocks + "Y ~ M + X"), Model.parse(blocks + "Y ~ M")
    values = {t.name: 0.7 for t in whole.targets if t.kind == "loading"} | {"M~X": 0.3, "Y~M": 0.3, "Y~X": 0.4}
    batch = Batch.of_moments(Population.of(whole, values).moments)
    method = ConsistentPLS(tolerance=1e-13)
    assert np.abs(method.fit(batch, whole, targets(whole, *OF_FIT)).value).max() < 1e-8
    lacking = method.fit(batch, less, targets(less, *OF_FIT)).value[0]
    assert lacking[:3].min() > 1e-3
    assert lacking[3:].max() < 1e-8
    # What the paths leave of X~~Y, .3 x .3 of .49, stands nine times in each triangle of loadings .7 x .7.
    assert lacking[1] == pytest.approx(9 * (0.49 * (0.4 + 0.09 - 0.3 * (0.3 + 0.12))) ** 2, rel=1e-8)


#: cSEM 0.6.1, testOMF(.R = 499, .seed = 4711) on sem_300 with .saturated FALSE and TRUE: shares of resamples beyond.
OMF = {
    "plsc": ({}, "=~", {"srmr": 0.0, "d_g": 0.0457, "srmr_saturated": 0.4699, "d_g_saturated": 0.3389}),
    "pls": ({}, "=~", {"srmr": 0.0, "d_g": 0.0, "srmr_saturated": 0.0, "d_g_saturated": 0.0180}),
    "pls A": ({"modes": "A"}, "<~", {"srmr": 0.0, "d_g": 0.0, "srmr_saturated": 0.3267, "d_g_saturated": 0.0661}),
    "pls B": ({"modes": "B"}, "<~", {"srmr": 0.0, "d_g": 0.0, "srmr_saturated": 0.4228, "d_g_saturated": 0.0862}),
}


@pytest.mark.parametrize("name", OMF)
def test_p_values_are_near_those_of_csem(name):
    settings, joint, expected = OMF[name]
    model = Model.parse(f"X{joint}x1+x2+x3\nZ{joint}z1+z2+z3\nM{joint}m1+m2+m3\nY{joint}y1+y2+y3+y4\nM ~ X+Z\nY ~ M")
    method = build(name.split()[0], {**settings, "fit_test": 1000}, 0.95)
    fit = method.fit(batch_of("sem_300", model), model, targets(model, *expected))
    # Two shares of 499 and 1,000 resamples differ by 0.068 (2.5 SE at .5); cSEM drops inadmissible resamples besides.
    assert_allclose(fit.p_value[0], list(expected.values()), rtol=0, atol=0.07)


@pytest.mark.parametrize("method", [PLS(), ConsistentPLS(), GSCA()], ids=lambda method: type(method).__name__)
def test_p_is_the_share_of_resamples_of_turned_data_that_fit_no_better(method):
    batch = Batch.of(drawn(SIMPLE, 90, 3))
    wanted = targets(SIMPLE, "d_uls", "d_g_saturated", "P~A")
    fit = FitTest(method, method, 60).fit(batch, SIMPLE, wanted)
    arrays, items = method.fitted_arrays(batch, SIMPLE), batch.moments.correlations
    rows = bootstrap_rows(batch.address.generator("bootstrap", 0), 60, 90)
    for column, saturated in ((0, False), (1, True)):
        implied = implied_correlations(SIMPLE, items, batch.retained, arrays, saturated)
        turned = answers_that_fit(batch, implied[0], 0)
        assert_allclose(np.corrcoef(turned.T), implied[0], rtol=0, atol=1e-12)
        resampled = [method.fit(Batch.of(turned[row]), SIMPLE, wanted).value[0, column] for row in rows]
        assert fit.p_value[0, column] == np.mean(np.array(resampled) >= fit.value[0, column])
    assert fit.resamples[0] == 60
    assert np.isnan(fit.p_value[0, 2])


def test_it_stands_beside_the_bootstrap_and_screening_and_refuses_what_it_is_not_for():
    method = build("pls", {"fit_test": 25, "resamples": 25}, 0.95)
    batch = Batch.of(drawn(SIMPLE, 60, 3))
    fit = method.fit(batch, SIMPLE, targets(SIMPLE, "srmr", "P~A"))
    assert np.isfinite(fit.p_value).all()
    assert np.isnan(fit.se[0, 0])
    with pytest.raises(
        InputError, match=r"fit_test tests the exact fit of composite models \(pls, plsc, gsca, gscam\)"
    ):
        build("ordpls", {"fit_test": 25}, 0.95)
    with pytest.raises(InputError, match=r"fit_test is 3; give a whole number of resamples, at least 20"):
        build("pls", {"fit_test": 3}, 0.95)
    second = Model.parse("A =~ x1+x2+x3\nB =~ z1+z2+z3\nG =~ A + B\nY =~ y1+y2+y3\nY ~ G")
    whole = build("plsc", {"fit_test": 25}, 0.95, model=second).estimator
    assert "G is a second-order construct" in whole.refusal(second)
    two_stage = build("plsc", {}, 0.95, model=second).fit(batch_of("sem_300", second), second, targets(second, *OF_FIT))
    assert np.isnan(two_stage.value).all()


def test_a_solution_that_cannot_exist_has_no_p_value():
    rng = np.random.default_rng(1)
    data = rng.standard_normal((1, 12, len(SIMPLE.items)))
    fit = FitTest(ConsistentPLS(), ConsistentPLS(), 25).fit(Batch.of(data), SIMPLE, targets(SIMPLE, *OF_FIT))
    values = np.isfinite(fit.value[0])
    assert not np.isfinite(fit.p_value[0][~values]).any()


def test_the_survey_is_the_one_that_csem_read():
    assert len(survey("sem_300")) == 300


def test_it_composes_with_screening_steps_and_missing_answers_or_is_refused_by_name():
    batch = Batch.of(drawn(SIMPLE, 60, 3, replications=2))
    wanted = targets(SIMPLE, "d_g", "d_g_saturated")
    screened = build("plsc", {"fit_test": 25, "screening": {"threshold": 0.72}}, 0.95).fit(batch, SIMPLE, wanted)
    assert not screened.retained.all()
    plain = build("plsc", {"fit_test": 25}, 0.95)
    kept = plain.fit(batch.keep(screened.retained), SIMPLE, wanted)
    assert_array_equal(screened.p_value, kept.p_value)
    stepped = build("plsc", {"fit_test": 25, "steps": [{"rule": "all-at-once", "threshold": 0.72}]}, 0.95)
    assert np.isfinite(stepped.fit(batch, SIMPLE, wanted).p_value).all()
    gone = np.zeros(batch.raw.shape, dtype=bool)
    gone[0, :5, 2] = gone[1, 7, 4] = True
    holed = Batch.of(np.where(gone, np.nan, batch.raw), missing=gone)
    listwise = build("plsc", {"fit_test": 25, "missing": "listwise"}, 0.95).fit(holed, SIMPLE, wanted)
    assert listwise.respondents.tolist() == [55, 59]
    assert np.isfinite(listwise.p_value).all()
    for handling in ("pairwise", "fiml"):
        with pytest.raises(InputError, match=r"fit_test|plsc"):
            build("plsc", {"fit_test": 25, "missing": handling}, 0.95)


def test_moments_without_answers_have_distances_and_no_p_values():
    batch = Batch.of(drawn(SIMPLE, 60, 3))
    fit = build("pls", {"fit_test": 25}, 0.95).fit(Batch.of_moments(batch.moments), SIMPLE, targets(SIMPLE, *OF_FIT))
    assert np.isfinite(fit.value).all()
    assert np.isnan(fit.p_value).all()


def test_models_with_products_have_no_distances_and_their_test_is_refused_by_name():
    model = Model.parse("X =~ x1+x2+x3\nZ =~ z1+z2+z3\nY =~ y1+y2+y3\nY ~ X + Z + X:Z")
    for way in ({}, {"products": "product-indicator"}):
        fit = build("pls", way, 0.95, model=model).fit(
            batch_of("sem_300", model), model, targets(model, "Y~X", *OF_FIT)
        )
        assert np.isfinite(fit.value[0, 0])
        assert np.isnan(fit.value[0, 1:]).all()
    refusal = build("pls", {"fit_test": 25}, 0.95, model=model).estimator.refusal(model)
    assert refusal.startswith("the model has the product Y~X:Z, and fit_test is of linear models")
