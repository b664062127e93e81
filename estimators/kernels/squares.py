"""Least squares discrepancies of a factor model with their gradients and Gauss-Newton matrices, compiled.

The parameters and notation are those of `implied`, S and Sigma in units of the sample's standard deviations. Two
discrepancies f per respondent, n (or n - 1) times 2 f of which is the test statistic. By pairs: f is the sum over
i < l of w_il (S_il - P_il)^2 / 2; its scales are the sample's, because variances that nothing restricts leave no
residual. Generalized: f = tr[(1 - S^-1 Sigma)^2] / 4 (Browne 1974, S. Afr. Statist. J. 8, 1-24), scales free. Either
has df = - tr(Q dP) / 2, Q_il = w_il (S_il - P_il) by pairs and Q = A - A P A generalized, with A = D S^-1 D.
"""

import numpy as np

from estimators.kernels.jacobian import implied_correlations, place_point
from sim.kernels.loops import part


@part
def by_pairs(x, sample, weights, structure, pattern, point, gradient):
    """f by pairs at x and its gradient (k,); loadings, C and Q are left in `point`."""
    p = pattern.sizes[0]
    P, Q = point.wide, point.sample
    place_point(x, structure, pattern, point)
    implied_correlations(x, pattern, point, P)
    f = 0.0
    for i in range(p):
        gradient[i] = 0.0
        Q[i, i] = 0.0
        for l in range(i + 1, p):
            residual = sample[i, l] - P[i, l]
            Q[i, l] = weights[i, l] * residual
            Q[l, i] = Q[i, l]
            f += Q[i, l] * residual
    standardised_gradient(pattern, point, gradient)
    return 0.5 * f


@part
def generalized(x, precision, structure, pattern, point, gradient):
    """f of generalized least squares at x, from S^-1 `precision`, and its gradient (k,); A, P and Q are in `point`."""
    p = pattern.sizes[0]
    A, P, Q, scale = point.inverse, point.wide, point.sample, point.vector
    place_point(x, structure, pattern, point)
    implied_correlations(x, pattern, point, P)
    for i in range(p):
        scale[i] = np.exp(x[i])
    for i in range(p):
        for l in range(p):
            A[i, l] = scale[i] * precision[i, l] * scale[l]
    excess = np.zeros((p, p))  # A P - 1
    for i in range(p):
        for c in range(p):
            for l in range(p):
                excess[i, l] += A[i, c] * P[c, l]
        excess[i, i] -= 1.0
    f = 0.0
    for i in range(p):
        for l in range(p):
            f += excess[i, l] * excess[l, i]
            Q[i, l] = 0.0
        for c in range(p):
            for l in range(p):
                Q[i, l] -= excess[i, c] * A[c, l]
    for i in range(p):
        value = 0.0
        for l in range(p):
            value -= Q[i, l] * P[l, i]
        gradient[i] = value
    standardised_gradient(pattern, point, gradient)
    return 0.25 * f


@part
def standardised_gradient(pattern, point, gradient):
    """-tr(Q dP) / 2 for every parameter but the scales."""
    p, k, pairs = pattern.sizes
    loading, C, G, Q, dC, slot, first = (
        point.loading, point.C, point.G, point.sample, point.dC, pattern.slot, pattern.first,
    )  # fmt: skip
    m, base = len(C), k - len(dC)
    for a in range(m):
        for b in range(m):
            G[a, b] = 0.0
    for i in range(p):
        a, slope = pattern.block[i], 0.0
        for b in range(m):
            along = 0.0
            for l in range(first[b], first[b + 1]):
                along += Q[i, l] * loading[l]
            if a == b:
                along -= Q[i, i] * loading[i]
            slope -= along * C[a, b]
            G[a, b] += loading[i] * along  # L'QL
        if slot[i] >= 0:
            gradient[slot[i]] = slope
    for e in range(pairs):
        gradient[base - pairs + e] = -Q[pattern.pair[e, 0], pattern.pair[e, 1]]
    for s in range(len(dC)):
        value = 0.0
        for a in range(m):
            for b in range(a):
                value -= G[a, b] * dC[s, a, b]
        gradient[base + s] = value


@part
def pairs_information(weights, pattern, point, out):
    """J'WJ where `by_pairs` was last asked: upper triangle of `out` (k, k), rows of the scales left as they are.

    Every residual depends on two loadings, the structural parameters and at most one error covariance.
    """
    p, k, pairs = pattern.sizes
    loading, slot, dC, steps = point.loading, pattern.slot, point.dC, len(point.dC)
    base = k - steps
    for t in range(p, k):
        for u in range(t, k):
            out[t, u] = 0.0
    for i in range(p):
        for l in range(i + 1, p):
            a, b, w = pattern.block[i], pattern.block[l], weights[i, l]
            first, second, both = point.C[a, b] * loading[l], point.C[a, b] * loading[i], loading[i] * loading[l]
            t, u = slot[i], slot[l]
            if t >= 0:
                out[t, t] += w * first * first
                if u >= 0:
                    out[t, u] += w * first * second
            if u >= 0:
                out[u, u] += w * second * second
            if a == b:
                continue
            for c in range(steps):
                along = w * both * dC[c, a, b]
                if t >= 0:
                    out[t, base + c] += first * along
                if u >= 0:
                    out[u, base + c] += second * along
                for d in range(c, steps):
                    out[base + c, base + d] += along * both * dC[d, a, b]
    for e in range(pairs):
        i, l = pattern.pair[e]
        a, b, w, column = pattern.block[i], pattern.block[l], weights[i, l], base - pairs + e
        out[column, column] = w
        out[slot[i], column] = w * point.C[a, b] * loading[l]
        out[slot[l], column] = w * point.C[a, b] * loading[i]
        for c in range(steps):
            out[column, base + c] = w * loading[i] * loading[l] * dC[c, a, b]


@part
def generalized_information(pattern, point, out):
    """tr(A dP A dP) / 2 where `generalized` was last asked: upper triangle of `out` (k, k).

    The derivative of P by any parameter but the structural ones is e_i v' + v e_i'. Two of them, (i, v) and (l, u),
    meet in A_il v'Au + (Au)_i (Av)_l; (i, v) and L dC L' in (A L dC L' A v)_i.
    """
    p, k, _ = pattern.sizes
    A, dC, block, loading = point.inverse, point.dC, pattern.block, point.loading
    base = k - len(dC)
    item, V = rank_two(pattern, point, base)
    AV, across, turned = np.zeros((base, p)), np.zeros((p, p)), np.zeros((p, p))
    for t in range(base):
        for c in range(p):
            for i in range(p):
                AV[t, i] += V[t, c] * A[c, i]
    for t in range(base):
        for u in range(t, base):
            value = 0.0
            for l in range(p):
                value += V[t, l] * AV[u, l]
            out[t, u] = A[item[t], item[u]] * value + AV[u, item[t]] * AV[t, item[u]]
    for s in range(len(dC)):
        for i in range(p):
            for l in range(p):
                across[i, l] = 0.0
                turned[i, l] = 0.0
            for c in range(p):  # A L dC L'
                for l in range(p):
                    across[i, l] += A[i, c] * loading[c] * dC[s, block[c], block[l]] * loading[l]
            for c in range(p):
                for l in range(p):
                    turned[i, l] += across[i, c] * A[c, l]
        for t in range(base):
            value = 0.0
            for l in range(p):
                value += turned[item[t], l] * V[t, l]
            out[t, base + s] = value
        for d in range(s, len(dC)):
            value = 0.0
            for i in range(p):
                for l in range(i):
                    value += turned[i, l] * loading[i] * dC[d, block[i], block[l]] * loading[l]
            out[base + s, base + d] = value


@part
def rank_two(pattern, point, base):
    """Item i and vector v (p,) of every derivative e_i v' + v e_i': (base,) and (base, p)."""
    p, _, pairs = pattern.sizes
    item, V = np.zeros(base, np.int64), np.zeros((base, p))
    for i in range(p):
        t = pattern.slot[i]
        item[i] = i
        if t >= 0:
            item[t] = i
        for l in range(p):
            V[i, l] = point.wide[i, l]
            if t >= 0 and l != i:
                V[t, l] = point.C[pattern.block[i], pattern.block[l]] * point.loading[l]
    for e in range(pairs):
        item[base - pairs + e] = pattern.pair[e, 0]
        V[base - pairs + e, pattern.pair[e, 1]] = 1.0
    return item, V
