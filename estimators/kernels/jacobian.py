"""A factor model's implied correlations, and derivatives of its covariances, compiled. The notation is of `implied`.

P_il = loading_i C_ab loading_l + the covariance of their errors, items i and l of constructs a and b, and
Sigma_il = exp(x_i + x_l) P_il with P_ii = 1. Rows of a Jacobian are pairs of retained items as `np.triu_indices`
counts them; columns are parameters in the order of x. All of it where `discrepancy` or `place_point` was last asked.
"""

import numpy as np

from estimators.kernels.implied import construct_correlations
from sim.kernels.loops import part


@part
def place_point(x, structure, pattern, point):
    """Loadings, error variances, construct correlations and their derivatives at x, in `point`."""
    construct_correlations(x, pattern.sizes[1] - len(structure.steps), structure, point)
    for i in range(pattern.sizes[0]):
        point.loading[i] = x[pattern.slot[i]] if pattern.slot[i] >= 0 else 1.0
        point.error[i] = 1.0 - point.loading[i] * point.loading[i]


@part
def implied_correlations(x, pattern, point, out):
    """P (p, p), of unit diagonal."""
    loading, block, pair = point.loading, pattern.block, pattern.pair
    p, k, pairs = pattern.sizes
    base = k - len(point.dC) - pairs
    for i in range(p):
        for l in range(p):
            out[i, l] = loading[i] * point.C[block[i], block[l]] * loading[l]
        out[i, i] = 1.0
    for e in range(pairs):
        out[pair[e, 0], pair[e, 1]] += x[base + e]
        out[pair[e, 1], pair[e, 0]] += x[base + e]


@part
def covariance_jacobian(x, implied, pattern, point, out):
    """Derivatives of Sigma_il, i <= l, by all parameters: out (p(p+1)/2, k); `implied` is P.

    With the log scales relative to the sample's standard deviations, Sigma is in units of those.
    """
    p = pattern.sizes[0]
    row = 0
    for i in range(p):
        for l in range(i, p):
            scale = np.exp(x[i] + x[l])
            fill_row(i, l, scale if l > i else 0.0, pattern, point, out[row])
            out[row, i] += scale * implied[i, l]
            out[row, l] += scale * implied[i, l]
            row += 1
    for e in range(pattern.sizes[2]):
        i, l = pattern.pair[e]
        column = pattern.sizes[1] - len(point.dC) - pattern.sizes[2] + e
        out[i * (2 * p - i + 1) // 2 + l - i, column] = np.exp(x[i] + x[l])


@part
def fill_row(i, l, scale, pattern, point, row):
    """scale times the derivatives of P_il by loadings and structural parameters."""
    loading, slot = point.loading, pattern.slot
    a, b = pattern.block[i], pattern.block[l]
    for c in range(len(row)):
        row[c] = 0.0
    if slot[i] >= 0:
        row[slot[i]] = scale * point.C[a, b] * loading[l]
    if slot[l] >= 0 and l != i:
        row[slot[l]] = scale * loading[i] * point.C[a, b]
    for s in range(len(point.dC)):
        row[len(row) - len(point.dC) + s] = scale * loading[i] * point.dC[s, a, b] * loading[l]
