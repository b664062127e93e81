"""Orthogonalised product items: what is 0 by construction counts in no test of the model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from estimators.methods import build
from estimators.products.items import ProductItems
from estimators.shared.zeros import zeros_of
from sim.batch import Batch
from sim.model import Model
from tests.moderated import BOTH, survey

BLOCKS = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\n"
MODEL = Model.parse(BLOCKS + "Y ~ X + Z + X:Z")
#: Of every model of `fit` whose free covariances the zeros alone determine.
TESTS = ("chisq", "df", "cfi", "tli", "rmsea", "srmr", "chisq_bartlett", "chisq_swain", "chisq_yuan")


def true_answers(data_sets: int, n: int, seed: int) -> Batch:
    """Normal constructs and errors, to which the model applies; the product acts by .2."""
    rng = np.random.default_rng(seed)
    x, z, left = rng.normal(size=(3, data_sets, n))
    z = 0.3 * x + np.sqrt(1 - 0.3**2) * z
    y = 0.3 * x + 0.3 * z + 0.2 * (x * z - 0.3) + 0.8 * left
    columns = [0.8 * each + 0.6 * rng.normal(size=x.shape) for each in (x, z, y) for _ in range(3)]
    return Batch.of(np.stack(columns, axis=2), items=MODEL.items)


def fitted(name: str, model: Model, batch: Batch, *targets: str, **settings):
    method = build(name, {"products": "orthogonal", **settings}, 0.95, model=model)
    return method.estimator.fit(batch, model, [model.target(target) for target in targets])


@pytest.mark.parametrize("model", [MODEL, BOTH], ids=["one product", "several"])
@pytest.mark.parametrize("pairs", ["matched", "all"])
def test_covariances_that_are_said_to_be_zero_are_zero_and_no_others(model, pairs):
    batch = survey(model=model)
    dropped = np.ones((len(batch), len(model.items)), dtype=bool)
    dropped[1, 1] = False
    batch = batch.keep(dropped)
    data = ProductItems(model, pairs).data(batch, orthogonal=True)
    for r in range(len(data)):
        kept = data.retained[r]
        covariances = data.moments.correlations[r][np.ix_(kept, kept)]
        assert_allclose(np.abs(covariances) < 1e-9, zeros_of(data)[np.ix_(kept, kept)])


@pytest.mark.parametrize(
    ("text", "pairs", "df"),
    [
        # p (p + 1) / 2 moments less parameters, less products times items of both, and the product's free covariances.
        ("Y ~ X + Z + X:Z", "matched", 78 - 30 - 3 * 6 + 2),
        ("Y ~ X + Z + X:Z", "all", 171 - 60 - 9 * 6 + 2),
        ("Y ~ X + X:X\nZ ~ X", "matched", 78 - 29 - 3 * 3 + 1),
        # X follows from Z, so that no covariance with it is free.
        ("X ~ Z\nY ~ X + Z + X:Z", "matched", 78 - 29 - 3 * 6 + 1),
        ("X ~~ 0*Z\nY ~ X + Z + X:Z", "matched", 78 - 29 - 3 * 6 + 2),
    ],
)
def test_degrees_of_freedom_are_those_of_covariances_that_vary(text, pairs, df):
    model = Model.parse(BLOCKS + text)
    for name in ("ml", "gls", "uls"):
        fit = fitted(name, model, true_answers(1, 300, 4), "df", product_items=pairs)
        assert fit.value[0, 0] == df


@pytest.mark.parametrize(("name", "pairs"), [("ml", "matched"), ("ml", "all"), ("gls", "matched")])
def test_p_values_of_a_true_model_are_uniform(name, pairs):
    """300 data sets of 400: the statistic is chi-square up to what products, which are not normal, add to it."""
    fit = fitted(name, MODEL, true_answers(300, 400, 8), "chisq", product_items=pairs)
    p = fit.p_value[fit.status == 0, 0]
    # Monte Carlo errors of .013 and .029; the shares are .05 and .5 within .02 and .07 in runs of 5,000 data sets.
    assert abs((p < 0.05).mean() - 0.05) < 0.02 + 3 * 0.013
    assert abs((p < 0.5).mean() - 0.5) < 0.07 + 3 * 0.029


def test_measures_follow_from_the_statistic_and_the_covariances_that_vary():
    batch = true_answers(2, 300, 9)
    fit = fitted("ml", MODEL, batch, *TESTS)
    value = dict(zip(TESTS, fit.value.T, strict=True))
    correlations = ProductItems(MODEL, "matched").data(batch, orthogonal=True).moments.correlations
    free, df = -300 * np.linalg.slogdet(correlations)[1], 12 * 11 / 2 - 18
    assert_allclose(fit.p_value[:, 0], chi2.sf(value["chisq"], 32))
    assert_allclose(value["tli"], (free / df - value["chisq"] / 32) / (free / df - 1))
    assert_allclose(value["cfi"], 1 - np.maximum(value["chisq"] - 32, 0) / (free - df))
    assert_allclose(value["rmsea"], np.sqrt(np.maximum(value["chisq"] - 32, 0) / 32 / 300))
    # Corrections for small n were made for samples in which every covariance varies.
    assert np.isnan([value[name] for name in TESTS[-3:]]).all()


@pytest.mark.parametrize("name", ["mlm", "mlr"])
def test_robust_tests_are_withheld_for_their_scaling_counts_what_does_not_vary(name):
    fit = fitted(name, MODEL, true_answers(2, 300, 9), *TESTS, "Y~X:Z")
    assert (fit.status == 0).all()
    assert fit.value[:, 1].tolist() == [32, 32]
    assert np.isnan(fit.value[:, [0, 2, 3, 4]]).all()
    assert np.isnan(fit.p_value[:, :-1]).all()
    assert np.isfinite(fit.value[:, [5, -1]]).all()
    assert np.isfinite(fit.se[:, -1]).all()
