"""The search for the minimum of a factor model's discrepancy, compiled: descent, starts, statuses."""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from estimators.kernels.matrices import backward, cholesky, forward
from estimators.kernels.solution import is_admissible, norm, orient
from estimators.kernels.squares import by_pairs, generalized, generalized_information, pairs_information
from estimators.kernels.starts import plain_start, start
from sim.batch import Floats
from sim.kernels.loops import by_reference, part

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
NOT_CONVERGED, UNIDENTIFIED = int(Status.NOT_CONVERGED), int(Status.UNIDENTIFIED)

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
#: What is minimised: see `implied` for the likelihood's, `squares` for the others.
LIKELIHOOD, PAIRS, GENERALIZED = 0, 1, 2


@by_reference
class Search:
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


class Problem(NamedTuple):
    """What is minimised for one data set."""

    kind: int  # LIKELIHOOD, PAIRS or GENERALIZED
    sample: Floats  # (p, p) correlations of the retained items
    weights: Floats  # (p, p) by pairs; the sample's inverse, generalized
    scales_free: bool  # whether the scales are parameters; generalized they are, by pairs not


@part
def value_and_gradient(x, problem, structure, pattern, point, gradient):
    """The discrepancy at x and its gradient (k,); leaves the model's matrices in `point`."""
    kind, sample, weights, scales_free = problem
    if kind == LIKELIHOOD:
        return discrepancy(x, sample, scales_free, structure, pattern, point, gradient)
    if kind == PAIRS:
        return by_pairs(x, sample, weights, structure, pattern, point, gradient)
    return generalized(x, weights, structure, pattern, point, gradient)


@part
def expected_information(x, problem, scales_free, pattern, point, out):
    """Its second derivatives expected under a correct model, where it was last asked: upper triangle of `out` (k, k).

    Rows of the log scales are left as they are where `scales_free` is False, and always by pairs.
    """
    if problem.kind == LIKELIHOOD:
        information(x, scales_free, pattern, point, out)
    elif problem.kind == PAIRS:
        pairs_information(problem.weights, pattern, point, out)
    else:
        generalized_information(pattern, point, out)


@part
def quasi_newton(search, first, k, memory):
    """L-BFGS direction from the whitened gradient (Nocedal & Wright 2006, algorithm 7.4); returns its slope."""
    white, direction, moves, changes, curvatures = (
        search.white, search.direction, search.moves, search.changes, search.curvatures,
    )  # fmt: skip
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


@part
def descend(x, problem, structure, pattern, point, search, tolerance, limit):
    """Minimises the discrepancy from x, in place. Returns f, the outcome (OK, NOT_CONVERGED, UNIDENTIFIED), iterations.

    A step of Fisher scoring and then L-BFGS in the coordinates that the information's root whitens, each step halved
    until P is positive definite and f falls; after MEMORY steps the information is taken afresh. OK: the whitened
    gradient, half of whose square is the fall still to be expected, is under `tolerance`.
    """
    gradient, white, direction, step, trial, moves, changes, curvatures, root = (
        search.gradient, search.white, search.direction, search.step, search.trial, search.moves, search.changes,
        search.curvatures, search.root,
    )  # fmt: skip
    first, k = 0 if problem.scales_free else pattern.sizes[0], pattern.sizes[1]
    iterations, last_loading = 0, k - len(point.dC) - pattern.sizes[2]
    f = value_and_gradient(x, problem, structure, pattern, point, gradient)
    if not np.isfinite(f):
        return f, NOT_CONVERGED, iterations
    for i in range(first):
        trial[i] = x[i]
    while True:
        expected_information(x, problem, problem.scales_free, pattern, point, root)
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
                value = value_and_gradient(trial, problem, structure, pattern, point, gradient)
                if value <= f + 1e-4 * rate * slope + 1e-14 * (1.0 + abs(f)):
                    fallen = True
                    break
                rate *= 0.5
            if not fallen:
                f = value_and_gradient(x, problem, structure, pattern, point, gradient)
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


@part
def settle(x, problem, structure, pattern, point, search, tolerance, limit, with_errors):
    """The minimum below x: f, its status, iterations used. x is then oriented, and `search.root` the information."""
    p, k = pattern.sizes[0], pattern.sizes[1]
    f, outcome, used = descend(x, problem, structure, pattern, point, search, tolerance, limit)
    if outcome == OK:
        if orient(x, structure, pattern, point):
            value_and_gradient(x, problem, structure, pattern, point, search.gradient)
        expected_information(x, problem, with_errors, pattern, point, search.root)
        for i in range(p, k):
            for c in range(i, k):
                search.block[i, c] = search.root[i, c]
        if not cholesky(search.block, p, k, point.vector) > SINGULAR_PIVOT:
            outcome = UNIDENTIFIED
        elif not is_admissible(x, pattern, point):
            outcome = INADMISSIBLE
    return f, outcome, used


@part
def minimise(x, best, problem, structure, pattern, point, search, tolerance, limit, with_errors):
    """The lowest minimum from `start` and, where that is not proper, from `plain_start`; returns as `settle`."""
    f, status, iterations, attempts = np.inf, UNIDENTIFIED, 0, 0
    while attempts < 2 and (attempts == 0 or status != OK):
        if attempts == 0:
            start(x, problem.sample, structure, pattern, point)
        else:
            plain_start(x, problem.sample, structure, pattern, point)
        found, outcome, used = settle(x, problem, structure, pattern, point, search, tolerance, limit, with_errors)
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
        value_and_gradient(x, problem, structure, pattern, point, search.gradient)
        expected_information(x, problem, with_errors, pattern, point, search.root)
    return f, status, iterations
