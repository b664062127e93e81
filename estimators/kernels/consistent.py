"""Compiled correction of PLS for its composites' unreliability (Dijkstra & Henseler 2015, MIS Quarterly 39(2))."""

import numpy as np
from numba import njit

from estimators.base import Status
from estimators.kernels.regression import SMALLEST, structural_paths

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
SINGULAR, UNIDENTIFIED = int(Status.SINGULAR), int(Status.UNIDENTIFIED)
NEGATIVE_RELIABILITY = int(Status.NEGATIVE_RELIABILITY)

#: How far beyond 1 a loading, reliability or correlation must be to be more than rounding error.
BEYOND = 1e-10


@njit(cache=True, nogil=True, error_model="numpy")
def rho_a(matrix, weights, retained, lower, upper):
    """Dijkstra & Henseler's rho_A of one block (eq. 3) from correlations and weights; 1 for one item, NaN if 0/0."""
    count, squares, fourth, off = 0, 0.0, 0.0, 0.0
    for i in range(lower, upper):
        if retained[i]:
            count += 1
            squares += weights[i] ** 2
            fourth += weights[i] ** 4
            for k in range(lower, i):
                if retained[k]:
                    off += 2.0 * weights[i] * weights[k] * matrix[i, k]
    if count == 1:
        return 1.0
    # Where one item has all the weight, 0/0 is left: rounding would make it any number, infinity included.
    free = squares**2 - fourth
    return squares**2 * off / free if free > SMALLEST * squares**2 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def disattenuate(
    matrices, retained, bounds, path_matrix, reflective,
    weights, loadings, correlations, paths, r2, rho, status,
):  # fmt: skip
    """Turn PLS results into consistent ones, in place, for every replication whose status is OK.

    Reflective blocks (m,) get loadings w sqrt(rho_A) / w'w and correlations divided by sqrt(rho_A rho_A); composite
    blocks stay as they are. Fills rho (R, m). A rho_A that is negative, or 0/0 where one
    item has all the weight, is fatal; a loading, rho_A or correlation beyond 1, or construct correlations that are not
    positive semidefinite, make the replication inadmissible.
    """
    m = len(path_matrix)
    b, explained, root = np.empty((m, m)), np.empty(m), np.empty(m)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        for j in range(m):
            rho[r, j] = 1.0
            if reflective[j]:
                rho[r, j] = rho_a(matrices[r], weights[r], retained[r], bounds[j], bounds[j + 1])
            if np.isnan(rho[r, j]):
                status[r] = UNIDENTIFIED
            elif not rho[r, j] > 0.0:
                status[r] = NEGATIVE_RELIABILITY
        if status[r] != OK:
            continue
        for j in range(m):
            root[j] = np.sqrt(rho[r, j])
        strange = correct(retained[r], bounds, reflective, weights[r], loadings[r], correlations[r], rho[r], root)
        if not structural_paths(correlations[r], path_matrix, b, explained):
            status[r] = SINGULAR
            continue
        paths[r] = b
        r2[r] = explained
        if strange or not is_psd(correlations[r]):
            status[r] = INADMISSIBLE


@njit(cache=True, nogil=True, error_model="numpy")
def correct(retained, bounds, reflective, weights, loadings, correlations, rho, root):
    """Correct one replication's loadings and correlations in place; True if one, or a rho_A, is beyond 1."""
    strange = False
    for j in range(len(rho)):
        strange |= rho[j] > 1.0 + BEYOND
        for k in range(len(rho)):
            if k != j:
                correlations[j, k] /= root[j] * root[k]
        squares, count = 0.0, 0
        for i in range(bounds[j], bounds[j + 1]):
            if retained[i]:
                squares += weights[i] ** 2
                count += 1
        if reflective[j] and count > 1:
            for i in range(bounds[j], bounds[j + 1]):
                if retained[i]:
                    loadings[i] = weights[i] * root[j] / squares
                    strange |= abs(loadings[i]) > 1.0 + BEYOND
    return strange


@njit(cache=True, nogil=True, error_model="numpy")
def is_psd(matrix):
    """Whether a symmetric matrix is positive semidefinite, to rounding, by its pivots."""
    m = len(matrix)
    root = np.zeros((m, m))
    for j in range(m):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= root[j, k] ** 2
        if pivot < -BEYOND:
            return False
        root[j, j] = np.sqrt(max(pivot, BEYOND))
        for i in range(j + 1, m):
            value = matrix[i, j]
            for k in range(j):
                value -= root[i, k] * root[j, k]
            root[i, j] = value / root[j, j]
    return True
