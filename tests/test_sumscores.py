"""Regression on summed scores against lm and its limits."""

import numpy as np
import pytest

from estimators.sumscores import SumScores
from sim import catalogue
from sim.batch import Batch
from sim.model import Model
from tests import plain
from tests.cases import SURVEYS, batch_of, reference, survey

COMPOSITES = reference("composites")["cases"]


@pytest.mark.parametrize("name", [name for name in SURVEYS if COMPOSITES[name]["lm"]])
def test_agrees_with_lm_on_estimates_errors_p_values_r2_and_alpha(name):
    case = COMPOSITES[name]
    model = Model.parse(case["model"])
    fit = SumScores().fit(batch_of(name, model), model)
    for path in ("P~A", "P~O"):
        at = fit.column(path)
        found = (fit.value[0, at], fit.se[0, at], fit.p_value[0, at])
        # lm has the item means of blocks of equal items, so the standardised coefficients are those of the sums.
        np.testing.assert_allclose(found, case["lm"][path], rtol=1e-9, atol=1e-13)
    for quantity in ("r2(P)", "alpha(A)", "alpha(O)", "alpha(P)"):
        assert abs(fit.value[0, fit.column(quantity)] - case["lm"][quantity]) < 1e-12


def test_alpha_and_loadings_agree_with_the_plain_formulas():
    model = Model.parse(COMPOSITES["crm_001"]["model"])
    data = survey("crm_001")
    fit = SumScores().fit(batch_of("crm_001", model), model)
    for block in model.blocks:
        items = data[list(block.items)].to_numpy(float)
        assert abs(fit.value[0, fit.column(f"alpha({block.construct})")] - plain.alpha(items)) < 1e-12
        for i, item in enumerate(block.items):
            loading = np.corrcoef(items[:, i], items.sum(1))[0, 1]
            assert abs(fit.value[0, fit.column(f"{block.construct}=~{item}")] - loading) < 1e-12


def test_intervals_are_those_of_t():
    from statsmodels.api import OLS, add_constant

    model = Model.parse(COMPOSITES["crm_002"]["model"])
    data = survey("crm_002")
    scores = np.column_stack([data[list(block.items)].sum(axis=1) for block in model.blocks]).astype(float)
    scores = (scores - scores.mean(0)) / scores.std(0)
    expected = OLS(scores[:, 2], add_constant(scores[:, :2])).fit().conf_int(0.10)[1:]
    fit = SumScores(level=0.90).fit(batch_of("crm_002", model), model)
    columns = [fit.column("P~A"), fit.column("P~O")]
    np.testing.assert_allclose(fit.lower[0, columns], expected[:, 0], atol=1e-12)
    np.testing.assert_allclose(fit.upper[0, columns], expected[:, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "targets", "limits"),
    [
        (
            "goodhue-2012",
            ("Y~X1", "Y~X2", "Y~X3", "Y~X4", "r2(Y)"),
            (0.405396, 0.265196, 0.096282, 0.0, 0.243945),
        ),
        (
            "three-factors",
            ("eta2~eta1", "eta3~eta1", "eta3~eta2", "r2(eta2)", "r2(eta3)"),
            (0.505715, 0.371365, 0.301345, 0.255748, 0.341909),
        ),
    ],
)
def test_limits_on_population_moments(name, targets, limits):
    population = catalogue.population(name)
    model = population.model
    fit = SumScores().fit(Batch.of_moments(population.moments), model, [model.target(t) for t in targets])
    # Published to six decimals.
    np.testing.assert_allclose(fit.value[0], limits, atol=6e-7)


@pytest.mark.parametrize("items", ["raw", "standardised"])
def test_hc3_errors_are_those_of_statsmodels_on_standardised_scores(items):
    from statsmodels.api import OLS, add_constant

    model = Model.parse(COMPOSITES["crm_001"]["model"])
    data = survey("crm_001")[list(model.items)].to_numpy(float)
    summed = data if items == "raw" else (data - data.mean(0)) / data.std(0)
    scores = np.column_stack([summed[:, model.block_of == j].sum(axis=1) for j in range(3)])
    scores = (scores - scores.mean(0)) / scores.std(0)
    expected = OLS(scores[:, 2], add_constant(scores[:, :2])).fit(cov_type="HC3", use_t=True)
    fit = SumScores(items=items, errors="hc3").fit(batch_of("crm_001", model), model)
    columns = [fit.column("P~A"), fit.column("P~O")]
    np.testing.assert_allclose(fit.value[0, columns], expected.params[1:], atol=1e-12)
    np.testing.assert_allclose(fit.se[0, columns], expected.bse[1:], rtol=1e-10)
    np.testing.assert_allclose(fit.p_value[0, columns], expected.pvalues[1:], rtol=1e-8)
    np.testing.assert_allclose(fit.lower[0, columns], expected.conf_int(0.05)[1:, 0], atol=1e-10)


def test_hc3_errors_need_answers():
    population = catalogue.population("three-factors")
    fit = SumScores(errors="hc3").fit(Batch.of_moments(population.moments), population.model)
    assert np.isnan(fit.se).all()
    assert np.isfinite(fit.value[0, fit.column("eta2~eta1")])


def test_weights_are_those_of_standardised_items_for_a_score_of_variance_1():
    model = Model.parse(COMPOSITES["crm_001"]["model"])
    data = survey("crm_001")[list(model.items)].to_numpy(float)
    fit = SumScores().fit(batch_of("crm_001", model), model, [model.target(f"A<~{i}") for i in model.items[:8]])
    np.testing.assert_allclose(fit.value[0], data[:, :8].std(0) / data[:, :8].sum(axis=1).std(), atol=1e-12)
