"""The compiled PLS iteration (Lohmoeller's algorithm) on correlation matrices, several of them side by side.

The last axis of every work array is the lane: LANES replications go through the same steps together, which is what the
processor's vector units need. A replication leaves its lane the moment it converges and the next one takes the place.
Its numbers never depend on its neighbours: items that only a neighbour retains enter as exact zeros.
"""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.factor_model import Codes
from estimators.kernels.matrices import cholesky, invert
from estimators.kernels.regression import SMALLEST, regress_all
from sim.batch import Floats
from sim.kernels.loops import compiled, contracted, part

OK = int(Status.OK)
NOT_CONVERGED = int(Status.NOT_CONVERGED)
SINGULAR = int(Status.SINGULAR)
UNIDENTIFIED = int(Status.UNIDENTIFIED)

PATH, CENTROID, FACTORIAL = 0, 1, 2

#: Replications side by side. The loops read it from the arrays' shapes: as a compile-time constant it would be unrolled
#: into scalar code.
LANES = 32


class Lanes(NamedTuple):
    """The replications that are worked on side by side, on the p' items that any of them retains."""

    items: Codes  # (p,) their numbers
    bounds: Codes  # (m + 1,) block j holds the places bounds[j]:bounds[j + 1]
    mask: Floats  # (p, lane) 1 where retained
    weights: Floats  # (p, lane)
    image: Floats  # (m, p, lane) correlations of composites with items
    correlations: Floats  # (m, m, lane) of composites


class Regression(NamedTuple):
    """Scratch for the structural paths of one replication."""

    correlations: Floats  # (m, m)
    paths: Floats  # (m, m)
    r2: Floats  # (m,)
    predictors: Codes  # (m,)
    root: Floats  # (m, m)
    coefficients: Floats  # (m,)


@part
def _items_in_use(retained, status, bounds, items, inner_bounds):
    """The items that some live replication retains, block after block; their number."""
    count = 0
    for j in range(len(bounds) - 1):
        inner_bounds[j] = count
        for i in range(bounds[j], bounds[j + 1]):
            for r in range(len(retained)):
                if status[r] == OK and retained[r, i]:
                    items[count] = i
                    count += 1
                    break
    inner_bounds[len(bounds) - 1] = count
    return count


@part
def _load(r, lane, source, retained, items, count, matrix, mask):
    """Put replication r into a lane: its correlations `source` (p, p), 0 where an item is not retained."""
    for i in range(count):
        mask[i, lane] = 1.0 if retained[r, items[i]] else 0.0
        for k in range(i + 1):
            both = mask[i, lane] != 0.0 and mask[k, lane] != 0.0
            value = source[items[i], items[k]] if both else 0.0
            matrix[i, k, lane] = value
            matrix[k, i, lane] = value


@part
def _load_inverses(r, lane, source, retained, items, bounds, mode_b, inverse):
    """Inverse correlations of the retained items of replication r's mode B blocks, 0 elsewhere, into a lane.

    source (p, p): all its correlations; inverse (p, largest block, lane). False if a block's are singular.
    """
    size = inverse.shape[1]
    root, found = np.empty((size, size)), np.empty((size, size))
    diagonal, chosen = np.empty(size), np.empty(size, dtype=np.int64)
    for j in range(len(bounds) - 1):
        if not mode_b[j]:
            continue
        first, count = bounds[j], 0
        for i in range(first, bounds[j + 1]):
            for k in range(size):
                inverse[i, k, lane] = 0.0
            if retained[r, items[i]]:
                chosen[count] = i
                count += 1
        for a in range(count):
            for b in range(count):
                root[a, b] = source[items[chosen[a]], items[chosen[b]]]
        if not cholesky(root, 0, count, diagonal) > SMALLEST:
            return False
        invert(root, count, found)
        for a in range(count):
            for b in range(count):
                inverse[chosen[a], chosen[b] - first, lane] = found[a, b]
    return True


# Contracted, every step of a sum is one fused operation, in every lane; and adding an exact zero still changes nothing.
@contracted
def _standardise(matrix, bounds, count, weights, image, failed):
    """Scale each block's weights to a composite of variance 1; image (m, i, lane) = its correlations with the items.

    `failed` (lane) is set where a composite has no variance.
    """
    lanes = weights.shape[1]
    scale = np.empty(lanes)
    for j in range(len(bounds) - 1):
        for i in range(count):
            for lane in range(lanes):
                image[j, i, lane] = 0.0
        for k in range(bounds[j], bounds[j + 1]):
            for i in range(count):
                for lane in range(lanes):
                    image[j, i, lane] += weights[k, lane] * matrix[k, i, lane]
        for lane in range(lanes):
            scale[lane] = 0.0
        for i in range(bounds[j], bounds[j + 1]):
            for lane in range(lanes):
                scale[lane] += weights[i, lane] * image[j, i, lane]
        for lane in range(lanes):
            if not scale[lane] > SMALLEST:
                failed[lane] = True
            scale[lane] = 1.0 / np.sqrt(scale[lane])
        for i in range(bounds[j], bounds[j + 1]):
            for lane in range(lanes):
                weights[i, lane] *= scale[lane]
        for i in range(count):
            for lane in range(lanes):
                image[j, i, lane] *= scale[lane]


@part
def _composite_correlations(bounds, weights, image, correlations):
    lanes = weights.shape[1]
    for j in range(len(bounds) - 1):
        for lane in range(lanes):
            correlations[j, j, lane] = 1.0
        for k in range(j):
            for lane in range(lanes):
                correlations[j, k, lane] = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                for lane in range(lanes):
                    correlations[j, k, lane] += weights[i, lane] * image[k, i, lane]
            for lane in range(lanes):
                correlations[k, j, lane] = correlations[j, k, lane]


@part
def _regress(correlations, predictors, count, outcome, root, coefficients, failed):
    """OLS of `outcome` on the first `count` predictors in every lane, by Cholesky; fills coefficients (a, lane)."""
    lanes = coefficients.shape[1]
    value = np.empty(lanes)
    for a in range(count):
        for b in range(a + 1):
            for lane in range(lanes):
                value[lane] = correlations[predictors[a], predictors[b], lane]
            for k in range(b):
                for lane in range(lanes):
                    value[lane] -= root[a, k, lane] * root[b, k, lane]
            for lane in range(lanes):
                if a == b:
                    if not value[lane] > SMALLEST:
                        failed[lane] = True
                    root[a, a, lane] = np.sqrt(value[lane])
                else:
                    root[a, b, lane] = value[lane] / root[b, b, lane]
    for a in range(count):
        for lane in range(lanes):
            value[lane] = correlations[predictors[a], outcome, lane]
        for k in range(a):
            for lane in range(lanes):
                value[lane] -= root[a, k, lane] * coefficients[k, lane]
        for lane in range(lanes):
            coefficients[a, lane] = value[lane] / root[a, a, lane]
    for a in range(count - 1, -1, -1):
        for lane in range(lanes):
            value[lane] = coefficients[a, lane]
        for k in range(a + 1, count):
            for lane in range(lanes):
                value[lane] -= root[k, a, lane] * coefficients[k, lane]
        for lane in range(lanes):
            coefficients[a, lane] = value[lane] / root[a, a, lane]


@part
def _inner_weights(scheme, correlations, path_matrix, inner, predictors, root, coefficients, failed):
    """Inner weights (m, m, lane): with the path scheme, regression on predictors and correlation with outcomes."""
    lanes = coefficients.shape[1]
    m = len(path_matrix)
    for j in range(m):
        count = 0
        for k in range(m):
            if path_matrix[j, k] or path_matrix[k, j]:
                for lane in range(lanes):
                    c = correlations[j, k, lane]
                    inner[j, k, lane] = np.sign(c) if scheme == CENTROID else c
            if path_matrix[j, k]:
                predictors[count] = k
                count += 1
        if scheme == PATH and count:
            _regress(correlations, predictors, count, j, root, coefficients, failed)
            for a in range(count):
                for lane in range(lanes):
                    inner[j, predictors[a], lane] = coefficients[a, lane]


@part
def _outer_weights(bounds, path_matrix, mode_b, inverse, inner, image, proxy, weights):
    """Mode A: each item's covariance with its block's inner proxy, 0 for those left out. Mode B: regression on them."""
    lanes = weights.shape[1]
    m = len(path_matrix)
    for j in range(m):
        for i in range(bounds[j], bounds[j + 1]):
            for lane in range(lanes):
                weights[i, lane] = 0.0
        for k in range(m):
            if path_matrix[j, k] or path_matrix[k, j]:
                for i in range(bounds[j], bounds[j + 1]):
                    for lane in range(lanes):
                        weights[i, lane] += inner[j, k, lane] * image[k, i, lane]
        if mode_b[j]:
            first, last = bounds[j], bounds[j + 1]
            for i in range(first, last):
                for lane in range(lanes):
                    proxy[i - first, lane] = weights[i, lane]
                    weights[i, lane] = 0.0
            for i in range(first, last):
                for k in range(last - first):
                    for lane in range(lanes):
                        weights[i, lane] += inverse[i, k, lane] * proxy[k, lane]


@compiled
def pls_batch(matrices, places, retained, blocks, mode_b, scheme, tolerance, max_iterations, out):
    """PLS for R of the correlation matrices (N, p, p), each on its retained items (R, p), from unit weights.

    places (R,) tells which; matrices of which a part is asked for need not be copied. mode_b (m,) tells the
    blocks of mode B from those of mode A. A replication has converged when no standardised weight changes by
    `tolerance` or more. Fills `out`, which are `Composites`; `blocks` are `Blocks`. A mode B block with singular
    correlations is SINGULAR. Replications whose status is fatal on entry or becomes so, and items left out, stay as
    they came (NaN).
    """
    bounds, path_matrix = blocks
    status, iterations = out.status, out.iterations
    m, p, total = len(bounds) - 1, matrices.shape[1], len(places)
    lanes = min(LANES, total)
    matrix, mask = np.zeros((p, p, lanes)), np.zeros((p, lanes))
    items, inner_bounds = np.empty(p, dtype=np.int64), np.empty(m + 1, dtype=np.int64)
    w, before, image = np.zeros((p, lanes)), np.zeros((p, lanes)), np.zeros((m, p, lanes))
    composite, inner = np.zeros((m, m, lanes)), np.zeros((m, m, lanes))
    predictors = np.empty(m, dtype=np.int64)
    root, coefficients = np.zeros((m, m, lanes)), np.zeros((m, lanes))
    largest = 0
    for j in range(m):
        if mode_b[j]:
            largest = max(largest, bounds[j + 1] - bounds[j])
    inverse, proxy = np.zeros((p, largest, lanes)), np.zeros((largest, lanes))
    own, b, explained, pivots, solved = np.empty((m, m)), np.empty((m, m)), np.empty(m), np.empty((m, m)), np.empty(m)
    change, failed = np.empty(lanes), np.zeros((2, lanes), dtype=np.bool_)
    side = Lanes(items, inner_bounds, mask, w, image, composite)
    scratch = Regression(own, b, explained, predictors, pivots, solved)
    occupant, done = np.empty(lanes, dtype=np.int64), np.zeros(lanes, dtype=np.int64)
    for lane in range(lanes):
        occupant[lane] = -1
    count = _items_in_use(retained, status, bounds, items, inner_bounds)
    upcoming, live = 0, lanes
    while live > 0:
        _inner_weights(scheme, composite, path_matrix, inner, predictors, root, coefficients, failed[0])
        for i in range(count):
            for lane in range(lanes):
                before[i, lane] = w[i, lane]
        _outer_weights(inner_bounds, path_matrix, mode_b, inverse, inner, image, proxy, w)
        for lane in range(lanes):
            if occupant[lane] < 0:
                # A free lane takes the next replication, which starts from unit weights in this very round.
                while upcoming < total:
                    if status[upcoming] == OK and (
                        largest == 0
                        or _load_inverses(
                            upcoming, lane, matrices[places[upcoming]], retained, items, inner_bounds, mode_b, inverse
                        )
                    ):
                        break
                    if status[upcoming] == OK:
                        status[upcoming] = SINGULAR
                    upcoming += 1
                done[lane] = -1
                failed[0, lane] = False
                failed[1, lane] = False
                if upcoming < total:
                    occupant[lane] = upcoming
                    _load(upcoming, lane, matrices[places[upcoming]], retained, items, count, matrix, mask)
                    for i in range(count):
                        w[i, lane] = mask[i, lane]
                    upcoming += 1
        _standardise(matrix, inner_bounds, count, w, image, failed[1])
        _composite_correlations(inner_bounds, w, image, composite)
        for lane in range(lanes):
            change[lane] = 0.0
        for i in range(count):
            for lane in range(lanes):
                change[lane] = max(change[lane], abs(w[i, lane] - before[i, lane]))
        live = 0
        for lane in range(lanes):
            r = occupant[lane]
            if r < 0:
                continue
            live += 1
            done[lane] += 1
            settled = done[lane] > 0 and change[lane] < tolerance
            if settled or failed[0, lane] or failed[1, lane] or done[lane] >= max_iterations:
                iterations[r] = done[lane]
                occupant[lane] = -1
                if failed[0, lane]:
                    status[r] = SINGULAR
                elif failed[1, lane]:
                    status[r] = UNIDENTIFIED if done[lane] > 0 else SINGULAR
                elif not settled:
                    status[r] = NOT_CONVERGED
                else:
                    _record(r, lane, side, path_matrix, scratch, out)


@part
def _record(r, lane, side, path_matrix, scratch, out):
    """Write a converged lane into the outputs of replication r, with its structural paths."""
    m = len(path_matrix)
    items, bounds, mask, w, image, composite = side
    own, b, explained, predictors, pivots, solved = scratch
    for j in range(m):
        for k in range(m):
            own[j, k] = composite[j, k, lane]
    if not regress_all(own, path_matrix, b, explained, predictors, pivots, solved):
        out.status[r] = SINGULAR
        return
    for j in range(m):
        for i in range(bounds[j], bounds[j + 1]):
            if mask[i, lane] != 0.0:
                out.weights[r, items[i]] = w[i, lane]
                out.loadings[r, items[i]] = image[j, i, lane]
    for j in range(m):
        out.r2[r, j] = explained[j]
        for k in range(m):
            out.correlations[r, j, k] = own[j, k]
            out.paths[r, j, k] = b[j, k]
