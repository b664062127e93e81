"""Derivatives at the minimum of one data set, compiled: of the implied covariances and of the targets."""

import numpy as np

from estimators.kernels.factor_model import empty_pattern, empty_point, read_pattern
from estimators.kernels.jacobian import covariance_jacobian, implied_correlations, place_point
from estimators.kernels.sandwich import fill_gradient
from sim.kernels.loops import compiled


@compiled
def derivatives(x, retained, structure, wanted, jacobian, gradients):
    """Fills jacobian (p(p+1)/2, k), see `covariance_jacobian`, and gradients (q, k) of the targets `wanted` at x (k,).

    p retained items with k parameters; a target that has no derivative, or that no standard error is asked for, gets 0.
    """
    p_all, m, e, s = len(retained), len(structure.order), len(structure.errors), len(structure.steps)
    pattern, point = empty_pattern(p_all, m, e), empty_point(p_all, m, s, 2 * p_all + e + s)
    read_pattern(retained, structure, pattern)
    p = pattern.sizes[0]
    implied = np.empty((p, p))
    place_point(x, structure, pattern, point)
    implied_correlations(x, pattern, point, implied)
    covariance_jacobian(x, implied, pattern, point, jacobian)
    for t in range(len(wanted)):
        fill_gradient(t, wanted, x, structure, pattern, point, gradients[t])
