"""Inference of maximum likelihood: unstandardised tests, standard errors against the spread, total effects."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.model import Model


def test_only_the_paths_p_values_depend_on_the_choice():
    population = catalogue.population("crm-clusters")
    batch = Batch.of(draw(population, 72, 10, np.random.default_rng(2)))
    one, other = (
        MaximumLikelihood(test=test).fit(batch, population.model) for test in ("standardised", "unstandardised")
    )
    np.testing.assert_array_equal(one.se, other.se)
    changed = (one.p_value != other.p_value) & ~np.isnan(one.p_value)
    assert changed.any(axis=0).tolist() == [target.kind == "path" for target in one.targets]


def test_standard_errors_are_the_spread_of_estimates_in_large_samples():
    population = catalogue.population("three-factors")
    targets = [t for t in population.model.targets if t.kind in ("path", "loading", "correlation", "r2")]
    batch = Batch.of(draw(population, 500, 1500, np.random.default_rng(3)))
    fit = MaximumLikelihood().fit(batch, population.model, targets)
    assert (fit.status == Status.OK).all()
    # An empirical SE of 1,500 estimates is known to 1.8 %; about 20 of them are compared, at four errors.
    np.testing.assert_allclose(fit.se.mean(axis=0) / fit.value.std(axis=0, ddof=1), 1, atol=0.073)


def test_total_effects_have_the_standard_errors_of_what_they_equal():
    model = Model.parse("X =~ x1+x2+x3\nM =~ m1+m2+m3\nY =~ y1+y2+y3\nZ =~ z1+z2+z3\nM ~ X\nY ~ X + M\nZ ~ Y")
    data = np.random.default_rng(5).normal(size=(1, 150, 1)) + np.random.default_rng(6).normal(size=(1, 150, 12))
    names = ["total(X->Y)", "X~~Y", "total_indirect(X->Y)", "X->M->Y", "total(X->Z)", "X~~Z", "total(Y->X)"]
    fit = MaximumLikelihood().fit(Batch.of(data), model, [model.target(name) for name in names])
    # A standardised total effect of the one exogenous construct is its correlation with the effect.
    for one, other in ((0, 1), (2, 3), (4, 5)):
        assert fit.value[0, one] == pytest.approx(fit.value[0, other], rel=1e-10)
        assert fit.se[0, one] == pytest.approx(fit.se[0, other], rel=1e-8)
    assert fit.value[0, 6] == fit.se[0, 6] == 0.0
