"""Maximum likelihood for factor models, compiled: descent, admissibility, delta method, one data set after another."""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.factor_model import PATH, Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from estimators.kernels.matrices import backward, cholesky, compiled, forward, inlined, log_determinant
from estimators.kernels.starts import plain_start, start
from sim.batch import Floats

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
NOT_CONVERGED, SINGULAR, UNIDENTIFIED = int(Status.NOT_CONVERGED), int(Status.SINGULAR), int(Status.UNIDENTIFIED)

#: A pivot this small against its diagonal element is a singular matrix.
SINGULAR_PIVOT = 1e-10
#: Two minima of f closer than this are one.
SAME_MINIMUM = 1e-9
#: Corrections a quasi-Newton run remembers; then the information is taken afresh.
MEMORY = 12
#: A loading beyond this is on its way to infinity: f has no minimum there, only an infimum.
RUNAWAY = 20.0
#: Largest change of a parameter in one step, and the steepness left that counts as settled where rounding ends descent.
LONGEST, STALLED = 0.5, 1e-6
#: What a standard error is asked for, see `target_gradient`.
NOTHING, CHAIN, LOADING, CORRELATION, R2, AVE, RHO_C, UNSTANDARDISED = -1, 0, 1, 2, 3, 4, 5, 6


class Search(NamedTuple):
    """Scratch of `descend`, its vectors (k,) in parameters or in the whitened coordinates."""

    gradient: Floats
    white: Floats  # whitened gradient
    direction: Floats  # whitened step
    step: Floats
    trial: Floats
    moves: Floats  # (MEMORY, k) whitened steps taken
    changes: Floats  # (MEMORY, k) of the whitened gradient on them
    curvatures: Floats  # (MEMORY,) their products
    root: Floats  # (k, k) of the information
    block: Floats  # (k, k) root of the information without the scales


@compiled
def quasi_newton(search, first, k, memory):
    """L-BFGS direction from the whitened gradient (Nocedal & Wright 2006, algorithm 7.4); returns its slope."""
    _, white, direction, _, _, moves, changes, curvatures, _, _ = search
    weights = np.empty(MEMORY)
    for i in range(first, k):
        direction[i] = -white[i]
    for h in range(memory - 1, -1, -1):
        value = 0.0
        for i in range(first, k):
            value += moves[h, i] * direction[i]
        weights[h] = value / curvatures[h]
        for i in range(first, k):
            direction[i] -= weights[h] * changes[h, i]
    for h in range(memory):
        value = 0.0
        for i in range(first, k):
            value += changes[h, i] * direction[i]
        for i in range(first, k):
            direction[i] += moves[h, i] * (weights[h] - value / curvatures[h])
    slope = 0.0
    for i in range(first, k):
        slope += white[i] * direction[i]
    return slope


@compiled
def norm(vector, first, k):
    """Euclidean length of vector[first:k]."""
    total = 0.0
    for i in range(first, k):
        total += vector[i] ** 2
    return np.sqrt(total)


@compiled
def descend(x, sample, scales_free, structure, pattern, point, search, tolerance, limit):
    """Minimises the discrepancy from x, in place. Returns f, the outcome (OK, NOT_CONVERGED, UNIDENTIFIED), iterations.

    A step of Fisher scoring and then L-BFGS in the coordinates that the information's root whitens, each step halved
    until P is positive definite and f falls; after MEMORY steps the information is taken afresh. OK: the whitened
    gradient, half of whose square is the fall still to be expected, is under `tolerance`.
    """
    gradient, white, direction, step, trial, moves, changes, curvatures, root, _ = search
    first, k = 0 if scales_free else pattern.sizes[0], pattern.sizes[1]
    iterations, last_loading = 0, k - len(point.dC) - pattern.sizes[2]
    f = discrepancy(x, sample, scales_free, structure, pattern, point, gradient)
    if not np.isfinite(f):
        return f, NOT_CONVERGED, iterations
    for i in range(first):
        trial[i] = x[i]
    while True:
        information(x, scales_free, pattern, point, root)
        cholesky(root, first, k, point.vector)
        for i in range(first, k):
            white[i] = gradient[i]
        forward(root, first, k, white)
        memory = 0
        while True:
            steepness = norm(white, first, k)
            if steepness < tolerance:
                return f, OK, iterations
            if iterations >= limit:
                return f, NOT_CONVERGED, iterations
            slope = quasi_newton(search, first, k, memory)
            longest = 0.0
            for i in range(first, k):
                step[i] = direction[i]
            backward(root, first, k, step)
            for i in range(first, k):
                longest = max(longest, abs(step[i]))
            rate = min(1.0, LONGEST / longest)
            fallen = False
            for _ in range(30):
                for i in range(first, k):
                    trial[i] = x[i] + rate * step[i]
                value = discrepancy(trial, sample, scales_free, structure, pattern, point, gradient)
                if value <= f + 1e-4 * rate * slope + 1e-14 * (1.0 + abs(f)):
                    fallen = True
                    break
                rate *= 0.5
            if not fallen:
                f = discrepancy(x, sample, scales_free, structure, pattern, point, gradient)
                if memory == 0:
                    return f, OK if steepness < STALLED else NOT_CONVERGED, iterations
                break
            iterations += 1
            f = value
            curvature, largest = 0.0, 0.0
            for i in range(pattern.sizes[0], last_loading):
                largest = max(largest, abs(trial[i]))
            if largest > RUNAWAY:
                return f, UNIDENTIFIED, iterations
            for i in range(first, k):
                x[i] = trial[i]
                moves[memory, i] = rate * direction[i]
                changes[memory, i] = -white[i]
                white[i] = gradient[i]
            forward(root, first, k, white)
            length = 0.0
            for i in range(first, k):
                changes[memory, i] += white[i]
                curvature += changes[memory, i] * moves[memory, i]
                length += changes[memory, i] ** 2
            if curvature > 1e-8 * length:
                curvatures[memory] = curvature
                memory += 1
            else:
                break
            if memory == MEMORY:
                break


@inlined
def settle(x, sample, scales_free, structure, pattern, point, search, tolerance, limit, with_errors):
    """The minimum below x: f, its status, iterations used. x is then oriented, and `search.root` the information."""
    p, k = pattern.sizes[0], pattern.sizes[1]
    f, outcome, used = descend(x, sample, scales_free, structure, pattern, point, search, tolerance, limit)
    if outcome == OK:
        if orient(x, structure, pattern, point):
            discrepancy(x, sample, scales_free, structure, pattern, point, search.gradient)
        information(x, with_errors, pattern, point, search.root)
        for i in range(p, k):
            for c in range(i, k):
                search.block[i, c] = search.root[i, c]
        if not cholesky(search.block, p, k, point.vector) > SINGULAR_PIVOT:
            outcome = UNIDENTIFIED
        elif not is_admissible(x, pattern, point):
            outcome = INADMISSIBLE
    return f, outcome, used


@inlined
def minimise(x, best, sample, scales_free, structure, pattern, point, search, tolerance, limit, with_errors):
    """The lowest minimum from `start` and, where that is not proper, from `plain_start`; returns as `settle`."""
    f, status, iterations, attempts = np.inf, UNIDENTIFIED, 0, 0
    while attempts < 2 and (attempts == 0 or status != OK):
        if attempts == 0:
            start(x, sample, structure, pattern, point)
        else:
            plain_start(x, sample, structure, pattern, point)
        found, outcome, used = settle(
            x, sample, scales_free, structure, pattern, point, search, tolerance, limit, with_errors
        )
        iterations += used
        better = status > INADMISSIBLE or found < f - SAME_MINIMUM
        if attempts == 0 or (outcome <= INADMISSIBLE and better):
            f, status = found, outcome
            for i in range(len(x)):
                best[i] = x[i]
        attempts += 1
    if attempts > 1 and status <= INADMISSIBLE:
        for i in range(len(x)):
            x[i] = best[i]
        discrepancy(x, sample, scales_free, structure, pattern, point, search.gradient)
        information(x, with_errors, pattern, point, search.root)
    return f, status, iterations


@compiled
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


@compiled
def explained_variance(j, point):
    """R2 of construct j: 1 less its residual variance."""
    total = 0.0
    for a in range(len(point.C)):
        total += point.B[j, a] * (point.C[a, j] + point.R[j, a])
    return total


@compiled
def parameter(t, wanted, pattern, base):
    """The parameter that target t itself is, or -1: a path, or the loading of a retained item not alone."""
    if wanted[t, 0] == CHAIN and wanted[t, 2] < 0:
        return base + wanted[t, 1]
    if wanted[t, 0] == LOADING and pattern.place[wanted[t, 1]] >= 0:
        return pattern.slot[pattern.place[wanted[t, 1]]]
    return -1


@compiled
def target_gradient(t, wanted, x, structure, pattern, point, out):
    """Gradient of standardised target t by the parameters, in `out` (k,); returns its first element not 0, k if none.

    wanted: [CHAIN, structural parameters to be multiplied.., -1], [LOADING, item], [CORRELATION, a, b],
    [R2 | AVE | RHO_C, construct], [UNSTANDARDISED, structural parameter of a path, outcome, predictor]: the path in
    units of the first items of both blocks, b l_y s_y / (l_x s_x), at scales s of 1.
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


@compiled
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


@inlined
def standard_errors(x, n, wanted, structure, pattern, point, root, row, errors):
    """Delta-method standard errors of the targets (q,), NaN left where none is; `root` (k, k) is the information."""
    p, k = pattern.sizes[0], pattern.sizes[1]
    cholesky(root, 0, k, point.vector)
    for t in range(len(wanted)):
        begin = parameter(t, wanted, pattern, k - len(structure.steps))
        if begin >= p:
            for i in range(begin, k):
                row[i] = 1.0 if i == begin else 0.0
        else:
            begin = target_gradient(t, wanted, x, structure, pattern, point, row)
        if begin < k:
            forward(root, begin, k, row)
            errors[t] = norm(row, begin, k) / np.sqrt(n)


@compiled
def fit_batch(
    correlations, retained, n, order, steps, errors, bounds, saturated, tolerance, limit, wanted, with_errors,
    loadings, paths, construct, scales, residuals, r2, chisq, df, se, status, iterations,
):  # fmt: skip
    """ML for every data set whose status is OK so far; fills the outputs, NaN left where nothing can be said.

    correlations (R, p, p); retained (R, p); wanted (q, 3 or more) codes of `target_gradient`. Outputs: loadings (R, p),
    paths and construct correlations (R, m, m), scales (R, p) of Sigma = D P D, error covariances (R, e) in units of P,
    r2 (R, m), chisq and df (R,), se (R, q), status and iterations (R,).
    `saturated`: the structure can give any construct correlations, so that without error covariances the ML solution
    reproduces the sample variances and the scales need no estimate.
    """
    structure = Structure(order, steps, errors, bounds)
    p_all, m, s = retained.shape[1], len(order), len(steps)
    k_all = 2 * p_all + len(errors) + s
    pattern, point = empty_pattern(p_all, m, len(errors)), empty_point(p_all, m, s, k_all)
    search = Search(
        np.zeros(k_all), np.zeros(k_all), np.zeros(k_all), np.zeros(k_all), np.zeros(k_all),
        np.zeros((MEMORY, k_all)), np.zeros((MEMORY, k_all)), np.zeros(MEMORY),
        np.zeros((k_all, k_all)), np.zeros((k_all, k_all)),
    )  # fmt: skip
    x, best, row = np.zeros(k_all), np.zeros(k_all), np.zeros(k_all)
    sample, observed = np.zeros((p_all, p_all)), np.zeros((p_all, p_all))
    for r in range(len(status)):
        if status[r] != OK:
            continue
        if not read_pattern(retained[r], structure, pattern):
            status[r] = UNIDENTIFIED
            continue
        p, k, pairs = pattern.sizes
        for i in range(p):
            for l in range(p):
                sample[i, l] = correlations[r, pattern.item[i], pattern.item[l]]
                observed[i, l] = sample[i, l]
        if not cholesky(observed, 0, p, point.vector) > SINGULAR_PIVOT:
            status[r] = SINGULAR
            continue
        free = pairs > 0 or not saturated
        f, status[r], iterations[r] = minimise(
            x, best, sample, free, structure, pattern, point, search, tolerance, limit, with_errors
        )
        if status[r] > INADMISSIBLE:
            continue
        for i in range(p):
            loadings[r, pattern.item[i]] = point.loading[i]
            scales[r, pattern.item[i]] = np.exp(x[i]) if free else 1.0
        for e in range(len(errors)):
            i, l = pattern.place[errors[e, 0]], pattern.place[errors[e, 1]]
            for d in range(pairs):
                if pattern.pair[d, 0] == min(i, l) and pattern.pair[d, 1] == max(i, l):
                    residuals[r, e] = x[k - s - pairs + d]
        for a in range(m):
            for b in range(m):
                construct[r, a, b] = point.C[a, b]
                paths[r, a, b] = point.B[a, b]
            r2[r, a] = explained_variance(a, point)
        df[r] = p * (p + 1) // 2 - k
        if np.isfinite(n):
            chisq[r] = n * (2.0 * f - log_determinant(observed, p) - p)
        if with_errors:
            standard_errors(x, n, wanted, structure, pattern, point, search.root, row, se[r])
