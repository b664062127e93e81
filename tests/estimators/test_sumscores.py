"""Regression on summed scores against plain formulas and in its limits."""

import numpy as np
import pytest

from estimators.composites.sumscores import SumScores
from sim import catalogue
from sim.batch import Batch
from tests import plain
from tests.cases import CRM, batch_of, survey


def test_alpha_and_loadings_agree_with_the_plain_formulas():
    data = survey("crm_001")
    fit = SumScores().fit(batch_of("crm_001", CRM), CRM)
    for block in CRM.blocks:
        items = data[list(block.items)].to_numpy(float)
        assert abs(fit.value[0, fit.column(f"alpha({block.construct})")] - plain.alpha(items)) < 1e-12
        for i, item in enumerate(block.items):
            loading = np.corrcoef(items[:, i], items.sum(1))[0, 1]
            assert abs(fit.value[0, fit.column(f"{block.construct}=~{item}")] - loading) < 1e-12


def test_intervals_are_those_of_t():
    from statsmodels.api import OLS, add_constant

    data = survey("crm_002")
    scores = np.column_stack([data[list(block.items)].sum(axis=1) for block in CRM.blocks]).astype(float)
    scores = (scores - scores.mean(0)) / scores.std(0)
    expected = OLS(scores[:, 2], add_constant(scores[:, :2])).fit().conf_int(0.10)[1:]
    fit = SumScores(level=0.90).fit(batch_of("crm_002", CRM), CRM)
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

    data = survey("crm_001")[list(CRM.items)].to_numpy(float)
    summed = data if items == "raw" else (data - data.mean(0)) / data.std(0)
    scores = np.column_stack([summed[:, CRM.block_of == j].sum(axis=1) for j in range(3)])
    scores = (scores - scores.mean(0)) / scores.std(0)
    expected = OLS(scores[:, 2], add_constant(scores[:, :2])).fit(cov_type="HC3", use_t=True)
    fit = SumScores(items=items, errors="hc3").fit(batch_of("crm_001", CRM), CRM)
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
    data = survey("crm_001")[list(CRM.items)].to_numpy(float)
    fit = SumScores().fit(batch_of("crm_001", CRM), CRM, [CRM.target(f"A<~{i}") for i in CRM.items[:8]])
    np.testing.assert_allclose(fit.value[0], data[:, :8].std(0) / data[:, :8].sum(axis=1).std(), atol=1e-12)
