"""Fit indices against their definitions on plain matrices, and in their limits."""

import numpy as np
import pytest
from scipy.stats import chi2, ncx2

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.fitindices import ModelTest, fit_measures, rmsea_interval
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.model import Model
from tests.cases import targets
from tests.textbook import SIMPLE

CORRECTED = ("chisq_bartlett", "chisq_swain", "chisq_yuan")
INDICES = ("cfi", "tli", "rmsea", "srmr")


def answers(n, replications=1, seed=1):
    """Correct for SIMPLE: loadings 0.7, P on A and B, (R, n, 10)."""
    rng = np.random.default_rng(seed)
    a, b, disturbance = rng.standard_normal((3, replications, n))
    constructs = np.stack([a, b, 0.4 * a + 0.3 * b + 0.8 * disturbance], axis=2)
    return 0.7 * constructs[:, :, SIMPLE.block_of] + np.sqrt(0.51) * rng.standard_normal((replications, n, 10))


def test_indices_are_what_their_definitions_say_of_plain_matrices():
    model = Model.parse(SIMPLE.syntax + "\na1 ~~ b1")
    data = answers(120)[0] * np.linspace(0.5, 20, 10) + 3
    kept = np.arange(10) != 4
    fit = MaximumLikelihood().fit(
        Batch.of(data).keep(kept[None]), model, targets(model, *INDICES, "aic", "bic", "chisq", "df", "A=~a1", "A~~B")
    )
    value = dict(zip([t.name for t in fit.targets], fit.value[0], strict=True))
    sample = np.cov(data[:, kept].T, bias=True)
    free, chisq, df = 2 * 9 + 1 + 3, value["chisq"], 45 - (2 * 9 + 1 + 3)
    assert value["df"] == df
    determinant = np.linalg.slogdet(sample)[1]
    independence = 120 * (np.log(np.diag(sample)).sum() - determinant)
    assert value["cfi"] == pytest.approx(1 - max(chisq - df, 0) / (independence - 36), abs=1e-12)
    tli = (independence / 36 - chisq / df) / (independence / 36 - 1)
    assert value["tli"] == pytest.approx(tli, abs=1e-12)
    assert value["rmsea"] == pytest.approx(np.sqrt(max(chisq - df, 0) / (120 * df)), abs=1e-12)
    # The saturated normal likelihood, respondent by respondent, and chisq on top of it.
    centred = data[:, kept] - data[:, kept].mean(axis=0)
    mahalanobis = np.einsum("si,ij,sj->", centred, np.linalg.inv(sample), centred)
    deviance = 120 * (9 * np.log(2 * np.pi) + determinant) + mahalanobis + chisq
    assert value["aic"] == pytest.approx(deviance + 2 * free, abs=1e-8)
    assert value["bic"] == pytest.approx(deviance + np.log(120) * free, abs=1e-8)


def test_srmr_is_the_residual_correlations_size():
    model = Model.parse("F =~ x1+x2+x3+x4")
    data = answers(80)[0][:, [0, 1, 2, 3]]
    fit = MaximumLikelihood().fit(Batch.of(data), model, targets(model, "srmr", *(f"F=~x{i}" for i in range(1, 5))))
    # One factor reproduces the variances, so the diagonal adds its count and no residual.
    residual = np.corrcoef(data.T) - np.outer(fit.value[0, 1:], fit.value[0, 1:])
    assert fit.value[0, 0] == pytest.approx(np.sqrt((residual[np.triu_indices(4, 1)] ** 2).sum() / 10), abs=1e-9)


@pytest.mark.parametrize(("statistic", "df"), [(40.0, 32.0), (32.0, 32.0), (90.0, 32.0), (15.0, 32.0), (3.0, 1.0)])
def test_the_interval_of_rmsea_has_the_statistic_at_its_tails(statistic, df):
    one = np.ones(1)
    test = ModelTest(one * statistic / 99, one * df, one * 3, one * 10, 99.0, 100.0, 3)
    for end, share in zip(rmsea_interval(test), (0.95, 0.05), strict=True):
        noncentrality = end[0] ** 2 * 99 * df
        if noncentrality > 0:
            assert ncx2.cdf(statistic, df, noncentrality) == pytest.approx(share, abs=1e-9)
        else:
            assert chi2.cdf(statistic, df) <= share


def test_corrections_have_their_published_factors():
    # p = 6, m = 2, n = 51, 13 parameters (df 8): worked out by hand from the formulas cited.
    one = np.ones(1)
    test = ModelTest(one, one * 8, one * 3, one * 6, 51.0, 51.0, 2)
    values = fit_measures(test, targets(SIMPLE, *CORRECTED))
    assert values["chisq_bartlett"][0] == pytest.approx(50 - 25 / 6)
    q = (np.sqrt(105) - 1) / 2
    assert q * (q + 1) / 2 == pytest.approx(13)
    cubic = 6 * 89 - q * (2 * q**2 + 3 * q - 1)
    assert values["chisq_swain"][0] == pytest.approx(50 - cubic / 96)
    assert values["chisq_yuan"][0] == pytest.approx(51 - 2.381 - 2.166 - 0.039)


def test_corrected_statistics_have_means_near_df_where_chisq_is_too_large():
    names = ("chisq", *CORRECTED)
    fit = MaximumLikelihood().fit(Batch.of(answers(50, replications=2000)), SIMPLE, targets(SIMPLE, *names))
    means = np.nanmean(fit.value, axis=0)
    error = np.nanstd(fit.value[:, 0]) / np.sqrt(2000)
    assert means[0] > 32 + 10 * error
    assert (np.abs(means[1:] - 32) < (means[0] - 32) / 2).all()
    p_values = fit.p_value[fit.status == Status.OK]
    assert (p_values[:, 1:] > p_values[:, :1]).all()
    np.testing.assert_allclose(p_values, chi2.sf(fit.value[fit.status == Status.OK], 32), atol=1e-12)


def test_population_moments_give_the_limits():
    population = catalogue.population("three-factors")
    model = population.model
    names = (*INDICES, "aic", "chisq", "chisq_yuan")
    wrong = Model.parse("\n".join(line for line in model.syntax.splitlines() if "=~" in line or "eta2 ~" in line))
    limit = MaximumLikelihood().fit(Batch.of_moments(population.moments), wrong, targets(wrong, *names))
    assert np.isnan(limit.value[0, 4:]).all()
    assert np.isnan(limit.p_value).all()
    assert np.isnan(limit.upper).all()
    large = MaximumLikelihood().fit(
        Batch.of(draw(population, 20_000, 20, np.random.default_rng(4))), wrong, targets(wrong, *INDICES)
    )
    np.testing.assert_allclose(large.value.mean(axis=0), limit.value[0, :4], rtol=0.03)
    right = MaximumLikelihood().fit(Batch.of_moments(population.moments), model, targets(model, *INDICES))
    np.testing.assert_allclose(right.value[0], [1, 1, 0, 0], atol=1e-6)


def test_wishart_counts_one_respondent_less():
    data = answers(60)
    normal, wishart = (
        MaximumLikelihood(likelihood=likelihood).fit(
            Batch.of(data), SIMPLE, targets(SIMPLE, "chisq", "P~A", "chisq_swain", "srmr")
        )
        for likelihood in ("normal", "wishart")
    )
    assert wishart.value[0, 0] == pytest.approx(normal.value[0, 0] * 59 / 60)
    assert wishart.se[0, 1] == pytest.approx(normal.se[0, 1] * np.sqrt(60 / 59))
    np.testing.assert_allclose(wishart.value[0, 1:], normal.value[0, 1:], atol=1e-12)


def test_what_has_no_degrees_of_freedom_is_not_tested():
    model = Model.parse("F =~ x1+x2+x3")
    fit = MaximumLikelihood().fit(
        Batch.of(answers(100)[0][:, :3]), model, targets(model, *INDICES, "chisq", *CORRECTED)
    )
    assert fit.value[0, 0] == pytest.approx(1.0)
    assert np.isnan(fit.value[0, 1:3]).all()
    assert np.isnan(fit.p_value[0]).all()


def test_fatal_replications_have_no_inference():
    data = answers(50, replications=2)
    data[0, :, 1] = data[0, :, 0]
    fit = MaximumLikelihood().fit(Batch.of(data), SIMPLE, targets(SIMPLE, *INDICES, "chisq", *CORRECTED))
    assert fit.status.tolist() == [Status.SINGULAR, Status.OK]
    for part in ("value", "lower", "upper", "p_value"):
        assert np.isnan(getattr(fit, part)[0]).all()
    assert np.isfinite(fit.value[1]).all()
