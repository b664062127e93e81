"""Starting values for maximum likelihood, compiled. See `implied` for the parameters."""

import numpy as np

from estimators.kernels.factor_model import COVARIANCE, PATH
from estimators.kernels.matrices import backward, cholesky, forward
from sim.kernels.loops import part

#: Standardised loading of the plain start, about that which lavaan's starting variances imply.
PLAIN = 0.3


@part
def start(x, sample, structure, pattern, point):
    """Starting values: unweighted one-factor loadings within blocks, then disattenuated correlations and OLS paths."""
    first, loading, C, square, column = pattern.first, point.loading, point.C, point.square, point.vector
    order, steps = structure.order, structure.steps
    p, k, pairs = pattern.sizes
    m, base = len(C), k - len(steps)
    for i in range(p):
        x[i] = 0.0
    for e in range(base - pairs, base):
        x[e] = 0.0
    for a in range(m):
        block_loadings(first[a], first[a + 1], sample, loading, column)
    for a in range(m):
        for i in range(first[a], first[a + 1]):
            if pattern.slot[i] >= 0:
                x[pattern.slot[i]] = loading[i]
        for b in range(a):
            value, scale_a, scale_b = 0.0, 0.0, 0.0
            for i in range(first[a], first[a + 1]):
                scale_a += loading[i] ** 2
                along = 0.0
                for l in range(first[b], first[b + 1]):
                    along += sample[i, l] * loading[l]
                value += loading[i] * along
            for l in range(first[b], first[b + 1]):
                scale_b += loading[l] ** 2
            C[a, b] = min(0.9, max(-0.9, value / (scale_a * scale_b)))
            C[b, a] = C[a, b]
        C[a, a] = 1.0
    for a in range(m):
        for b in range(m):
            point.B[a, b] = 0.0
    for j in order:
        start_paths(j, base, x, steps, C, square, column, point.B)
    for s in range(len(steps)):
        if steps[s, 0] == COVARIANCE:
            j, l = steps[s, 1], steps[s, 2]
            value = C[j, l]
            for a in range(m):
                value -= point.B[j, a] * C[a, l] + point.B[l, a] * C[j, a]
                for b in range(m):
                    value += point.B[j, a] * C[a, b] * point.B[l, b]
            x[base + s] = value


@part
def block_loadings(start_item, stop_item, sample, loading, column):
    """Loadings of one block: principal axis, then two sweeps of least squares on one factor (Harman & Jones 1966)."""
    size = stop_item - start_item
    if size == 1:
        loading[start_item] = 1.0
        return
    best, reference = -1.0, start_item
    for i in range(start_item, stop_item):
        total = 0.0
        for l in range(start_item, stop_item):
            total += abs(sample[i, l])
        if total > best:
            best, reference = total, i
    for i in range(start_item, stop_item):
        loading[i] = sample[i, reference]
    length = 1.0
    for _ in range(2):
        length = 0.0
        for i in range(start_item, stop_item):
            column[i] = 0.0
            for l in range(start_item, stop_item):
                column[i] += sample[i, l] * loading[l]
            length += column[i] ** 2
        length = np.sqrt(length)
        norm = 0.0
        for i in range(start_item, stop_item):
            norm += loading[i] ** 2
            loading[i] = column[i] / length
        length /= np.sqrt(norm)
    shared = np.sqrt(max(length - 1.0, 0.05) / (size - 1) * size)
    for i in range(start_item, stop_item):
        loading[i] *= shared
    for _ in range(2 if size > 2 else 0):
        norm = 0.0
        for l in range(start_item, stop_item):
            norm += loading[l] ** 2
        for i in range(start_item, stop_item):
            value = 0.0
            for l in range(start_item, stop_item):
                value += sample[i, l] * loading[l]
            others = norm - loading[i] ** 2
            fresh = (value - loading[i]) / max(others, 0.01)
            fresh = min(0.95, max(-0.95, fresh))
            norm = others + fresh**2
            loading[i] = fresh
    for i in range(start_item, stop_item):
        loading[i] = min(0.95, max(-0.95, loading[i]))


@part
def start_paths(j, base, x, steps, C, square, column, B):
    """OLS of construct j on its predictors in C, shrunk where it would explain more than 0.9."""
    count = 0
    for s in range(len(steps)):
        if steps[s, 0] == PATH and steps[s, 1] == j:
            other = 0
            for t in range(len(steps)):
                if steps[t, 0] == PATH and steps[t, 1] == j:
                    square[count, other] = C[steps[s, 2], steps[t, 2]]
                    other += 1
            column[count] = C[j, steps[s, 2]]
            count += 1
    if count == 0:
        return
    cholesky(square, 0, count, np.empty(count))
    forward(square, 0, count, column)
    explained = 0.0
    for c in range(count):
        explained += column[c] ** 2
    shrink = np.sqrt(0.9 / explained) if explained > 0.9 else 1.0
    backward(square, 0, count, column)
    count = 0
    for s in range(len(steps)):
        if steps[s, 0] == PATH and steps[s, 1] == j:
            x[base + s] = B[j, steps[s, 2]] = shrink * column[count]
            count += 1


@part
def plain_start(x, sample, structure, pattern, point):
    """Equal loadings, signed as in `start`, and unrelated constructs: where `start` led to no proper solution."""
    p, k, pairs = pattern.sizes
    for i in range(p):
        x[i] = 0.0
    for c in range(k - len(structure.steps) - pairs, k):
        x[c] = 0.0
    for a in range(len(point.C)):
        block_loadings(pattern.first[a], pattern.first[a + 1], sample, point.loading, point.vector)
        for i in range(pattern.first[a], pattern.first[a + 1]):
            if pattern.slot[i] >= 0:
                x[pattern.slot[i]] = PLAIN if point.loading[i] >= 0.0 else -PLAIN
