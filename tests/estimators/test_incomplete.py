"""Maximum likelihood on incomplete answers: against ML on complete ones, an EM algorithm of its own, and lavaan."""

import json

import numpy as np
import pytest

from estimators.base import Status
from estimators.constrained.fitting import Search, information_spread, search_all
from estimators.constrained.incomplete import fiml
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import REFERENCE, batch_of, survey
from tests.plain import by_em

THREE = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual")


def incomplete(answers: np.ndarray, missing: np.ndarray, items: tuple[str, ...]) -> Batch:
    """One data set with missing answers, which are 99 where nobody may look."""
    return Batch.of(np.where(missing, 99.0, answers), missing=missing[None], items=items)


def test_on_complete_answers_it_is_maximum_likelihood():
    batch = batch_of("HolzingerSwineford1939", THREE)
    fit = fiml(batch, THREE)
    found = search_all(batch, THREE, Search("likelihood", "none", 1e-9, 1000), batch.n)
    np.testing.assert_allclose(fit.theta, found.ends[0].theta, atol=1e-8)
    np.testing.assert_allclose(fit.means, batch.moments.means[0], atol=1e-8)
    assert fit.statistic == pytest.approx(batch.n * found.discrepancy[0], rel=1e-9)
    k = len(fit.theta)
    of_theta = information_spread(found, batch.n, observed=True)(0)
    np.testing.assert_allclose(fit.spread[:k, :k], of_theta, rtol=1e-6, atol=1e-10)


def test_free_covariances_are_those_of_an_em_algorithm():
    rng = np.random.default_rng(4)
    answers = rng.normal(size=(50, 1)) * [0.9, 1.2, 0.8, 1.0] + rng.normal(size=(50, 4)) + 3.0
    missing = rng.random(answers.shape) < 0.1
    missing[missing.all(axis=1)] = False
    model = Model.parse("F =~ x1 + x2 + x3 + x4")
    fit = fiml(incomplete(answers, missing, model.items), model)
    mean, covariance = by_em(np.where(missing, np.nan, answers), missing)
    np.testing.assert_allclose(fit.free_means, mean, atol=1e-7)
    np.testing.assert_allclose(fit.covariances, covariance, atol=1e-6)


def test_a_model_on_incomplete_answers_is_that_of_lavaan():
    """`sem(model, data, missing = "ml", em.h1.tol = 1e-11)` of lavaan 0.6-20, polished by Newton steps."""
    given = json.loads((REFERENCE / "fiml_lavaan.json").read_text(encoding="utf-8"))
    frame = survey("hs_mcar15")
    answers = frame[list(THREE.items)].to_numpy()
    fit = fiml(incomplete(np.nan_to_num(answers), np.isnan(answers), THREE.items), THREE)
    names = [row.name for row in fit.table.free]
    errors = np.sqrt(np.diagonal(fit.spread))
    for name, (value, error) in given["values"].items():
        at = names.index(name)
        assert fit.theta[at] == pytest.approx(value, rel=1e-6)
        assert errors[at] == pytest.approx(error, rel=1e-4)
    assert fit.statistic == pytest.approx(given["chisq"], rel=1e-7)
    assert fit.df == given["df"]


def test_restrictions_hold_on_incomplete_answers():
    rng = np.random.default_rng(5)
    answers = rng.normal(size=(80, 1)) * 0.8 + rng.normal(size=(80, 4))
    missing = rng.random(answers.shape) < 0.1
    missing[missing.all(axis=1)] = False
    model = Model.parse("F =~ x1 + a*x2 + a*x3 + b*x4\nb == 0.5*a")
    fit = fiml(incomplete(answers, missing, model.items), model)
    at = fit.table.labelled
    assert fit.theta[at["b"]] == pytest.approx(0.5 * fit.theta[at["a"]], abs=1e-12)
    assert fit.df == 10 - 6
    assert np.isfinite(fit.spread).all()


def test_what_cannot_be_estimated_is_said():
    answers, missing = np.random.default_rng(6).normal(size=(30, 3)), np.zeros((30, 3), dtype=bool)
    missing[:15, 0], missing[15:, 1] = True, True  # nobody answered both
    model = Model.parse("F =~ x1 + x2 + x3")
    assert fiml(incomplete(answers, missing, model.items), model) == Status.TOO_FEW_ANSWERS
    moments = Batch.of_moments(batch_of("HolzingerSwineford1939", THREE).moments)
    with pytest.raises(InputError, match="needs the answers"):
        fiml(moments, THREE)
