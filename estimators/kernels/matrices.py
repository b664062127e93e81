"""Compiled algebra of small matrices, row by row so that every inner loop is contiguous."""

import numpy as np

from sim.kernels.loops import part

#: A pivot under this share of its diagonal element is rounding error.
ROUNDING = 1e-13


@part
def cholesky(a, first, k, diagonal):
    """Upper root U of a[first:k, first:k] = U'U in place of its upper triangle, with 1 / U_jj on the diagonal.

    Returns the smallest pivot relative to its diagonal element, 0 where one is rounding error; such a direction gets 0
    for 1 / U_jj, which takes it out of every solution. `diagonal` (k,) is scratch.
    """
    first = max(first, 0)  # tells the compiler that no index is negative, without which it does not vectorise
    least = 1.0
    for j in range(first, k):
        diagonal[j] = a[j, j]
    for j in range(first, k):
        h = first
        while h + 3 < j:
            w0, w1, w2, w3 = a[h, j], a[h + 1, j], a[h + 2, j], a[h + 3, j]
            for c in range(j, k):
                a[j, c] -= w0 * a[h, c] + w1 * a[h + 1, c] + w2 * a[h + 2, c] + w3 * a[h + 3, c]
            h += 4
        for i in range(h, j):
            w0 = a[i, j]
            for c in range(j, k):
                a[j, c] -= w0 * a[i, c]
        ratio = a[j, j] / diagonal[j] if diagonal[j] > 0.0 else 0.0
        if not ratio > ROUNDING:
            least = 0.0
            for c in range(j, k):
                a[j, c] = 0.0
            continue
        least = min(least, ratio)
        reciprocal = 1.0 / np.sqrt(a[j, j])
        a[j, j] = reciprocal
        for c in range(j + 1, k):
            a[j, c] *= reciprocal
    return least


@part
def forward(root, first, k, b):
    """Solves U'y = b in place, elements `first` to k."""
    first = max(first, 0)
    for i in range(first, k):
        value = b[i] * root[i, i]
        b[i] = value
        for c in range(i + 1, k):
            b[c] -= value * root[i, c]


@part
def backward(root, first, k, b):
    """Solves Ux = b in place, elements `first` to k."""
    first = max(first, 0)
    for i in range(k - 1, first - 1, -1):
        value = b[i]
        for c in range(i + 1, k):
            value -= root[i, c] * b[c]
        b[i] = value * root[i, i]


@part
def invert(root, k, inverse):
    """The inverse of U'U from its root U, elements 0 to k; the root is lost."""
    for i in range(k):
        for c in range(k):
            inverse[i, c] = 0.0
        inverse[i, i] = 1.0
        for l in range(i, k):  # row i becomes U'^-1 e_i, zero before i
            value = inverse[i, l] * root[l, l]
            inverse[i, l] = value
            for c in range(l + 1, k):
                inverse[i, c] -= value * root[l, c]
    for i in range(k):
        for c in range(i, k):
            value = 0.0
            for l in range(c, k):
                value += inverse[i, l] * inverse[c, l]
            root[i, c] = value
    for i in range(k):
        for c in range(i, k):
            inverse[i, c] = root[i, c]
            inverse[c, i] = root[i, c]


@part
def log_determinant(root, k):
    """ln|a| from the root of a."""
    total = 0.0
    for j in range(k):
        total -= 2.0 * np.log(root[j, j])
    return total


@part
def multiply(m, a, b, out):
    """out = a b, all (m, m)."""
    for i in range(m):
        for j in range(m):
            value = 0.0
            for c in range(m):
                value += a[i, c] * b[c, j]
            out[i, j] = value


@part
def weighted_rows(weights, rows, start, stop, p, out):
    """out (p,) = the sum of weights[l] rows[l] over l from start to stop, four rows a pass."""
    for i in range(p):
        out[i] = 0.0
    l = start
    while l + 3 < stop:
        w0, w1, w2, w3 = weights[l], weights[l + 1], weights[l + 2], weights[l + 3]
        for i in range(p):
            out[i] += w0 * rows[l, i] + w1 * rows[l + 1, i] + w2 * rows[l + 2, i] + w3 * rows[l + 3, i]
        l += 4
    for h in range(l, stop):
        w0 = weights[h]
        for i in range(p):
            out[i] += w0 * rows[h, i]
