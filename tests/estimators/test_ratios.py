"""Likelihood ratios against lavaan's, and profile intervals against a closed form and their own definition."""

import numpy as np
import pytest
from scipy.special import chdtri

from estimators.constrained.casewise import Casewise
from estimators.constrained.fitting import Search, information_spread, search_all
from estimators.constrained.ratios import Profile, ratio_test
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import batch_of
from tests.democracy import EQUAL, FREE

SEARCH = Search("likelihood", "none", 1e-8, 1000)


def fits():
    """The model of political democracy with free and with equal loadings, and its data."""
    batch = batch_of("PoliticalDemocracy", Model.parse(FREE))
    return batch, [search_all(batch, Model.parse(text), SEARCH, batch.n) for text in (FREE, EQUAL)]


def test_nested_models_compare_as_in_lavaan():
    """lavTestLRT of lavaan 0.6-20, `sem(free)` against `sem(eqload)`, ML and MLR."""
    batch, (free, equal) = fits()
    plain = ratio_test(free, equal, batch.n)
    assert plain.statistic[0] == pytest.approx(2.0542713016844516, rel=1e-7)
    assert plain.df[0] == 3
    assert plain.p_value[0] == pytest.approx(0.5612192383961649, rel=1e-7)
    traces = [Casewise(found, batch, observed=True).traces(0) for found in (free, equal)]
    factors = [
        np.array([(one.sample - one.own) / found.df[0]]) for one, found in zip(traces, (free, equal), strict=True)
    ]
    assert factors[0][0] == pytest.approx(0.9208836119129913, rel=1e-4)
    robust = ratio_test(free, equal, batch.n, scaling=(factors[0], factors[1]))
    # The difference of two factors near each other loses digits: lavaan's are good to 1e-5.
    assert robust.statistic[0] == pytest.approx(2.954763929616031, rel=1e-3)


def test_the_larger_model_comes_first():
    batch, (free, equal) = fits()
    with pytest.raises(InputError, match="the larger model first"):
        ratio_test(equal, free, batch.n)


def test_a_profile_interval_inverts_the_test():
    batch, (free, _) = fits()
    profile = Profile(free, 0, "p", batch.n)
    ends = profile.interval(0.95, information_spread(free, batch.n, observed=False))
    for end in ends:
        assert profile.statistic(end) == pytest.approx(chdtri(1, 0.05), abs=1e-6)
        held = search_all(batch, Model.parse(FREE.replace("p*", f"{end!r}*")), SEARCH, batch.n)
        assert ratio_test(free, held, batch.n).statistic[0] == pytest.approx(chdtri(1, 0.05), abs=1e-6)
    assert ends[0] < free.ends[0].theta[profile.at] < ends[1]


def test_the_profile_interval_of_a_regression_has_a_closed_form():
    """The residual variance at slope b is s2 + (b - b_hat)^2 s_xx, and the statistic n times the log of its ratio."""
    x, error = np.random.default_rng(3).normal(size=(2, 40))
    batch = Batch.of(np.column_stack([x, 0.4 * x + error]), items=("x", "y"))
    found = search_all(batch, Model.parse("y ~ b*x"), SEARCH, batch.n)
    cov = batch.aligned(Model.parse("y ~ b*x").items).moments.covariances[0]
    at = Model.parse("y ~ b*x").items.index("x")
    slope, s_xx = cov[0, 1] / cov[at, at], cov[at, at]
    s2 = cov[1 - at, 1 - at] - slope * cov[0, 1]
    half = np.sqrt(s2 * np.expm1(chdtri(1, 0.05) / 40) / s_xx)
    ends = Profile(found, 0, "b", batch.n).interval(0.95, information_spread(found, batch.n, observed=False))
    np.testing.assert_allclose(ends, [slope - half, slope + half], atol=1e-7)
    with pytest.raises(InputError, match="no label of a free parameter"):
        Profile(found, 0, "c", batch.n).statistic(0.0)
