"""Two-stage maximum likelihood on incomplete answers: against lavaan, and ML on complete answers."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.constrained.fitting import Search, information_spread, search_all
from estimators.incomplete.twostage import two_stage
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import batch_of, reference, survey

LAVAAN = reference("two_stage_lavaan")["runs"]


@pytest.mark.parametrize("name", LAVAAN)
def test_estimates_errors_and_test_are_those_of_lavaan(name):
    """`sem(model, data, missing = "two.stage", em.h1.tol = 1e-11)` of lavaan 0.6-20, and "robust.two.stage"."""
    given = LAVAAN[name]
    model = Model.parse(given["model"])
    batch = Batch.of_frame(survey("hs_mcar15")[list(model.items)])
    fit = two_stage(batch, model, robust="robust" in name)
    rows = fit.found.layouts[0].table.free
    errors = np.sqrt(np.diagonal(fit.spread))
    for at, row in enumerate(rows):
        value, error = given["values"].get(row.name) or given["values"][f"{row.right}{row.operator}{row.left}"]
        assert fit.found.ends[0].theta[at] == pytest.approx(value, rel=1e-6, abs=1e-8)
        assert errors[at] == pytest.approx(error, rel=1e-4)
    assert fit.df == given["fit"]["df"]
    assert fit.statistic == pytest.approx(given["fit"]["chisq"], rel=1e-7)
    assert fit.scaling == pytest.approx(given["fit"]["chisq.scaling.factor"], rel=1e-5)
    assert fit.scaled == pytest.approx(given["fit"]["chisq.scaled"], rel=1e-5)


def test_on_complete_answers_it_is_maximum_likelihood():
    model = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6")
    batch = batch_of("HolzingerSwineford1939", model)
    fit = two_stage(batch, model)
    found = search_all(batch, model, Search("likelihood", "none", 1e-9, 150), batch.n)
    np.testing.assert_allclose(fit.found.ends[0].theta, found.ends[0].theta, atol=1e-7)
    assert fit.statistic == pytest.approx(batch.n * found.discrepancy[0], rel=1e-7)
    assert fit.scaling == pytest.approx(1.0, rel=1e-7)
    # Both informations are expected ones, at the sample's and at the implied covariances.
    implied = information_spread(found, batch.n, observed=False)(0)
    np.testing.assert_allclose(np.diagonal(fit.spread), np.diagonal(implied), rtol=0.2)


def test_what_cannot_be_estimated_is_said():
    answers, missing = np.random.default_rng(6).normal(size=(30, 3)), np.zeros((1, 30, 3), dtype=bool)
    model = Model.parse("F =~ x1 + x2 + x3")
    missing[0, :15, 0], missing[0, 15:, 1] = True, True  # nobody answered both
    assert two_stage(Batch.of(answers, missing=missing, items=model.items), model) == Status.TOO_FEW_ANSWERS
    assert (
        two_stage(Batch.of(answers[:3], missing=missing[:, 15:18] & False, items=model.items), model) == Status.SINGULAR
    )
    with pytest.raises(InputError, match="need the answers"):
        two_stage(Batch.of_moments(batch_of("HolzingerSwineford1939", model).moments, model.items), model)
    with pytest.raises(InputError, match="leave the intercepts out"):
        two_stage(Batch.of(answers, items=model.items), Model.parse("F =~ x1 + x2 + x3\nx1 ~ 1"))
