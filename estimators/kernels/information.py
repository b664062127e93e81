"""Expected information of a factor model's parameters, compiled. See `implied` for the model and the notation."""

from estimators.kernels.implied import has_parts
from estimators.kernels.matrices import multiply
from sim.kernels.loops import part


@part
def expand_parts(pattern, point):
    """P^-1, V and W from the m x m matrices of `by_parts`."""
    z, K, J, W, V, inverse = point.ratio, point.K, point.J, point.W, point.V, point.inverse
    first, block = pattern.first, pattern.block
    for i in range(pattern.sizes[0]):
        for c in range(len(K)):
            V[c, i] = z[i] * K[block[i], c]
            W[c, i] = z[i] * J[block[i], c]
            for l in range(first[c], first[c + 1]):
                inverse[i, l] = -V[c, i] * z[l]
        inverse[i, i] += 1.0 / point.error[i]


@part
def information(x, scales_free, pattern, point, out):
    """Expected information of one respondent where `discrepancy` was last asked: upper triangle of `out` (k, k).

    Rows of the log scales are left as they are where `scales_free` is False.
    """
    if has_parts(pattern, point):
        expand_parts(pattern, point)
    p, k, pairs = pattern.sizes
    base = k - len(point.dC)
    C, H, W, V, inverse, HC, CHC = point.C, point.H, point.W, point.V, point.inverse, point.square, point.other
    loading, dC, vector, slot = point.loading, point.dC, point.vector, pattern.slot
    m = len(C)
    multiply(m, H, C, HC)
    multiply(m, C, HC, CHC)
    if scales_free:
        scale_rows(x, pattern, point, out)
    for i in range(p):
        if slot[i] < 0:
            continue
        row, b, own = slot[i], pattern.block[i], loading[i]
        for c in range(b, m):
            start = max(i, pattern.first[c])
            if slot[start] < 0:
                continue
            column, common, along = max(slot[start], 0), CHC[b, c], V[c, i]  # max: see `cholesky`
            for h in range(pattern.first[c + 1] - start):
                precision = inverse[i, start + h]
                cross = along - loading[start + h] * precision
                out[row, column + h] = precision * (
                    common - loading[start + h] * V[b, start + h] - own * cross
                ) + cross * (V[b, start + h] - own * precision)
        for e in range(pairs):
            g, h = pattern.pair[e]
            out[row, base - pairs + e] = inverse[i, g] * (V[b, h] - own * inverse[i, h]) + inverse[i, h] * (
                V[b, g] - own * inverse[i, g]
            )
        for a in range(m):
            vector[a] = HC[a, b] - own * W[a, i]
        for t in range(base, k):
            value = 0.0
            for a in range(m):
                for c in range(a):
                    value += dC[t - base, a, c] * (W[a, i] * vector[c] + W[c, i] * vector[a])
            out[row, t] = value
    for e in range(pairs):
        g, h = pattern.pair[e]
        for d in range(e, pairs):
            i, l = pattern.pair[d]
            out[base - pairs + e, base - pairs + d] = inverse[g, i] * inverse[h, l] + inverse[g, l] * inverse[h, i]
        for t in range(base, k):
            value = 0.0
            for a in range(m):
                for c in range(m):
                    value += W[a, g] * dC[t - base, a, c] * W[c, h]
            out[base - pairs + e, t] = value
    for t in range(base, k):
        multiply(m, H, dC[t - base], HC)
        multiply(m, HC, H, CHC)
        for v in range(t, k):
            value = 0.0
            for a in range(m):
                for b in range(a):
                    value += CHC[a, b] * dC[v - base, a, b]
            out[t, v] = value


@part
def scale_rows(x, pattern, point, out):
    """Rows of the log scales: 1 + P_ii P^-1_ii among themselves, (P^-1 dP)_ii with the others."""
    loading, C, W, V, inverse, dC = point.loading, point.C, point.W, point.V, point.inverse, point.dC
    block, slot = pattern.block, pattern.slot
    p, k, pairs = pattern.sizes
    base = k - len(dC)
    for i in range(p):
        for l in range(i, p):
            implied = loading[i] * C[block[i], block[l]] * loading[l]
            out[i, l] = implied * inverse[i, l]
        out[i, i] = 1.0 + inverse[i, i]
        for l in range(p):
            if slot[l] >= 0:
                out[i, slot[l]] = inverse[i, l] * loading[i] * C[block[i], block[l]]
        if slot[i] >= 0:
            out[i, slot[i]] = V[block[i], i] - loading[i] * inverse[i, i]
        for t in range(base, k):
            value = 0.0
            for a in range(len(C)):
                value += W[a, i] * dC[t - base, a, block[i]]
            out[i, t] = loading[i] * value
    for e in range(pairs):
        g, h = pattern.pair[e]
        column = base - pairs + e
        for i in range(p):
            out[i, column] = 0.0
        out[min(g, h), max(g, h)] += x[column] * inverse[g, h]
        out[g, column] = inverse[g, h]
        out[h, column] = inverse[g, h]
