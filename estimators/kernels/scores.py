"""Compiled scores with given weights: their correlations, loadings and regressions."""

import numpy as np
from numba import njit

from estimators.base import Status
from estimators.kernels.regression import inverse_diagonal, regress, structural_paths

OK, SINGULAR = int(Status.OK), int(Status.SINGULAR)


@njit(cache=True, nogil=True, error_model="numpy")
def score_batch(matrices, weights, retained, bounds, path_matrix, loadings, correlations, paths, r2, status):
    """Scores of each block with the given weights (R, p), from item covariances or correlations (R, p, p).

    Fills loadings (R, p) (item-score correlations), the scores' correlations (R, m, m), paths (R, m, m) by OLS and
    r2 (R, m), for replications whose status is OK; SINGULAR where a score has no variance or predictors are dependent.
    """
    m, p = len(path_matrix), matrices.shape[1]
    image, b, explained = np.empty((m, p)), np.empty((m, m)), np.empty(m)
    deviation = np.empty(m)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        covariances(matrices[r], weights[r], retained[r], bounds, image, correlations[r])
        for j in range(m):
            deviation[j] = np.sqrt(correlations[r, j, j])
            if not correlations[r, j, j] > 0.0:
                status[r] = SINGULAR
        for j in range(m):
            for k in range(m):
                correlations[r, j, k] = correlations[r, j, k] / (deviation[j] * deviation[k]) if j != k else 1.0
        if status[r] != OK or not structural_paths(correlations[r], path_matrix, b, explained):
            status[r] = SINGULAR
            continue
        for j in range(m):
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    loadings[r, i] = image[j, i] / (deviation[j] * np.sqrt(matrices[r, i, i]))
        paths[r] = b
        r2[r] = explained


@njit(cache=True, nogil=True, error_model="numpy")
def covariances(matrix, weights, retained, bounds, image, among):
    """Covariances of one data set's scores with its items, image (m, p), and with each other, among (m, m)."""
    m = len(bounds) - 1
    for j in range(m):
        image[j] = 0.0
        for k in range(bounds[j], bounds[j + 1]):
            if retained[k]:
                for i in range(len(matrix)):
                    image[j, i] += weights[k] * matrix[k, i]
    for j in range(m):
        for k in range(j + 1):
            among[j, k] = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[i]:
                    among[j, k] += weights[i] * image[k, i]
            among[k, j] = among[j, k]


@njit(cache=True, nogil=True, error_model="numpy")
def path_errors(correlations, path_matrix, r2, n, errors):
    """Standard errors (R, m, m) of standardised OLS paths, sqrt((1 - R2) / (n - k - 1) [R_xx^-1]_jj)."""
    m = len(path_matrix)
    predictors = np.empty(m, dtype=np.int64)
    root, coefficients, diagonal = np.empty((m, m)), np.empty(m), np.empty(m)
    for r in range(len(correlations)):
        for j in range(m):
            count = 0
            for k in range(m):
                if path_matrix[j, k]:
                    predictors[count] = k
                    count += 1
            df = n - count - 1
            if count == 0 or df < 1 or not regress(correlations[r], predictors, count, j, root, coefficients):
                continue
            inverse_diagonal(root, count, diagonal)
            for a in range(count):
                errors[r, j, predictors[a]] = np.sqrt(max(1.0 - r2[r, j], 0.0) / df * diagonal[a])
