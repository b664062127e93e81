"""Vanishing tetrads: a plain count of them, their level where a factor stands behind the items, their power."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from estimators.inference.tetrads import _tetrads, vanishing_tetrads


def of_factor(n, k, rng, loadings=None):
    lam = np.linspace(0.6, 0.85, k) if loadings is None else loadings
    return rng.normal(size=(n, 1)) * lam + rng.normal(size=(n, k)) * np.sqrt(1 - lam**2)


@pytest.mark.parametrize("k", [4, 5, 6, 8])
def test_as_many_tetrads_as_degrees_of_freedom_of_a_factor_and_none_that_follows(k):
    pairs, tetrads = _tetrads(k)
    assert len(tetrads) == k * (k - 3) // 2
    lam = np.linspace(0.5, 0.9, k)
    s = np.array([lam[a] * lam[b] for a, b in pairs])
    slopes = np.zeros((len(tetrads), len(pairs)))
    for row, (a, b, c, d) in enumerate(tetrads):
        assert abs(s[a] * s[b] - s[c] * s[d]) < 1e-15
        assert len({*pairs[a], *pairs[b]}) == 4
        for place, value in ((a, s[b]), (b, s[a]), (c, -s[d]), (d, -s[c])):
            slopes[row, place] += value
    assert np.linalg.matrix_rank(slopes, tol=1e-8) == len(tetrads)


def test_the_statistic_is_that_of_a_plain_calculation():
    x = of_factor(90, 4, np.random.default_rng(3))
    found = vanishing_tetrads(x)
    s = np.cov(x.T, bias=True)
    centred = x - x.mean(axis=0)
    order = list(combinations(range(4), 2))
    gamma = np.array([
        [np.mean(centred[:, a] * centred[:, b] * centred[:, c] * centred[:, d]) - s[a, b] * s[c, d] for c, d in order]
        for a, b in order
    ])  # fmt: skip
    t = np.array([s[0, 1] * s[2, 3] - s[0, 2] * s[1, 3], s[0, 2] * s[1, 3] - s[0, 3] * s[1, 2]])
    slopes = np.array([
        [s[2, 3], -s[1, 3], 0, 0, -s[0, 2], s[0, 1]],
        [0, s[1, 3], -s[1, 2], -s[0, 3], s[0, 2], 0],
    ])  # fmt: skip
    statistic = 90 * t @ np.linalg.solve(slopes @ gamma @ slopes.T, t)
    assert_allclose(found.statistic, statistic, rtol=1e-10)
    assert_allclose(found.p_value, chi2.sf(statistic, 2), rtol=1e-10)
    assert found.count == 2
    assert_allclose(vanishing_tetrads(x * [1, 5, 0.1, 20] + 7).statistic, statistic, rtol=1e-8)


def test_what_has_no_test_has_none():
    rng = np.random.default_rng(1)
    assert vanishing_tetrads(of_factor(80, 3, rng)) is None
    assert vanishing_tetrads(of_factor(8, 6, rng)) is None
    constant = of_factor(80, 4, rng)
    constant[:, 2] = 3
    assert vanishing_tetrads(constant) is None
    twice = of_factor(80, 4, rng)
    twice[:, 3] = twice[:, 2]
    assert vanishing_tetrads(twice) is None or vanishing_tetrads(twice).p_value >= 0


def rejections(data_sets):
    return np.mean([vanishing_tetrads(each).p_value < 0.05 for each in data_sets])


@pytest.mark.parametrize("likert", [False, True])
def test_it_holds_its_level_and_sees_two_factors(likert):
    rng = np.random.default_rng(11)

    def cut(x):
        return np.digitize(x, [-1.5, -0.6, 0.3, 1.2]).astype(float) if likert else x

    # 2,000 data sets: two Monte Carlo errors are 0.0097; it errs downwards in small samples, never upwards.
    assert 0.035 < rejections(cut(of_factor(150, 4, rng)) for _ in range(2000)) < 0.0597
    two = (np.hstack([of_factor(150, 2, rng, np.full(2, 0.8)) for _ in range(2)]) for _ in range(300))
    assert rejections(cut(each) for each in two) > 0.95
