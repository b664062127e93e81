"""Compiled correction of PLS for its composites' unreliability (Dijkstra & Henseler 2015, MIS Quarterly 39(2))."""

import numpy as np

from estimators.base import Status
from estimators.kernels.regression import SMALLEST, regress_all
from sim.kernels.loops import compiled, part

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
SINGULAR, UNIDENTIFIED = int(Status.SINGULAR), int(Status.UNIDENTIFIED)
NEGATIVE_RELIABILITY = int(Status.NEGATIVE_RELIABILITY)

#: How far beyond 1 a loading, reliability or correlation must be to be more than rounding error.
BEYOND = 1e-10


@part
def rho_a(matrix, weights, retained, joined, lower, upper):
    """Dijkstra & Henseler's rho_A of one block (eq. 3) from correlations and weights; 1 for one item, NaN if 0/0.

    Pairs of items whose errors covary, `joined` (p, p), tell nothing of it (Rademaker, Schuberth & Dijkstra 2019).
    """
    count, squares, fourth, off = 0, 0.0, 0.0, 0.0
    for i in range(lower, upper):
        if retained[i]:
            count += 1
            squares += weights[i] ** 2
            fourth += weights[i] ** 4
            for k in range(lower, i):
                if retained[k] and joined[i, k]:
                    fourth += 2.0 * weights[i] ** 2 * weights[k] ** 2
                elif retained[k]:
                    off += 2.0 * weights[i] * weights[k] * matrix[i, k]
    if count == 1:
        return 1.0
    # Where one item has all the weight, or no pair counts, 0/0 is left: rounding would make it any number.
    free = squares**2 - fourth
    return squares**2 * off / free if free > SMALLEST * squares**2 else np.nan


@compiled
def rho_a_batch(matrices, weights, retained, joined, bounds, mode_b, status, rho):
    """Fills rho (R, m) with rho_A of each mode A block, where there are numbers."""
    for r in range(len(matrices)):
        for j in range(len(mode_b)):
            if status[r] <= INADMISSIBLE and not mode_b[j]:
                rho[r, j] = rho_a(matrices[r], weights[r], retained[r], joined, bounds[j], bounds[j + 1])


@compiled
def disattenuate(matrices, retained, joined, blocks, reflective, out, rho):
    """Turn PLS results, `out`, into consistent ones, in place, for every replication whose status is OK.

    Reflective blocks (m,) get loadings w sqrt(rho_A) / w'w and correlations divided by sqrt(rho_A rho_A); composite
    blocks stay as they are. Fills rho (R, m); joined as in `rho_a`. A rho_A that is negative, or 0/0 where one item has
    all the weight, is fatal; what makes a replication inadmissible see `correct_batch`.
    """
    bounds, path_matrix = blocks
    weights, loadings, status = out.weights, out.loadings, out.status
    m = len(path_matrix)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        for j in range(m):
            rho[r, j] = 1.0
            if reflective[j]:
                rho[r, j] = rho_a(matrices[r], weights[r], retained[r], joined, bounds[j], bounds[j + 1])
            if np.isnan(rho[r, j]):
                status[r] = UNIDENTIFIED
            elif not rho[r, j] > 0.0:
                status[r] = NEGATIVE_RELIABILITY
        if status[r] != OK:
            continue
        for j in range(m):
            if reflective[j]:
                corrected_loadings(
                    weights[r], retained[r], bounds[j], bounds[j + 1], np.sqrt(rho[r, j]), loadings[r]
                )  # fmt: skip
    correct_batch(out, rho, path_matrix)


@part
def corrected_loadings(weights, retained, lower, upper, root, loadings):
    """Loadings w sqrt(rho_A) / w'w of one block's retained items; those of a single item stay as they are."""
    squares, count = 0.0, 0
    for i in range(lower, upper):
        if retained[i]:
            squares += weights[i] ** 2
            count += 1
    if count > 1:
        for i in range(lower, upper):
            if retained[i]:
                loadings[i] = weights[i] * root / squares


@compiled
def correct_batch(out, rho, path_matrix):
    """Divide the correlations of `out`, Composites, by the square roots of their reliabilities rho (R, m), in place.

    Fills its paths and r2 by OLS on them, for replications that have numbers. A reliability that is not positive is
    fatal. A loading, reliability or correlation beyond 1, or correlations that are not positive semidefinite, make the
    replication inadmissible.
    """
    loadings, correlations, paths, r2, status = out.loadings, out.correlations, out.paths, out.r2, out.status
    m = len(path_matrix)
    b, explained, root = np.empty((m, m)), np.empty(m), np.empty((m, m))
    predictors, coefficients = np.empty(m, dtype=np.int64), np.empty(m)
    for r in range(len(rho)):
        if status[r] > INADMISSIBLE:
            continue
        strange = False
        for j in range(m):
            if not rho[r, j] > 0.0:
                status[r] = NEGATIVE_RELIABILITY
            strange |= rho[r, j] > 1.0 + BEYOND
            for k in range(m):
                if k != j:
                    correlations[r, j, k] /= np.sqrt(rho[r, j]) * np.sqrt(rho[r, k])
        for i in range(loadings.shape[1]):
            strange |= abs(loadings[r, i]) > 1.0 + BEYOND
        if status[r] > INADMISSIBLE:
            continue
        if not regress_all(correlations[r], path_matrix, b, explained, predictors, root, coefficients):
            status[r] = SINGULAR
            continue
        for j in range(m):
            r2[r, j] = explained[j]
            for k in range(m):
                paths[r, j, k] = b[j, k]
        if strange or not is_psd(correlations[r], root):
            status[r] = INADMISSIBLE


@part
def is_psd(matrix, root):
    """Whether a symmetric matrix is positive semidefinite, to rounding, by its pivots. `root` (m, m) is scratch."""
    m = len(matrix)
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
