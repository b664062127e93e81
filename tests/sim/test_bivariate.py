"""Bivariate normal probabilities: against scipy, against exact cases, and the laws they obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from sim.distributions.bivariate import density, joint_exceedance
from tests.plain import cumulative

places = st.floats(-6, 6)
correlations = st.floats(-0.9999, 0.9999)
#: Both sides carry a few roundings of numbers below 1, a unit in the last place of which is 1.1e-16.
ROUNDING = 1e-14


@pytest.mark.parametrize("rho", [0.0, 0.1, 0.5, 0.9, 0.99, 0.9999, 0.9999999, -0.3, -0.8, -0.999, -0.999999])
def test_cumulative_agrees_with_scipy(rho: float) -> None:
    rng = np.random.default_rng(7)
    h = rng.normal(scale=1.5, size=150)
    # Half of the places lie where the density does: near |rho| = 1 nothing else would be a test.
    near = rho * h + np.sqrt(1 - rho**2) * rng.normal(size=150)
    k = np.where(np.arange(150) < 75, near, rng.normal(scale=1.5, size=150))
    joint = multivariate_normal(cov=[[1.0, rho], [rho, 1.0]], allow_singular=True)
    reference = joint.cdf(np.stack([h, k], axis=1))
    # scipy's bivariate case is Genz's (2004), stated to 5e-16; 1e-12 leaves room for its sums.
    assert np.abs(cumulative(h, k, rho) - reference).max() < 1e-12


@pytest.mark.parametrize("rho", [0.0, 0.3, -0.7, 0.95, 1.0, -1.0])
def test_the_middle_quadrant_has_its_exact_probability(rho: float) -> None:
    # Sheppard 1899: P(X <= 0, Y <= 0) = 1/4 + asin(rho) / (2 pi)
    assert cumulative(0.0, 0.0, rho) == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=ROUNDING)


def test_perfect_correlation_gives_the_smaller_probability() -> None:
    rng = np.random.default_rng(8)
    h = rng.normal(size=500)
    k = h + rng.normal(size=500) * 10.0 ** rng.uniform(-9, 0.5, size=500)
    assert np.allclose(cumulative(h, k, 1.0), np.minimum(ndtr(h), ndtr(k)), rtol=0, atol=ROUNDING)
    assert np.allclose(cumulative(h, -k, -1.0), np.maximum(ndtr(h) - ndtr(k), 0.0), rtol=0, atol=ROUNDING)


@given(places, places, correlations)
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_two_variables_does_not_matter(h: float, k: float, rho: float) -> None:
    assert float(joint_exceedance(h, k, rho)) == pytest.approx(float(joint_exceedance(k, h, rho)), abs=ROUNDING)


@given(places, places, correlations)
@settings(max_examples=100, deadline=None)
def test_turning_one_variable_round_turns_the_excess_round(h: float, k: float, rho: float) -> None:
    # P(X > h, -Y > -k) = P(X > h) - P(X > h, Y > k)
    assert float(joint_exceedance(h, -k, -rho)) == pytest.approx(-float(joint_exceedance(h, k, rho)), abs=ROUNDING)


@given(places, places, correlations)
@settings(max_examples=100, deadline=None)
def test_the_four_quadrants_sum_to_one_and_none_is_negative(h: float, k: float, rho: float) -> None:
    quadrants = [
        cumulative(h, k, rho),
        ndtr(h) - cumulative(h, k, rho),
        ndtr(k) - cumulative(h, k, rho),
        ndtr(-h) * ndtr(-k) + joint_exceedance(h, k, rho),
    ]
    assert min(map(float, quadrants)) > -ROUNDING
    assert float(sum(quadrants)) == pytest.approx(1.0, abs=4 * ROUNDING)


@given(places, places, st.tuples(correlations, correlations).map(sorted))
@settings(max_examples=100, deadline=None)
def test_the_probability_rises_with_the_correlation(h: float, k: float, rho: list[float]) -> None:
    lower, upper = cumulative(h, k, np.array(rho))
    assert upper >= lower - ROUNDING


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-0.95, 0.95))
@settings(max_examples=60, deadline=None)
def test_the_density_is_the_derivative_by_the_correlation(h: float, k: float, rho: float) -> None:
    step = 1e-4
    difference = (joint_exceedance(h, k, rho + step) - joint_exceedance(h, k, rho - step)) / (2 * step)
    # A central difference is off by step^2 / 6 times the density's second derivative by rho, which for |rho| <= .95 is
    # largest at h = k = 0: (1 + 2 rho^2) / (2 pi (1 - rho^2)^(5/2)) = 150.
    assert float(difference) == pytest.approx(float(density(h, k, rho)), abs=step**2 / 6 * 150 * 1.1)


def test_an_infinite_place_leaves_nothing_to_exceed_together() -> None:
    assert np.array_equal(joint_exceedance([np.inf, -np.inf, 0.0], [0.0, 1.0, np.inf], 0.5), np.zeros(3))
    assert cumulative(np.inf, 0.3, 0.5) == pytest.approx(float(ndtr(0.3)), abs=ROUNDING)
    assert float(cumulative(-np.inf, 0.3, 0.5)) == 0.0
    assert float(density(np.inf, 0.0, 0.5)) == 0.0


def test_arguments_broadcast() -> None:
    table = cumulative(np.zeros((3, 1)), np.zeros(4), 0.5)
    assert table.shape == (3, 4)
    assert np.ptp(table) == 0.0
