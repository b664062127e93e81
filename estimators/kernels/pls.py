"""The compiled PLS iteration on correlation matrices: Lohmoeller's algorithm, mode A."""

import numpy as np
from numba import njit

from estimators.base import Status

OK = int(Status.OK)
NOT_CONVERGED = int(Status.NOT_CONVERGED)
SINGULAR = int(Status.SINGULAR)
UNIDENTIFIED = int(Status.UNIDENTIFIED)

PATH, CENTROID, FACTORIAL = 0, 1, 2

#: Smallest pivot of a correlation matrix, and smallest proxy variance, that count as more than rounding error.
SMALLEST = 1e-12


@njit(cache=True, nogil=True, error_model="numpy")
def regress(correlations, predictors, count, outcome, root, coefficients):
    """Coefficients of `outcome` on the first `count` predictors, all standardised, by Cholesky. False if singular."""
    for a in range(count):
        for b in range(a + 1):
            value = correlations[predictors[a], predictors[b]]
            for k in range(b):
                value -= root[a, k] * root[b, k]
            if a == b:
                if not value > SMALLEST:
                    return False
                root[a, a] = np.sqrt(value)
            else:
                root[a, b] = value / root[b, b]
    for a in range(count):
        value = correlations[predictors[a], outcome]
        for k in range(a):
            value -= root[a, k] * coefficients[k]
        coefficients[a] = value / root[a, a]
    for a in range(count - 1, -1, -1):
        value = coefficients[a]
        for k in range(a + 1, count):
            value -= root[k, a] * coefficients[k]
        coefficients[a] = value / root[a, a]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def structural_paths(correlations, path_matrix, paths, r2):
    """OLS of each construct on its predictors from construct correlations (m, m); fills paths (m, m) and r2 (m,)."""
    m = len(path_matrix)
    predictors = np.empty(m, dtype=np.int64)
    root, coefficients = np.empty((m, m)), np.empty(m)
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


@njit(cache=True, nogil=True, error_model="numpy")
def _inner_weights(scheme, correlations, path_matrix, inner, predictors, root, coefficients):
    """Inner weights (m, m) of `scheme` from the composites' correlations. False if a regression is singular."""
    m = len(path_matrix)
    for j in range(m):
        count = 0
        for k in range(m):
            inner[j, k] = 0.0
            if path_matrix[j, k] or path_matrix[k, j]:
                inner[j, k] = np.sign(correlations[j, k]) if scheme == CENTROID else correlations[j, k]
            if path_matrix[j, k]:
                predictors[count] = k
                count += 1
        if scheme == PATH and count:
            if not regress(correlations, predictors, count, j, root, coefficients):
                return False
            for a in range(count):
                inner[j, predictors[a]] = coefficients[a]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _standardise(matrix, bounds, weights, image):
    """Scale each block's weights to a composite of variance 1; image (m, p) = its correlations with all items.

    False if a composite has no variance. The inner loops run along rows, which is what the compiler can vectorise.
    """
    m, p = len(bounds) - 1, len(matrix)
    for j in range(m):
        row = image[j]
        row[:] = 0.0
        for k in range(bounds[j], bounds[j + 1]):
            weight, items = weights[k], matrix[k]
            for i in range(p):
                row[i] += weight * items[i]
        variance = 0.0
        for i in range(bounds[j], bounds[j + 1]):
            variance += weights[i] * row[i]
        if not variance > SMALLEST:
            return False
        scale = 1.0 / np.sqrt(variance)
        for i in range(bounds[j], bounds[j + 1]):
            weights[i] *= scale
        for i in range(p):
            row[i] *= scale
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _composite_correlations(bounds, weights, image, correlations):
    m = len(bounds) - 1
    for j in range(m):
        correlations[j, j] = 1.0
        for k in range(j):
            value = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                value += weights[i] * image[k, i]
            correlations[j, k] = value
            correlations[k, j] = value


@njit(cache=True, nogil=True, error_model="numpy")
def pls_weights(matrix, bounds, path_matrix, scheme, tolerance, max_iterations, weights, image, correlations):
    """One PLS solution on item correlations (p, p), from unit weights.

    Fills weights (p,), image (m, p) (composite-item correlations) and the composites' correlations (m, m).
    It has converged when no standardised weight changes by `tolerance` or more. Returns (status, iterations).
    """
    m, p = len(bounds) - 1, len(matrix)
    inner = np.empty((m, m))
    predictors = np.empty(m, dtype=np.int64)
    root, coefficients = np.empty((m, m)), np.empty(m)
    previous = np.empty(p)
    weights[:] = 1.0
    if not _standardise(matrix, bounds, weights, image):
        return SINGULAR, 0
    for iteration in range(1, max_iterations + 1):
        _composite_correlations(bounds, weights, image, correlations)
        if not _inner_weights(scheme, correlations, path_matrix, inner, predictors, root, coefficients):
            return SINGULAR, iteration
        for j in range(m):
            for i in range(bounds[j], bounds[j + 1]):
                previous[i] = weights[i]
                weights[i] = 0.0
            for k in range(m):
                if inner[j, k] != 0.0:
                    for i in range(bounds[j], bounds[j + 1]):
                        weights[i] += inner[j, k] * image[k, i]
        if not _standardise(matrix, bounds, weights, image):
            return UNIDENTIFIED, iteration
        change = 0.0
        for i in range(p):
            change = max(change, abs(weights[i] - previous[i]))
        if change < tolerance:
            _composite_correlations(bounds, weights, image, correlations)
            return OK, iteration
    return NOT_CONVERGED, max_iterations


@njit(cache=True, nogil=True, error_model="numpy")
def pls_batch(
    matrices, retained, bounds, path_matrix, scheme, tolerance, max_iterations,
    weights, loadings, correlations, paths, r2, status, iterations,
):  # fmt: skip
    """PLS for R correlation matrices (R, p, p), each on its retained items (R, p); status (R,) may come fatal already.

    Fills weights, loadings (R, p), correlations, paths (R, m, m), r2 (R, m), status and iterations (R,). Replications
    with a fatal status, and items left out, stay as they came (NaN).
    """
    m, p = len(bounds) - 1, matrices.shape[1]
    matrix, kept, inner_bounds = np.empty((p, p)), np.empty(p, dtype=np.int64), np.empty(m + 1, dtype=np.int64)
    w, image, composite = np.empty(p), np.empty((m, p)), np.empty((m, m))
    b, explained = np.empty((m, m)), np.empty(m)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        count = 0
        for j in range(m):
            inner_bounds[j] = count
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    kept[count] = i
                    count += 1
        inner_bounds[m] = count
        for i in range(count):
            for k in range(count):
                matrix[i, k] = matrices[r, kept[i], kept[k]]
        code, iterations[r] = pls_weights(
            matrix[:count, :count], inner_bounds, path_matrix, scheme, tolerance, max_iterations,
            w[:count], image[:, :count], composite,
        )  # fmt: skip
        if code == OK and not structural_paths(composite, path_matrix, b, explained):
            code = SINGULAR
        status[r] = code
        if code != OK:
            continue
        for j in range(m):
            for i in range(inner_bounds[j], inner_bounds[j + 1]):
                weights[r, kept[i]] = w[i]
                loadings[r, kept[i]] = image[j, i]
        correlations[r] = composite
        paths[r] = b
        r2[r] = explained
