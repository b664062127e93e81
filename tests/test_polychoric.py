"""Polychoric correlations against a slow plain version and lavaan; their influence against lavaan."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from estimators.base import Status
from estimators.polychoric import influence, polychorics
from sim.bivariate import cumulative
from sim.model import Model
from tests.cases import SURVEYS, batch_of, reference

LAVAAN = reference("polychoric_lavaan")["cases"]


def shares(x, y):
    """Two-way table of relative frequencies between the categories seen."""
    rows, columns = np.unique(x, return_inverse=True)[1], np.unique(y, return_inverse=True)[1]
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1.0 / len(x))
    return table


def limits(margin):
    """Category limits of one item, with the infinite ones."""
    return np.concatenate([[-np.inf], ndtri(np.cumsum(margin)[:-1]), [np.inf]])


def cells(rho, rows, columns):
    """Probability of every cell between category limits."""
    probability = cumulative(rows[:, None], columns[None, :], rho)
    return np.diff(np.diff(probability, axis=0), axis=1)


def plain_correlation(x, y):
    """The maximum of one table's likelihood given its margins' thresholds, by bounded search from SciPy."""
    table = shares(x, y)
    rows, columns = limits(table.sum(1)), limits(table.sum(0))
    seen = table > 0

    def misfit(rho):
        return -np.sum(table[seen] * np.log(np.maximum(cells(rho, rows, columns)[seen], 1e-300)))

    def score(rho, step=1e-5):
        return (misfit(rho + step) - misfit(rho - step)) / (2 * step)

    rho = minimize_scalar(misfit, bounds=(-0.9999, 0.9999), method="bounded", options={"xatol": 1e-9}).x
    # Searching values stops at the square root of rounding; the slope's zero is sharper.
    for _ in range(3):
        rho -= score(rho) * 2e-4 / (score(rho + 1e-4) - score(rho - 1e-4))
    return rho


@pytest.mark.parametrize("survey", SURVEYS)
def test_agrees_with_lavaan(survey):
    case = LAVAAN[survey]
    found = polychorics(batch_of(survey, Model.parse(case["model"])))
    assert found.status[0] == Status.OK
    # lavaan's optimiser stops about 2e-8 from the maximum.
    upper = np.triu_indices(found.correlations.shape[1], 1)
    np.testing.assert_allclose(found.correlations[0][upper], case["correlations"], atol=5e-8)


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_influences_give_lavaans_weights(survey):
    case = LAVAAN[survey]
    found = polychorics(batch_of(survey, Model.parse(case["model"])))
    n = found.codes.shape[2]
    variances = (influence(found, 0) ** 2).sum(axis=0) / (n - 1)
    upper = np.triu_indices(found.correlations.shape[1], 1)
    # The independence model's test statistic is n times the sum of squared correlations over their variances.
    assert n * np.sum(found.correlations[0][upper] ** 2 / variances) == pytest.approx(case["baseline.chisq"], rel=1e-7)
    assert n * np.sum((found.correlations[0][upper] - case["implied"]) ** 2 / variances) == pytest.approx(
        case["chisq"], rel=1e-6
    )


@pytest.mark.parametrize("name", ["crm_000", "crm500_000"])
def test_agrees_with_the_plain_version(name):
    batch = batch_of(name, Model.parse(LAVAAN[name]["model"]))
    found, answers = polychorics(batch), batch.raw[0]
    for i, k in [(0, 1), (2, 9), (3, 10), (7, 12), (14, 18), (5, 6)]:
        assert found.correlations[0, i, k] == pytest.approx(plain_correlation(answers[:, i], answers[:, k]), abs=1e-8)
