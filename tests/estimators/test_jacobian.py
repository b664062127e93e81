"""Derivatives of implied covariances against finite differences."""

import numpy as np
import pytest
from numba import njit

from estimators.factors.structure import error_pairs, structural_parameters
from estimators.kernels.factor_model import Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.jacobian import covariance_jacobian, implied_correlations, place_point
from sim.model import Model

#: A block of two, an item alone, several outcomes, mediation, error covariances in and between blocks, M ~~ T.
RICH = Model.parse(
    "A =~ a1+a2+a3+a4\nB =~ b1+b2\nM =~ m1+m2+m3\nP =~ p1+p2+p3\nS =~ s1\nT =~ t1+t2+t3\n"
    "M ~ A + B\nP ~ M\nS ~ M + A\nT ~ S\na2 ~~ m1\np1 ~~ p3\nM ~~ T"
)
EVERY = np.ones(len(RICH.items), dtype=bool)
SOME = ~np.isin(RICH.items, ["a1", "b2", "p1", "t3"])


@njit(cache=True)
def placed(x, retained, structure):
    """The pattern of the retained items and the model at x."""
    m, e, s = len(structure.order), len(structure.errors), len(structure.steps)
    pattern, point = empty_pattern(len(retained), m, e), empty_point(len(retained), m, s, 2 * len(retained) + e + s)
    read_pattern(retained, structure, pattern)
    if len(x):
        place_point(x, structure, pattern, point)
    return pattern, point


@njit(cache=True)
def sizes_of(retained, structure):
    return placed(np.zeros(0), retained, structure)[0].sizes


@njit(cache=True)
def correlations_at(x, retained, structure):
    pattern, point = placed(x, retained, structure)
    out = np.empty((pattern.sizes[0], pattern.sizes[0]))
    implied_correlations(x, pattern, point, out)
    return out


@njit(cache=True)
def jacobian_at(x, implied, retained, structure, out):
    pattern, point = placed(x, retained, structure)
    covariance_jacobian(x, implied, pattern, point, out)


class Place:
    """The model on some items at random parameters."""

    def __init__(self, retained, seed):
        steps = structural_parameters(RICH)
        self.structure = Structure(np.array(RICH.causal_order), steps, error_pairs(RICH), RICH.bounds)
        self.retained = retained
        self.p, self.k, _ = sizes_of(retained, self.structure)
        self.x = np.random.default_rng(seed).uniform(-0.4, 0.6, self.k)

    def correlations(self, x):
        return correlations_at(x, self.retained, self.structure)

    def covariances(self, x):
        scale = np.exp(x[: self.p])
        return scale[:, None] * self.correlations(x) * scale

    def differences(self):
        rows = np.triu_indices(self.p)
        steps = 1e-6 * np.eye(len(self.x))
        columns = [(self.covariances(self.x + h)[rows] - self.covariances(self.x - h)[rows]) / 2e-6 for h in steps]
        return np.column_stack(columns)


@pytest.mark.parametrize("retained", [EVERY, SOME], ids=["every item", "some dropped"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_jacobian_is_the_finite_differences(retained, seed):
    place = Place(retained, seed)
    expected, implied = place.differences(), place.correlations(place.x)
    jacobian = np.full((place.p * (place.p + 1) // 2, place.k), np.nan)
    jacobian_at(place.x, implied, retained, place.structure, jacobian)
    np.testing.assert_allclose(jacobian, expected, atol=1e-8)
