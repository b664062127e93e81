"""Likert answers: the scale, and the closed moments after the cut against plain sums and against a draw."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from sim.answers.likert import Scale, cut_covariance, cut_variance, likert_moments, uncut_correlation
from sim.errors import InputError

FIVE = (0.07, 0.17, 0.30, 0.30, 0.16)


def shares_of(categories: int, tilt: float) -> tuple[float, ...]:
    """Category shares that lean to one side: proportional to exp(tilt * category)."""
    weights = np.exp(tilt * np.arange(categories))
    return tuple(weights / weights.sum())


def rectangles(correlations: np.ndarray, thresholds: list[tuple[float, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariances by summing answer * answer * P(rectangle) over every pair of categories."""
    p = len(thresholds)
    edges = [(-np.inf, *cuts, np.inf) for cuts in thresholds]
    means = np.array([sum(a * (ndtr(e[a]) - ndtr(e[a - 1])) for a in range(1, len(e))) for e in edges])
    covariances = np.empty((p, p))
    for i, k in itertools.product(range(p), repeat=2):
        joint = multivariate_normal(cov=[[1.0, correlations[i, k]], [correlations[i, k], 1.0]], allow_singular=True)

        def below(x: float, y: float, joint=joint) -> float:  # type: ignore[no-untyped-def]
            return 0.0 if -np.inf in (x, y) else float(joint.cdf([x, y]))

        total = 0.0
        for a, b in itertools.product(range(1, len(edges[i])), range(1, len(edges[k]))):
            if i == k:
                share = ndtr(edges[i][a]) - ndtr(edges[i][a - 1]) if a == b else 0.0
            else:
                high, low = edges[i][a], edges[i][a - 1]
                share = (
                    below(high, edges[k][b])
                    - below(low, edges[k][b])
                    - below(high, edges[k][b - 1])
                    + below(low, edges[k][b - 1])
                )
            total += (a - means[i]) * (b - means[k]) * share
        covariances[i, k] = total
    return means, covariances


def test_moments_agree_with_a_sum_over_category_rectangles() -> None:
    correlations = np.array([[1, 0.6, -0.3, 0.9], [0.6, 1, 0.2, 0.5], [-0.3, 0.2, 1, 0], [0.9, 0.5, 0, 1]])
    thresholds = [(-1.2, 0.1, 0.9), (0.4,), (-2.0, -1.0, 0.0, 1.0, 2.0), (-1.2, 0.1, 0.9)]
    moments = likert_moments(correlations, Scale(tuple(thresholds)).padded(4))
    means, covariances = rectangles(correlations, thresholds)
    # Up to 36 rectangles with products of deviations up to 9, each to about 1e-15.
    assert np.allclose(moments.means[0], means, rtol=0, atol=1e-13)
    assert np.allclose(moments.covariances[0], covariances, rtol=0, atol=1e-12)
    assert moments.n == np.inf


@pytest.mark.parametrize("categories", range(2, 12))
@pytest.mark.parametrize("tilt", [0.0, 0.35])
def test_every_number_of_categories_has_the_moments_of_its_shares(categories: int, tilt: float) -> None:
    shares = np.array(shares_of(categories, tilt))
    scale = Scale.from_shares(tuple(shares), 2)
    answers = np.arange(1, categories + 1)
    moments = likert_moments(np.array([[1.0, 0.5], [0.5, 1.0]]), scale.padded(2))
    mean = shares @ answers
    # Shares pass through ndtri and ndtr: relative error 1e-15, times answers squared up to 121.
    assert np.allclose(moments.means[0], mean, rtol=0, atol=1e-12)
    assert np.allclose(np.diag(moments.covariances[0]), shares @ (answers - mean) ** 2, rtol=0, atol=1e-12)
    _, covariances = rectangles(np.array([[1.0, 0.5], [0.5, 1.0]]), list(scale.thresholds))
    assert np.allclose(moments.covariances[0], covariances, rtol=0, atol=1e-11)


def test_perfectly_related_answers_with_equal_thresholds_are_the_same_answer() -> None:
    cuts = Scale.from_shares(FIVE, 2).padded(2)
    # Rounding may put such a correlation one unit beyond 1.
    for rho in (1.0, 1.0 + 2.3e-16):
        moments = likert_moments(np.array([[1.0, rho], [rho, 1.0]]), cuts)
        assert np.allclose(moments.covariances[0], moments.covariances[0, 0, 0], rtol=0, atol=1e-13)


@given(st.integers(2, 11), st.floats(-0.5, 0.5), st.tuples(st.floats(-0.99, 0.99), st.floats(-0.99, 0.99)).map(sorted))
@settings(max_examples=50, deadline=None)
def test_the_covariance_after_the_cut_rises_with_the_correlation_before_it(
    categories: int, tilt: float, rho: list[float]
) -> None:
    cuts = np.array(Scale.from_shares(shares_of(categories, tilt), 1).thresholds[0])
    lower, upper = cut_covariance(np.stack([cuts, cuts]), np.stack([cuts, cuts]), np.array(rho))
    assert upper >= lower - 1e-13
    # Cauchy-Schwarz: the answers' correlation stays within -1 to 1; a positive one has lost something to the cut.
    assert max(abs(lower), abs(upper)) <= cut_variance(cuts) + 1e-13
    if rho[1] > 0:
        assert upper / cut_variance(cuts) <= rho[1] + 1e-13


@given(st.integers(2, 11), st.floats(-0.5, 0.5), st.floats(-0.99, 0.99))
@settings(max_examples=50, deadline=None)
def test_turning_one_response_round_reverses_the_covariance_of_mirrored_answers(
    categories: int, tilt: float, rho: float
) -> None:
    cuts = np.array(Scale.from_shares(shares_of(categories, tilt), 1).thresholds[0])[None]
    mirrored = -cuts[:, ::-1]
    straight = cut_covariance(cuts, cuts, np.array([rho]))[0]
    assert cut_covariance(cuts, mirrored, np.array([-rho]))[0] == pytest.approx(-straight, abs=1e-13)


@given(st.integers(2, 11), st.floats(-0.3, 0.3), st.floats(-0.6, 0.995))
@settings(max_examples=50, deadline=None)
def test_uncutting_finds_the_correlation_that_was_cut(categories: int, tilt: float, rho: float) -> None:
    cuts = np.array(Scale.from_shares(shares_of(categories, tilt), 1).thresholds[0])
    after = float(cut_covariance(cuts[None], cuts[None], np.array([rho]))[0] / cut_variance(cuts))
    # Rounding of the answers' correlation, up to 1e-14 where 100 pairs of thresholds are summed, over its slope by rho:
    # that is .7 or more for these shares.
    assert uncut_correlation(after, cuts) == pytest.approx(rho, abs=1e-13)


def test_continuous_answers_have_nothing_to_uncut() -> None:
    assert uncut_correlation(0.37, ()) == 0.37


def test_uneven_yes_no_answers_are_uncut_down_to_the_least_correlation_they_reach() -> None:
    # One answer in ten is yes: with rho = -1 nobody says yes twice, so r = -.1^2 / (.1 * .9) = -1/9.
    cuts = np.array([1.2815515655446004])
    after = float(cut_covariance(cuts[None], cuts[None], np.array([-0.7]))[0] / cut_variance(cuts))
    assert uncut_correlation(after, cuts) == pytest.approx(-0.7, abs=1e-9)
    with pytest.raises(InputError, match=r"gives -0\.2 .*1\.282.*between -0\.1111 and 1"):
        uncut_correlation(-0.2, cuts)


def test_a_large_draw_agrees_with_the_closed_moments() -> None:
    respondents = 200_000
    thresholds = [(-1.2, 0.1, 0.9), (0.4,), Scale.from_shares(FIVE, 1).thresholds[0], (-1.0, 0.0, 1.0, 2.0)]
    correlations = np.array([[1, 0.6, -0.3, 0.8], [0.6, 1, 0.2, 0.5], [-0.3, 0.2, 1, 0], [0.8, 0.5, 0, 1]])
    responses = np.random.default_rng(11).multivariate_normal(np.zeros(4), correlations, size=respondents)
    answers = np.stack([1 + np.searchsorted(cuts, responses[:, i]) for i, cuts in enumerate(thresholds)], axis=1)
    moments = likert_moments(correlations, Scale(tuple(thresholds)).padded(4))
    deviations = answers - moments.means[0]
    products = deviations[:, :, None] * deviations[:, None, :]
    # A mean of N independent terms has standard error SD / sqrt(N); the deviations are from the true means, so the
    # products' means estimate the covariances without bias.
    for drawn, exact in ((answers, moments.means[0]), (products, moments.covariances[0])):
        se = drawn.std(axis=0) / np.sqrt(respondents)
        assert (np.abs(drawn.mean(axis=0) - exact) < 4 * se).all()


@pytest.mark.parametrize("categories", [2, 5, 11])
def test_shares_become_thresholds_that_give_the_shares_back(categories: int) -> None:
    shares = shares_of(categories, 0.2)
    cuts = Scale.from_shares(shares, 3).thresholds
    assert len(cuts) == 3
    assert np.allclose(np.diff(ndtr([-np.inf, *cuts[0], np.inf])), shares, rtol=0, atol=1e-14)


def test_padding_fills_with_infinity_which_nobody_exceeds() -> None:
    table = Scale(((0.0,), (-1.0, 1.0))).padded(2)
    assert table.tolist() == [[0.0, np.inf], [-1.0, 1.0]]
    assert Scale.continuous().padded(3).shape == (3, 0)
    assert Scale.continuous().is_continuous


@pytest.mark.parametrize(
    ("thresholds", "parts"),
    [
        (((0.0, 0.0),), ["item 1", "0, 0", "increasing"]),
        (((0.0,), (1.0, -1.0, 2.0)), ["item 2", "1, -1, 2", "out of order"]),
        (((0.0, np.inf),), ["item 1", "inf"]),
        (((np.nan,),), ["item 1", "nan"]),
        (((),), ["item 1", "1 categories", "2 to 101"]),
        ((tuple(range(101)),), ["item 1", "102 categories", "2 to 101"]),
    ],
)
def test_thresholds_that_cut_nothing_are_refused(thresholds: tuple[tuple[float, ...], ...], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Scale(thresholds)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("shares", "parts"),
    [
        ((0.2, 0.3), ["0.2, 0.3", "sum to 0.5", "sum to 1"]),
        ((-0.1, 0.6, 0.5), ["-0.1, 0.6, 0.5", "positive"]),
        ((0.0, 0.5, 0.5), ["0, 0.5, 0.5", "positive"]),
        ((1.0,), ["1 categories", "2 to 101"]),
        ((), ["sum to 0"]),
        ((float("nan"), 0.5), ["nan"]),
    ],
)
def test_shares_that_are_none_are_refused(shares: tuple[float, ...], parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Scale.from_shares(shares, 2)
    for part in parts:
        assert part in str(caught.value)
