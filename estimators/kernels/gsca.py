"""Compiled generalized structured component analysis on correlation matrices, one replication after another."""

import numpy as np

from estimators.base import Status
from estimators.kernels.matrices import cholesky, invert
from estimators.kernels.regression import SMALLEST, structural_paths
from sim.kernels.loops import compiled, part

OK, NOT_CONVERGED = int(Status.OK), int(Status.NOT_CONVERGED)
SINGULAR, UNIDENTIFIED = int(Status.SINGULAR), int(Status.UNIDENTIFIED)


@part
def gather(matrix, retained, bounds, own, items, inner):
    """The retained items' matrix, block after block, into `own`; their places and bounds."""
    count = 0
    for j in range(len(bounds) - 1):
        inner[j] = count
        for i in range(bounds[j], bounds[j + 1]):
            if retained[i]:
                items[count] = i
                count += 1
    inner[len(bounds) - 1] = count
    for a in range(count):
        for b in range(count):
            own[a, b] = matrix[items[a], items[b]]


@part
def block_inverses(matrix, bounds, inverse):
    """The inverse of each block on the diagonal, into the rows of `inverse` (p, largest block). False if singular."""
    size = inverse.shape[1]
    root, found, diagonal = np.empty((size, size)), np.empty((size, size)), np.empty(size)
    for j in range(len(bounds) - 1):
        first, count = bounds[j], bounds[j + 1] - bounds[j]
        for a in range(count):
            for b in range(count):
                root[a, b] = matrix[first + a, first + b]
        if not cholesky(root, 0, count, diagonal) > SMALLEST:
            return False
        invert(root, count, found)
        for a in range(count):
            for b in range(count):
                inverse[first + a, b] = found[a, b]
    return True


@part
def normalise(matrix, bounds, j, weights, image):
    """Scale block j's weights to a component of variance 1; image (m, p) takes its correlations with the items.

    False where the component has no variance.
    """
    p, variance = bounds[len(bounds) - 1], 0.0
    for i in range(p):
        image[j, i] = 0.0
    for k in range(bounds[j], bounds[j + 1]):
        for i in range(p):
            image[j, i] += weights[k] * matrix[k, i]
    for i in range(bounds[j], bounds[j + 1]):
        variance += weights[i] * image[j, i]
    if not variance > SMALLEST:
        return False
    scale = 1.0 / np.sqrt(variance)
    for i in range(bounds[j], bounds[j + 1]):
        weights[i] *= scale
    for i in range(p):
        image[j, i] *= scale
    return True


@part
def component_correlations(bounds, weights, image, correlations):
    """Correlations (m, m) of components from their weights and their correlations with the items."""
    m = len(correlations)
    for j in range(m):
        correlations[j, j] = 1.0
        for k in range(j):
            value = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                value += weights[i] * image[k, i]
            correlations[j, k] = value
            correlations[k, j] = value


@part
def pull(j, path_matrix, paths, strength):
    """How strongly each component (m,) draws component j, by the structural equations that j stands in."""
    m = len(path_matrix)
    for k in range(m):
        strength[k] = paths[j, k]
    for k in range(m):
        if path_matrix[k, j]:
            strength[k] += paths[k, j]
            for l in range(m):
                if l != j:
                    strength[l] -= paths[k, j] * paths[k, l]


@compiled
def gsca_batch(matrices, retained, blocks, reflective, tolerance, max_iterations, out):
    """GSCA of R correlation matrices (R, p, p), each on its retained items (R, p), from unit weights.

    Alternates between paths and loadings by least squares and, block after block, the weights of the component of
    variance 1 that leaves the least sum of squares. Fills `out`, which are `Composites`, as `pls_batch` does; SINGULAR
    where a block or a set of predictors is, UNIDENTIFIED where nothing determines a component.
    """
    bounds, path_matrix = blocks
    weights, loadings, correlations, paths, r2, status, iterations = out
    m, p, largest = len(path_matrix), matrices.shape[1], 0
    for j in range(m):
        largest = max(largest, bounds[j + 1] - bounds[j])
    own, inverse, image = np.empty((p, p)), np.empty((p, largest)), np.empty((m, p))
    items, inner = np.empty(p, dtype=np.int64), np.empty(m + 1, dtype=np.int64)
    w, drawn, strength = np.empty(p), np.empty(largest), np.empty(m)
    among, b, explained = np.empty((m, m)), np.empty((m, m)), np.empty(m)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        gather(matrices[r], retained[r], bounds, own, items, inner)
        if not block_inverses(own, inner, inverse):
            status[r] = SINGULAR
            continue
        for i in range(p):
            w[i] = 1.0
        for j in range(m):
            if not normalise(own, inner, j, w, image):
                status[r] = SINGULAR
        change, done = np.inf, 0
        while status[r] == OK:
            component_correlations(inner, w, image, among)
            if not structural_paths(among, path_matrix, b, explained):
                status[r] = SINGULAR
            if status[r] != OK or change < tolerance:
                break
            if done >= max_iterations:
                status[r] = NOT_CONVERGED
                break
            change = 0.0
            for j in range(m):
                pull(j, path_matrix, b, strength)
                first, size = inner[j], inner[j + 1] - inner[j]
                for i in range(size):
                    drawn[i] = 0.0
                    for k in range(m):
                        if k != j:
                            drawn[i] += strength[k] * image[k, first + i]
                for i in range(size):
                    before = w[first + i]
                    w[first + i] = image[j, first + i] if reflective[j] else 0.0
                    for k in range(size):
                        w[first + i] += inverse[first + i, k] * drawn[k]
                    image[j, first + i] = before
                for i in range(size):
                    drawn[i] = image[j, first + i]
                if not normalise(own, inner, j, w, image):
                    status[r] = UNIDENTIFIED
                    break
                for i in range(size):
                    change = max(change, abs(w[first + i] - drawn[i]))
            done += 1
        iterations[r] = done
        if status[r] == OK:
            for j in range(m):
                r2[r, j] = explained[j]
                for i in range(inner[j], inner[j + 1]):
                    weights[r, items[i]] = w[i]
                    loadings[r, items[i]] = image[j, i]
                for k in range(m):
                    correlations[r, j, k] = among[j, k]
                    paths[r, j, k] = b[j, k]
