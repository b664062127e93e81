"""Compiled least squares on correlation matrices: the structural model of every composite method."""

import numpy as np

from sim.kernels.loops import part

#: Smallest pivot of a correlation matrix, and smallest composite variance, that is more than rounding error.
SMALLEST = 1e-12


@part
def regress(correlations, predictors, count, outcome, root, coefficients):
    """Coefficients of `outcome` on the first `count` predictors, all standardised, by L D L'. False if singular.

    `root` takes L under its diagonal and D on it. Corrected correlations may be indefinite, which L D L' can solve.
    """
    for a in range(count):
        for b in range(a + 1):
            value = correlations[predictors[a], predictors[b]]
            for k in range(b):
                value -= root[a, k] * root[b, k] * root[k, k]
            if a == b:
                if not abs(value) > SMALLEST:
                    return False
                root[a, a] = value
            else:
                root[a, b] = value / root[b, b]
    for a in range(count):
        value = correlations[predictors[a], outcome]
        for k in range(a):
            value -= root[a, k] * coefficients[k]
        coefficients[a] = value
    for a in range(count - 1, -1, -1):
        value = coefficients[a] / root[a, a]
        for k in range(a + 1, count):
            value -= root[k, a] * coefficients[k]
        coefficients[a] = value
    return True


@part
def structural_paths(correlations, path_matrix, paths, r2):
    """OLS of each construct on its predictors from construct correlations (m, m); fills paths (m, m) and r2 (m,).

    False if a set of predictors is singular.
    """
    m = len(path_matrix)
    return regress_all(correlations, path_matrix, paths, r2, np.empty(m, dtype=np.int64), np.empty((m, m)), np.empty(m))


@part
def regress_all(correlations, path_matrix, paths, r2, predictors, root, coefficients):
    """`structural_paths` with its scratch given: predictors (m,), root (m, m), coefficients (m,)."""
    m = len(path_matrix)
    for j in range(m):
        count = 0
        for k in range(m):
            paths[j, k] = 0.0
            if path_matrix[j, k]:
                predictors[count] = k
                count += 1
        if count and not regress(correlations, predictors, count, j, root, coefficients):
            return False
        r2[j] = 0.0
        for a in range(count):
            paths[j, predictors[a]] = coefficients[a]
            r2[j] += coefficients[a] * correlations[predictors[a], j]
    return True


@part
def inverse_diagonal(root, count, diagonal):
    """Diagonal of the inverse of a matrix from the L and D that `regress` leaves in `root`."""
    column = np.empty(count)
    for a in range(count):
        diagonal[a] = 0.0
        for i in range(a, count):
            value = 1.0 if i == a else 0.0
            for k in range(a, i):
                value -= root[i, k] * column[k]
            column[i] = value
            diagonal[a] += column[i] ** 2 / root[i, i]
