"""One-factor maximum likelihood block by block, compiled: the measurement step of the two-step methods.

A block's correlations R are fitted by Sigma = l l' + Theta, Theta = 1 - l^2: ML of one factor reproduces the variances,
so that the loadings alone are free. With z = l / theta, a = l'z, t = R z and q = z't,
f = ln|Sigma| + tr(Sigma^-1 R) = sum ln theta + ln(1 + a) + a + k - q / (1 + a), minimised by Newton's method on its
exact second derivatives (Joreskog 1967, Psychometrika 32, 443-482; Lawley & Maxwell 1971, ch. 2 and 4).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.kernels.matrices import backward, cholesky, forward
from sim.batch import Floats
from sim.kernels.loops import compiled, part

OK, INADMISSIBLE, NOT_CONVERGED = int(Status.OK), int(Status.INADMISSIBLE), int(Status.NOT_CONVERGED)
SINGULAR, UNIDENTIFIED = int(Status.SINGULAR), int(Status.UNIDENTIFIED)

#: A pivot this small against its diagonal element is a singular matrix.
SINGULAR_PIVOT = 1e-10
#: An error variance under this is on its way to 0 or below: the solution is improper.
IMPROPER = 1e-6
#: Share of the way to a loading of 1 that one step may go.
FARTHEST = 0.9


class Block(NamedTuple):
    """Scratch of one block's fit: vectors (k,), matrices (k, k)."""

    sample: Floats
    hessian: Floats
    loading: Floats
    trial: Floats
    gradient: Floats
    step: Floats
    ratio: Floats  # z
    along: Floats  # t
    slope: Floats  # d a / d l
    bend: Floats  # d z / d l
    vector: Floats


class BlockFits(NamedTuple):
    """What is found of R data sets, filled in place."""

    loadings: Floats  # (R, p)
    errors: Floats  # (R, p) variances
    status: NDArray[np.int8]  # (R,)
    iterations: NDArray[np.int32]  # (R,)


@part
def objective(x, k, block):
    """f at loadings x, with z and t left in `block`; returns f, a, q."""
    sample, z, t = block.sample, block.ratio, block.along
    product, a, q = 1.0, 0.0, 0.0
    for i in range(k):
        error = 1.0 - x[i] * x[i]
        product *= error
        z[i] = x[i] / error
        a += x[i] * z[i]
    for i in range(k):
        value = 0.0
        for c in range(k):
            value += sample[i, c] * z[c]
        t[i] = value
        q += z[i] * value
    return np.log(product) + np.log(1.0 + a) + a + k - q / (1.0 + a), a, q


@part
def derivatives(x, k, a, q, block):
    """Gradient and second derivatives of f where `objective` was last asked."""
    sample, hessian, gradient, t, slope, bend = (
        block.sample, block.hessian, block.gradient, block.along, block.slope, block.bend,
    )  # fmt: skip
    u = 1.0 / (1.0 + a)
    shared = u + 1.0 + q * u * u
    for i in range(k):
        error = 1.0 - x[i] * x[i]
        slope[i] = 2.0 * x[i] / error**2
        bend[i] = (1.0 + x[i] ** 2) / error**2
        gradient[i] = -2.0 * x[i] / error + slope[i] * shared - 2.0 * t[i] * bend[i] * u
    for i in range(k):
        for c in range(i, k):
            hessian[i, c] = (
                -slope[i] * slope[c] * u * u * (1.0 + 2.0 * q * u)
                - 2.0 * bend[i] * bend[c] * sample[i, c] * u
                + 2.0 * u * u * (t[i] * bend[i] * slope[c] + t[c] * bend[c] * slope[i])
            )
        error = 1.0 - x[i] * x[i]
        hessian[i, i] += -2.0 * bend[i] + (2.0 + 6.0 * x[i] ** 2) / error**3 * shared
        hessian[i, i] -= 2.0 * t[i] * u * x[i] * (6.0 + 2.0 * x[i] ** 2) / error**3


@part
def newton(k, block, tolerance, limit):
    """Minimises f from block.loading, in place. Returns OK, INADMISSIBLE (a loading reaches 1), ..., and iterations.

    Where the second derivatives are not positive definite, a ridge is added until they are. OK: the last step, in units
    of its standard error, was under `tolerance`.
    """
    x, trial, step, hessian, gradient = block.loading, block.trial, block.step, block.hessian, block.gradient
    f, a, q = objective(x, k, block)
    for iteration in range(limit):
        ridge, least = 0.0, 0.0
        while not least > SINGULAR_PIVOT:
            if ridge > 1e6:
                return NOT_CONVERGED, iteration
            derivatives(x, k, a, q, block)
            for i in range(k):
                hessian[i, i] += ridge * (1.0 + abs(hessian[i, i]))
            least = cholesky(hessian, 0, k, block.vector)
            if not least > SINGULAR_PIVOT:
                ridge = max(10.0 * ridge, 0.01)
        decrement = 0.0
        for i in range(k):
            step[i] = -gradient[i]
        forward(hessian, 0, k, step)
        for i in range(k):
            decrement += step[i] ** 2
        backward(hessian, 0, k, step)
        rate = 1.0
        for i in range(k):
            room = FARTHEST * (1.0 - abs(x[i]))
            away = abs(x[i] + rate * step[i]) - abs(x[i])
            if away > room:
                rate = min(rate, room / abs(step[i]))
        fallen = False
        for _ in range(40):
            for i in range(k):
                trial[i] = x[i] + rate * step[i]
            value, a, q = objective(trial, k, block)
            if value <= f - 1e-4 * rate * decrement + 1e-14 * (k + abs(f)):
                fallen = True
                break
            rate *= 0.5
        if not fallen:
            return NOT_CONVERGED, iteration
        f = value
        for i in range(k):
            x[i] = trial[i]
            if 1.0 - x[i] ** 2 < IMPROPER:
                return INADMISSIBLE, iteration + 1
        if np.sqrt(0.5 * decrement) < tolerance:
            return (OK if ridge == 0.0 else UNIDENTIFIED), iteration + 1
    return NOT_CONVERGED, limit


@part
def principal_start(k, block):
    """Loadings on the first principal axis of R with the largest correlations in its diagonal, by power iteration."""
    x, trial, sample = block.loading, block.trial, block.sample
    best = -1.0
    for c in range(k):
        total = 0.0
        for i in range(k):
            total += sample[i, c] ** 2
        if total > best:
            best = total
            for i in range(k):
                trial[i] = sample[i, c]
    size = 1.0
    for _ in range(12):
        size = 0.0
        for i in range(k):
            largest, value = 0.0, 0.0
            for c in range(k):
                if c != i:
                    largest = max(largest, abs(sample[i, c]))
                    value += sample[i, c] * trial[c]
            x[i] = value + largest * trial[i]
            size += x[i] ** 2
        size = max(np.sqrt(size), 1e-30)
        for i in range(k):
            trial[i] = x[i] / size
    for i in range(k):
        x[i] = max(-0.95, min(0.95, trial[i] * np.sqrt(size)))


@part
def at_boundary(k, block):
    """The best solution with one error variance 0, in block.loading: that item is the factor, the others load r on it.

    f is k + sum ln(1 - r^2) over the others there, so the item that explains the others best is the factor.
    """
    sample, best, factor = block.sample, np.inf, 0
    for i in range(k):
        value = 0.0
        for c in range(k):
            if c != i:
                value += np.log(1.0 - sample[i, c] ** 2)
        if value < best:
            best, factor = value, i
    for i in range(k):
        block.loading[i] = sample[i, factor] if i != factor else 1.0


@part
def fit_block(k, block, tolerance, limit):
    """One block of k items, its correlations in block.sample; the loadings are left in block.loading.

    Returns its status and the iterations used. An end that is not proper is tried again from equal loadings.
    """
    if k == 1:
        block.loading[0] = 1.0
        return OK, 0
    for i in range(k):
        for c in range(k):
            block.hessian[i, c] = block.sample[i, c]
    if not cholesky(block.hessian, 0, k, block.vector) > SINGULAR_PIVOT:
        return SINGULAR, 0
    principal_start(k, block)
    signs = np.empty(k)
    for i in range(k):
        signs[i] = 1.0 if block.loading[i] >= 0.0 else -1.0
    outcome, used = UNIDENTIFIED, 0
    for attempt in range(2):
        for i in range(k):
            if attempt == 1:
                block.loading[i] = 0.5 * signs[i]
        found, more = newton(k, block, tolerance, limit)
        used += more
        if attempt == 0 or found == OK or outcome != INADMISSIBLE:
            outcome = found
        if outcome == OK:
            break
    if outcome == INADMISSIBLE:
        at_boundary(k, block)
    total = 0.0
    for i in range(k):
        total += block.loading[i]
    if total < 0.0:
        for i in range(k):
            block.loading[i] = -block.loading[i]
    return outcome, used


@compiled
def fit_blocks(correlations, retained, bounds, alone, tolerance, limit, out):
    """ML of every block that is measured alone (R, m), for the data sets whose status is OK so far.

    correlations (R, p, p). Fills `out`, which is a `BlockFits`, for retained items; an item alone has loading 1 and no
    error. The worst status of the blocks is the data set's: SINGULAR, UNIDENTIFIED, NOT_CONVERGED, or
    INADMISSIBLE where the minimum is improper and the best solution without negative variance stands instead.
    """
    loadings, errors, status, iterations = out
    p = retained.shape[1]
    block = Block(
        np.zeros((p, p)), np.zeros((p, p)), np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p),
        np.zeros(p), np.zeros(p), np.zeros(p), np.zeros(p),
    )  # fmt: skip
    item, size = np.zeros(p, np.int64), np.zeros(1, np.int64)  # a counter that starts as 0 would compile twice
    for r in range(len(status)):
        if status[r] != OK:
            continue
        worst = OK
        for j in range(len(bounds) - 1):
            if not alone[r, j] or worst > INADMISSIBLE:
                continue
            size[0] = 0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    item[size[0]] = i
                    size[0] += 1
            k = size[0]
            for i in range(k):
                for c in range(k):
                    block.sample[i, c] = correlations[r, item[i], item[c]]
            outcome, used = fit_block(k, block, tolerance, limit)
            iterations[r] += used
            worst = max(worst, outcome)
            for i in range(k):
                loadings[r, item[i]] = block.loading[i]
                errors[r, item[i]] = 1.0 - block.loading[i] ** 2
        status[r] = worst
