"""The implied matrix of a factor model: discrepancy, gradient and expected information, compiled.

The model is Sigma = D P D, scales D and P = L C L' + Theta of unit diagonal, so that an error variance is 1 - loading^2
and C, the construct correlations, follows from paths and residual covariances alone. Every parameter but the scales is
a standardised one. x holds log scales (p), loadings (of every item not alone in its block), error covariances,
structural parameters. An item alone in its block has loading 1 and no error. Per respondent,
f = [ln|Sigma| + tr(Sigma^-1 S)] / 2 has the gradient tr(Q dP) / 2 with Q = P^-1 - P^-1 S P^-1, S rescaled by D^-1, and
the expected information tr(P^-1 dP P^-1 dP) / 2 (Joreskog 1970, Biometrika 57, 239-251; Bollen 1989, app. 4A-4B).
Every dP is x y' + y x' or L dC L', which is why a few products with P^-1 give both.
"""

import numpy as np

from estimators.kernels.factor_model import COVARIANCE, PATH
from estimators.kernels.matrices import ROUNDING, cholesky, invert, log_determinant, multiply, weighted_rows
from sim.kernels.loops import part

#: Under this error variance Theta^-1 costs digits, and P is inverted by Cholesky instead.
SMALL_ERROR = 0.02


@part
def construct_correlations(x, base, structure, point):
    """C, R and their derivatives by the structural parameters x[base:], in causal order, every construct of variance 1.

    R_jk = Psi_jk + sum_l B_kl R_jl and C_jk = R_jk + sum_l B_jl C_lk for k before j: the residual variances, which make
    the diagonal 1, are not needed for it.
    """
    order, steps, C, R, B, Psi, dC, dR = (
        structure.order, structure.steps, point.C, point.R, point.B, point.Psi, point.dC, point.dR,
    )  # fmt: skip
    for s in range(len(steps)):
        row, column = steps[s, 1], steps[s, 2]
        if steps[s, 0] == PATH:
            B[row, column] = x[base + s]
        else:
            Psi[row, column] = x[base + s]
            Psi[column, row] = x[base + s]
    for t in range(len(order)):
        j = order[t]
        C[j, j] = 1.0
        for v in range(t):
            k = order[v]
            value = Psi[j, k]
            for w in range(v):
                value += B[k, order[w]] * R[j, order[w]]
            R[j, k] = value
            for w in range(t):
                value += B[j, order[w]] * C[order[w], k]
            C[j, k] = value
            C[k, j] = value
    for s in range(len(steps)):
        kind, row, column = steps[s, 0], steps[s, 1], steps[s, 2]
        for t in range(1, len(order)):
            j = order[t]
            for v in range(t):
                k = order[v]
                value = 0.0
                if kind == COVARIANCE and ((j == row and k == column) or (j == column and k == row)):
                    value = 1.0
                elif kind == PATH and k == row:
                    value = R[j, column]
                for w in range(v):
                    value += B[k, order[w]] * dR[s, j, order[w]]
                dR[s, j, k] = value
                if kind == PATH and j == row:
                    value += C[column, k]
                for w in range(t):
                    value += B[j, order[w]] * dC[s, order[w], k]
                dC[s, j, k] = value
                dC[s, k, j] = value


@part
def discrepancy(x, sample, scales_free, structure, pattern, point, gradient):
    """f at x, its gradient (k,), and the model's matrices in `point`. Infinite where P is not positive definite.

    With `scales_free` False the log scales are taken as 0, and their gradient is still given.
    """
    loading, error, C, G, dC = point.loading, point.error, point.C, point.G, point.dC
    p, k = pattern.sizes[0], pattern.sizes[1]
    base = k - len(dC)
    construct_correlations(x, base, structure, point)
    for i in range(p):
        loading[i] = x[pattern.slot[i]] if pattern.slot[i] >= 0 else 1.0
        error[i] = 1.0 - loading[i] * loading[i]
    log_scales = 0.0
    matrix = sample
    if scales_free:
        matrix = point.sample
        for i in range(p):
            log_scales += x[i]
            point.vector[i] = np.exp(-x[i])
        for i in range(p):
            for l in range(p):
                matrix[i, l] = sample[i, l] * point.vector[i] * point.vector[l]
    if has_parts(pattern, point):
        f = by_parts(matrix, pattern, point, gradient)
    else:
        f = by_cholesky(x, matrix, pattern, point, gradient)
    for s in range(len(dC)):
        value = 0.0
        for a in range(len(C)):
            for b in range(a):
                value += (G[a, b] + G[b, a]) * dC[s, a, b]
        gradient[base + s] = 0.5 * value
    return log_scales + f


@part
def has_parts(pattern, point):
    """Whether Theta is diagonal and safely positive, so that P^-1 = Theta^-1 - Z K Z' can be used."""
    for i in range(pattern.sizes[0]):
        if not point.error[i] > SMALL_ERROR:
            return False
    return pattern.sizes[2] == 0


@part
def by_parts(sample, pattern, point, gradient):
    """f and its gradient by m x m inverses alone: P^-1 = Theta^-1 - Z K Z' (Woodbury), at a cost of p^2."""
    loading, error, z, SZ = point.loading, point.error, point.ratio, point.SZ
    K, J, H, G, N, NJ, root = point.K, point.J, point.H, point.G, point.square, point.other, point.vector
    first, slot = pattern.first, pattern.slot
    p, m = pattern.sizes[0], len(K)
    log_det, trace = 0.0, 0.0
    for a in range(m):
        total, errors = 0.0, 1.0
        for i in range(first[a], first[a + 1]):
            z[i] = loading[i] / error[i]
            total += z[i] * loading[i]
            errors *= error[i]
        log_det += np.log(errors)
        root[a] = np.sqrt(max(total, 1e-60))
    determinant = invert_core(m, point.C, root, N, K, J, H)
    if not determinant > 0.0:
        return np.inf
    log_det += np.log(determinant)
    for a in range(m):
        weighted_rows(z, sample, first[a], first[a + 1], p, SZ[a])
    for a in range(m):
        for b in range(m):
            value = 0.0
            for i in range(first[a], first[a + 1]):
                value += z[i] * SZ[b, i]
            N[a, b] = value
            trace -= K[a, b] * value
    multiply(m, N, J, NJ)
    for a in range(m):
        for b in range(m):
            value = H[a, b]
            for c in range(m):
                value -= J[c, a] * NJ[c, b]
            G[a, b] = value
    for b in range(m):
        core = K[b, b]
        for a in range(m):
            for c in range(m):
                core += K[b, a] * N[a, c] * K[c, b]
        for i in range(first[b], first[b + 1]):
            value = 0.0
            for a in range(m):
                value += K[b, a] * SZ[a, i]
            precision = 1.0 / error[i]
            weighted = sample[i, i] * precision
            own = precision * (1.0 - weighted + 2.0 * z[i] * value) - z[i] * z[i] * core  # Q_ii
            gradient[slot[i]] = z[i] * core - value * precision - loading[i] * own
            gradient[i] = 1.0 - weighted + z[i] * value
            trace += weighted
    return 0.5 * (log_det + trace)


@part
def invert_core(m, C, root, core, K, J, H):
    """K, J and H by the inverse of 1 + M^1/2 C M^1/2, M^1/2 = diag(root). Its determinant, -1 if not above 0."""
    determinant = 1.0
    for a in range(m):
        for b in range(a, m):
            core[a, b] = root[a] * C[a, b] * root[b]
        core[a, a] += 1.0
        J[a, a] = core[a, a]
    for a in range(m):
        for b in range(a, m):
            value = core[a, b]
            for c in range(a):
                value -= core[c, a] * core[c, b]
            if b > a:
                core[a, b] = value * core[a, a]
            elif value > ROUNDING * J[a, a]:
                determinant *= value
                core[a, a] = 1.0 / np.sqrt(value)
            else:
                return -1.0
    for b in range(m):
        J[b, b] = core[b, b]
        for a in range(b - 1, -1, -1):
            value = 0.0
            for c in range(a + 1, b + 1):
                value -= core[a, c] * J[c, b]
            J[a, b] = value * core[a, a]
    for a in range(m):
        for b in range(a, m):
            value = 0.0
            for c in range(b, m):
                value += J[a, c] * J[b, c]
            H[a, b] = root[a] * value * root[b]
            H[b, a] = H[a, b]
    for a in range(m):
        for b in range(m):
            J[a, b] = H[a, b] / (root[a] * root[a])
    multiply(m, J, C, K)
    return determinant


@part
def by_cholesky(x, sample, pattern, point, gradient):
    """f and its gradient by the p x p inverse: error covariances, items without error, errors near 0 or negative."""
    loading, C, G, SW, W, inverse, wide = (
        point.loading, point.C, point.G, point.SZ, point.W, point.inverse, point.wide,
    )  # fmt: skip
    first, slot, pair, block = pattern.first, pattern.slot, pattern.pair, pattern.block
    p, k, pairs = pattern.sizes
    m, base = len(C), k - len(point.dC) - pairs
    for i in range(p):
        for l in range(i, p):
            wide[i, l] = loading[i] * C[block[i], block[l]] * loading[l]
        wide[i, i] = 1.0
    for e in range(pairs):
        wide[pair[e, 0], pair[e, 1]] += x[base + e]
    if not cholesky(wide, 0, p, point.vector) > ROUNDING:
        return np.inf
    log_det, trace = log_determinant(wide, p), 0.0
    invert(wide, p, inverse)
    expand_inverse(pattern, point)
    for i in range(p):
        for l in range(p):
            wide[i, l] = 0.0
        for c in range(p):
            for l in range(p):
                wide[i, l] += inverse[i, c] * sample[c, l]
        trace += wide[i, i]
        gradient[i] = 1.0 - wide[i, i]
        for a in range(m):
            value = 0.0
            for l in range(p):
                value += wide[i, l] * W[a, l]
            SW[a, i] = value  # P^-1 S P^-1 L
    for i in range(p):
        if slot[i] >= 0:
            own, along = inverse[i, i], 0.0
            for l in range(p):
                own -= wide[i, l] * inverse[i, l]
            for a in range(m):
                along += (W[a, i] - SW[a, i]) * C[a, block[i]]
            gradient[slot[i]] = along - loading[i] * own
    for e in range(pairs):
        value = inverse[pair[e, 0], pair[e, 1]]
        for c in range(p):
            value -= wide[pair[e, 0], c] * inverse[pair[e, 1], c]
        gradient[base + e] = value
    for a in range(m):
        for b in range(m):
            value = 0.0
            for i in range(first[a], first[a + 1]):
                value += loading[i] * (W[b, i] - SW[b, i])
            G[a, b] = value
    return 0.5 * (log_det + trace)


@part
def expand_inverse(pattern, point):
    """W, H and V from P^-1."""
    loading, C, H, W, V, inverse = point.loading, point.C, point.H, point.W, point.V, point.inverse
    first = pattern.first
    p, m = pattern.sizes[0], len(C)
    for a in range(m):
        for i in range(p):
            W[a, i] = 0.0
        for l in range(first[a], first[a + 1]):
            for i in range(p):
                W[a, i] += loading[l] * inverse[l, i]
        for b in range(m):
            value = 0.0
            for i in range(first[b], first[b + 1]):
                value += loading[i] * W[a, i]
            H[a, b] = value
    for a in range(m):
        for i in range(p):
            value = 0.0
            for b in range(m):
                value += C[a, b] * W[b, i]
            V[a, i] = value
