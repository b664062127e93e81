"""Maximum likelihood for factor models, compiled: descent, admissibility, delta method, one data set after another."""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.factor_model import Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from estimators.kernels.matrices import backward, cholesky, compiled, forward, inlined, log_determinant
from estimators.kernels.solution import explained_variance, is_admissible, norm, orient, parameter, target_gradient
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
    loadings, paths, construct, r2, parameters, error_covariances, minimum, log_det, df, se, status, iterations,
):  # fmt: skip
    """ML for every data set whose status is OK so far; fills the outputs, NaN left where nothing can be said.

    correlations (R, p, p); retained (R, p); wanted (q, 3 or more) codes of `target_gradient`. Outputs: loadings (R, p),
    paths and construct correlations (R, m, m), r2 (R, m), parameters (R, k) as in `implied`, error covariances (R, e),
    the minimum of F, the sample's ln|R| and df (R,), se (R, q) for n respondents, status and iterations (R,).
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
        for a in range(m):
            for b in range(m):
                construct[r, a, b] = point.C[a, b]
                paths[r, a, b] = point.B[a, b]
            r2[r, a] = explained_variance(a, point)
        for i in range(k):
            parameters[r, i] = x[i]
        for e in range(len(errors)):
            error_covariances[r, e] = 0.0
        for e in range(pairs):
            error_covariances[r, pattern.written[e]] = x[k - s - pairs + e]
        df[r] = p * (p + 1) // 2 - k
        log_det[r] = log_determinant(observed, p)
        minimum[r] = 2.0 * f - log_det[r] - p
        if with_errors:
            standard_errors(x, n, wanted, structure, pattern, point, search.root, row, se[r])
