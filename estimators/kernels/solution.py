"""What is read off the minimum of a factor model, compiled: signs, admissibility, gradients of the targets."""

import numpy as np

from estimators.kernels.factor_model import PATH
from estimators.kernels.matrices import cholesky
from sim.kernels.loops import part

#: What a standard error is asked for, see `target_gradient`.
NOTHING, CHAIN, LOADING, CORRELATION, R2, AVE, RHO_C, UNSTANDARDISED, TOTAL, TOTAL_INDIRECT = -1, *range(9)


@part
def norm(vector, first, k):
    """Euclidean length of vector[first:k]."""
    total = 0.0
    for i in range(first, k):
        total += vector[i] ** 2
    return np.sqrt(total)


@part
def orient(x, structure, pattern, point):
    """Turns every construct so that its loadings sum to a positive number. Returns whether any was turned."""
    base = pattern.sizes[1] - len(structure.steps)
    sign, turned = point.vector, False
    for a in range(len(point.C)):
        total = 0.0
        for i in range(pattern.first[a], pattern.first[a + 1]):
            total += x[pattern.slot[i]] if pattern.slot[i] >= 0 else 1.0
        sign[a] = -1.0 if total < 0.0 else 1.0
        turned = turned or total < 0.0
        for i in range(pattern.first[a], pattern.first[a + 1]):
            if pattern.slot[i] >= 0:
                x[pattern.slot[i]] *= sign[a]
    for s in range(len(structure.steps)):
        x[base + s] *= sign[structure.steps[s, 1]] * sign[structure.steps[s, 2]]
    return turned


@part
def is_admissible(x, pattern, point):
    """Whether no error variance is negative and C, the error covariances with it, are positive semidefinite."""
    p, k, pairs = pattern.sizes
    m, square, wide = len(point.C), point.square, point.wide
    for i in range(p):
        if point.error[i] < 0.0:
            return False
    for a in range(m):
        for b in range(a, m):
            square[a, b] = point.C[a, b]
    if not cholesky(square, 0, m, point.vector) > 0.0:
        return False
    if pairs:
        for i in range(p):
            for l in range(i, p):
                wide[i, l] = 0.0
            wide[i, i] = point.error[i] if pattern.slot[i] >= 0 else 1.0
        for e in range(pairs):
            wide[pattern.pair[e, 0], pattern.pair[e, 1]] = x[k - len(point.dC) - pairs + e]
        return cholesky(wide, 0, p, point.vector) > 0.0
    return True


@part
def explained_variance(j, point):
    """R2 of construct j: 1 less its residual variance."""
    total = 0.0
    for a in range(len(point.C)):
        total += point.B[j, a] * (point.C[a, j] + point.R[j, a])
    return total


@part
def parameter(t, wanted, pattern, base):
    """The parameter that target t itself is, or -1: a path, or the loading of a retained item not alone."""
    if wanted[t, 0] == CHAIN and wanted[t, 2] < 0:
        return base + wanted[t, 1]
    if wanted[t, 0] == LOADING and pattern.place[wanted[t, 1]] >= 0:
        return pattern.slot[pattern.place[wanted[t, 1]]]
    return -1


@part
def total_gradient(cause, effect, without_direct, structure, point, out):
    """Derivatives (s,) of a total effect: by path o~i, the effect of the cause on i times that of o on the effect."""
    order, steps, B = structure.order, structure.steps, point.B
    m = len(order)
    down, up = point.square[0], point.square[1]
    for j in range(m):
        down[j], up[j] = 1.0 if j == cause else 0.0, 1.0 if j == effect else 0.0
    for t in range(m):
        for l in range(m):
            down[order[t]] += B[order[t], l] * down[l]
            up[order[m - 1 - t]] += up[l] * B[l, order[m - 1 - t]]
    for s in range(len(steps)):
        if steps[s, 0] == PATH:
            direct = without_direct and steps[s, 1] == effect and steps[s, 2] == cause
            out[s] = up[steps[s, 1]] * down[steps[s, 2]] - direct


@part
def target_gradient(t, wanted, x, structure, pattern, point, out):
    """Gradient of standardised target t by the parameters, in `out` (k,); returns its first element not 0, k if none.

    wanted: [CHAIN, structural parameters to be multiplied.., -1], [LOADING, item], [CORRELATION, a, b],
    [R2 | AVE | RHO_C, construct], [UNSTANDARDISED, structural parameter of a path, outcome, predictor]: the path in
    units of the first items of both blocks, b l_y s_y / (l_x s_x), at scales s of 1; [TOTAL | TOTAL_INDIRECT, cause,
    effect].
    """
    kind, a, b = wanted[t, 0], wanted[t, 1], wanted[t, 2]
    k, steps, chain = pattern.sizes[1], structure.steps, wanted.shape[1]
    base = k - len(steps)
    for i in range(k):
        out[i] = 0.0
    if kind == CHAIN:
        for v in range(1, chain):
            if wanted[t, v] >= 0:
                value = 1.0
                for w in range(1, chain):
                    if w != v and wanted[t, w] >= 0:
                        value *= x[base + wanted[t, w]]
                out[base + wanted[t, v]] = value
        return base
    if kind == CORRELATION:
        for s in range(len(steps)):
            out[base + s] = point.dC[s, a, b]
        return base
    if kind in (TOTAL, TOTAL_INDIRECT):
        total_gradient(a, b, kind == TOTAL_INDIRECT, structure, point, out[base:])
        return base
    if kind == R2:
        for s in range(len(steps)):
            if steps[s, 0] == PATH and steps[s, 1] == a:
                out[base + s] = point.C[steps[s, 2], a] + point.R[a, steps[s, 2]]
            for c in range(len(point.C)):
                out[base + s] += point.B[a, c] * (point.dC[s, c, a] + point.dR[s, a, c])
        return base
    if kind == UNSTANDARDISED:
        i, h = pattern.first[b], pattern.first[wanted[t, 3]]
        ratio = point.loading[i] / point.loading[h]
        path = x[base + a] * ratio
        out[base + a] = ratio
        out[i], out[h] = path, -path
        if pattern.slot[i] >= 0:
            out[pattern.slot[i]] = path / point.loading[i]
        if pattern.slot[h] >= 0:
            out[pattern.slot[h]] = -path / point.loading[h]
        return min(i, h)
    if kind in (LOADING, NOTHING):
        return k
    first, last = pattern.first[a], pattern.first[a + 1]
    if last - first == 1:
        return k
    total, squares = 0.0, 0.0
    for i in range(first, last):
        total += point.loading[i]
        squares += point.loading[i] ** 2
    whole = total**2 + (last - first) - squares
    for i in range(first, last):
        if kind == AVE:
            out[pattern.slot[i]] = 2.0 * point.loading[i] / (last - first)
        else:
            out[pattern.slot[i]] = 2.0 * total / whole - total**2 * 2.0 * (total - point.loading[i]) / whole**2
    return pattern.slot[first]
