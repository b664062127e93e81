"""Observed information, casewise scores and sandwich standard errors of a factor model at its minimum, compiled.

The notation is that of `implied`. A is the information of one respondent, expected or observed, B the mean product of
casewise scores; with B the parameters' covariances are A^-1 B A^-1 / n (White 1982), without it A^-1 / n. All
derivatives are by the parameters x, of which targets are functions; nothing is taken from the matrix of fourth moments:
a respondent's score by a parameter is u' dP u / 2 less its mean, u = P^-1 D^-1 (answers less means).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.kernels.descent import SINGULAR_PIVOT
from estimators.kernels.factor_model import empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from estimators.kernels.matrices import cholesky, invert
from estimators.kernels.solution import parameter, target_gradient
from sim.batch import Bools, Floats
from sim.kernels.loops import by_reference, compiled, part

INADMISSIBLE = int(Status.INADMISSIBLE)

#: NumPy's True: for Python's, a literal, the callee would be compiled once more.
SCALES_FREE = np.bool_(True)
#: Step of the differences in units of a parameter's standard error for one respondent, in which the log-likelihood's
#: derivatives are of order one. Central differences err by a multiple of its square from truncation, and by rounding
#: over it: together 6e-8 of a standard error where the information has a condition number of 2e5, less elsewhere.
STEP = 1e-5


@by_reference
class Sandwich:
    """Scratch for one data set of k parameters and p items."""

    bread: Floats  # (k, k) A, then its root
    inverse: Floats  # (k, k) A^-1
    meat: Floats  # (k, k) B, upper triangle
    scores: Floats  # (4, k) of respondents not yet in B
    total: Floats  # (k,) of the scores
    unit: Floats  # (p,) the diagonal of D^-1
    case: Floats  # (p,) answers in units of D
    along: Floats  # (p,) P^-1 times them
    factors: Floats  # (m,) L' P^-1 times them
    root: Floats  # (p, p) root of the sample correlations


@part
def observed_information(x, sample, structure, pattern, point, expected, gradient, out):
    """Hessian of f at x, upper triangle of `out` (k, k), by central differences of the analytic gradient.

    `expected` (k, k) is the expected information, `gradient` (k,) scratch. False where a step leaves the region in
    which P is positive definite.
    """
    k = pattern.sizes[1]
    finite = True
    for i in range(k):
        for c in range(i, k):
            out[i, c] = 0.0
    for i in range(k):
        centre, step = x[i], STEP / np.sqrt(expected[i, i])
        for side in (1.0, -1.0):
            x[i] = centre + side * step
            finite = finite and np.isfinite(discrepancy(x, sample, SCALES_FREE, structure, pattern, point, gradient))
            for c in range(k):  # half of it, for c stands on both sides of the diagonal
                out[min(i, c), max(i, c)] += side * gradient[c] / (4.0 * step) * (2.0 if c == i else 1.0)
        x[i] = centre
    return finite


@part
def casewise_score(x, pattern, point, case, along, factors, score):
    """u' dP u / 2 of one respondent by every parameter, in `score` (k,); returns the squared distance u' z.

    `case` (p,) is z = D^-1 (answers less means), `along` and `factors` are filled with u = P^-1 z and L' u.
    """
    loading, C, dC, inverse, block, slot = (
        point.loading, point.C, point.dC, point.inverse, pattern.block, pattern.slot,
    )  # fmt: skip
    p, k, pairs = pattern.sizes
    m, base = len(C), k - len(dC)
    for a in range(m):
        factors[a] = 0.0
    for i in range(p):
        along[i] = 0.0
    for l in range(p):
        for i in range(p):
            along[i] += inverse[l, i] * case[l]
    distance = 0.0
    for i in range(p):
        score[i] = along[i] * case[i]
        distance += score[i]
        factors[block[i]] += loading[i] * along[i]
    for i in range(p):
        if slot[i] >= 0:
            value = -loading[i] * along[i]
            for a in range(m):
                value += C[block[i], a] * factors[a]
            score[slot[i]] = along[i] * value
    for e in range(pairs):
        score[base - pairs + e] = along[pattern.pair[e, 0]] * along[pattern.pair[e, 1]]
    for s in range(len(dC)):
        value = 0.0
        for a in range(m):
            for b in range(a):
                value += dC[s, a, b] * factors[a] * factors[b]
        score[base + s] = value
    return distance


@part
def add_products(scores, k, total, meat):
    """Adds four respondents' scores to `total` (k,) and their products to `meat` (k, k), upper triangle."""
    for i in range(k):
        w0, w1, w2, w3 = scores[0, i], scores[1, i], scores[2, i], scores[3, i]
        total[i] += w0 + w1 + w2 + w3
        for c in range(i, k):
            meat[i, c] += w0 * scores[0, c] + w1 * scores[1, c] + w2 * scores[2, c] + w3 * scores[3, c]


@part
def gather(x, answers, pattern, point, work):
    """B in `work.meat`; returns mean fourth powers: of distances in the metric of P, of S, of diag S, and of the items.

    answers (n, all items): standardised (divisor n). The last is the sum over items.
    """
    p, k = pattern.sizes[0], pattern.sizes[1]
    meat, scores, total, case, along, root = work.meat, work.scores, work.total, work.case, work.along, work.root
    n = len(answers)
    for i in range(p):
        work.unit[i] = np.exp(-x[i])
    for i in range(k):
        total[i] = 0.0
        for c in range(i, k):
            meat[i, c] = 0.0
    implied, sample, independent, items = 0.0, 0.0, 0.0, 0.0
    for r in range(n):
        length, distance = 0.0, 0.0
        for i in range(p):
            square = answers[r, pattern.item[i]] ** 2
            length += square
            items += square**2
            along[i] = answers[r, pattern.item[i]]
        independent += length**2
        for i in range(p):  # forward substitution by the sample's root, for the length alone
            along[i] *= root[i, i]
            distance += along[i] ** 2
            for c in range(i + 1, p):
                along[c] -= along[i] * root[i, c]
        sample += distance**2
        for i in range(p):
            case[i] = answers[r, pattern.item[i]] * work.unit[i]
        last = r % 4
        implied += casewise_score(x, pattern, point, case, along, work.factors, scores[last]) ** 2
        if last == 3 or r == n - 1:
            for h in range(last + 1, 4):
                for i in range(k):
                    scores[h, i] = 0.0
            add_products(scores, k, total, meat)
    for i in range(k):
        for c in range(i, k):
            meat[i, c] = meat[i, c] / n - total[i] * total[c] / n**2
    return implied / n, sample / n, independent / n, items / n


@part
def quadratic(inverse, meat, robust, k, gradient, solved):
    """g' A^-1 g, or g' A^-1 B A^-1 g where `robust`; `solved` (k,) is scratch."""
    total = 0.0
    for i in range(k):
        value = 0.0
        for c in range(k):
            value += inverse[i, c] * gradient[c]
        solved[i] = value
        total += value * gradient[i]
    if not robust:
        return total
    total = 0.0
    for i in range(k):
        value = 0.5 * meat[i, i] * solved[i]
        for c in range(i + 1, k):
            value += meat[i, c] * solved[c]
        total += 2.0 * value * solved[i]
    return total


@part
def fill_gradient(t, wanted, x, structure, pattern, point, out):
    """The gradient of target t by all parameters in `out` (k,); False where it is not estimated."""
    k = pattern.sizes[1]
    begin = parameter(t, wanted, pattern, k - len(structure.steps))
    if begin >= 0:
        for i in range(k):
            out[i] = 1.0 if i == begin else 0.0
        return True
    return target_gradient(t, wanted, x, structure, pattern, point, out) < k


@part
def squared_trace(pattern, point):
    """tr((P^-1 D^-1 S D^-1)^2) where `discrepancy` with free scales and `information` were last asked."""
    p, wide, inverse = pattern.sizes[0], point.wide, point.inverse
    for i in range(p):
        for l in range(p):
            value = 0.0
            for c in range(p):
                value += inverse[i, c] * point.sample[c, l]
            wide[i, l] = value
    total = 0.0
    for i in range(p):
        for l in range(p):
            total += wide[i, l] * wide[l, i]
    return total


class Fitted(NamedTuple):
    """R data sets and what `covariance.fit_batch` found of them."""

    correlations: Floats  # (R, p, p)
    answers: Floats  # (R, n, p) standardised with divisor n, read where the sandwich is asked for
    parameters: Floats  # (R, k)
    retained: Bools  # (R, p)
    status: NDArray[np.int8]  # (R,)


@compiled
def judge_batch(fitted, structure, respondents, wanted, observed, robust, se, traces):
    """Second pass over fitted data sets: standard errors, and the traces that scale the test of the model.

    fitted: a `Fitted`; wanted as in `covariance.fit_batch`. `observed`: A is the observed information, otherwise the
    expected one. `robust`: by the sandwich.
    Outputs: se (R, q), NaN left where A is not positive definite; traces (R, 5) of A^-1 B, NaN where not; of V Gamma at
    P; at S; at diag S over covariances; at diag S over variances. Gamma is the covariance matrix of the respondents'
    squares and products, V the inverse of what it is under normality with the named covariances.
    """
    correlations, answers, parameters, retained, status = fitted
    p_all, m, k_all = retained.shape[1], len(structure.order), parameters.shape[1]
    pattern = empty_pattern(p_all, m, len(structure.errors))
    point = empty_point(p_all, m, len(structure.steps), k_all)
    work = Sandwich(
        np.zeros((k_all, k_all)), np.zeros((k_all, k_all)), np.zeros((k_all, k_all)), np.zeros((4, k_all)),
        np.zeros(k_all), np.zeros(p_all), np.zeros(p_all), np.zeros(p_all), np.zeros(m), np.zeros((p_all, p_all)),
    )  # fmt: skip
    x, gradient, sample = np.zeros(k_all), np.zeros(k_all), np.zeros((p_all, p_all))
    for r in range(len(status)):
        if status[r] > INADMISSIBLE:
            continue
        read_pattern(retained[r], structure, pattern)
        p, k = pattern.sizes[0], pattern.sizes[1]
        for i in range(k):
            x[i] = parameters[r, i]
        for i in range(p):
            for l in range(p):
                sample[i, l] = correlations[r, pattern.item[i], pattern.item[l]]
                work.root[i, l] = sample[i, l]
        cholesky(work.root, 0, p, point.vector)
        discrepancy(x, sample, SCALES_FREE, structure, pattern, point, gradient)
        information(x, SCALES_FREE, pattern, point, work.bread)
        if robust:
            implied, unrestricted, independent, items = gather(x, answers[r], pattern, point, work)
            traces[r, 1] = 0.5 * (implied - squared_trace(pattern, point))
            traces[r, 2] = 0.5 * (unrestricted - p)
            squares = 0.0
            for i in range(p):
                for l in range(i):
                    squares += sample[i, l] ** 2
            traces[r, 3] = 0.5 * (independent - items) - squares
            traces[r, 4] = 0.5 * (items - p)
        positive = True
        if observed:
            for i in range(k):
                for c in range(i, k):
                    work.inverse[i, c] = work.bread[i, c]
            positive = observed_information(x, sample, structure, pattern, point, work.inverse, gradient, work.bread)
            discrepancy(x, sample, SCALES_FREE, structure, pattern, point, gradient)
        if not positive or not cholesky(work.bread, 0, k, point.vector) > SINGULAR_PIVOT:
            continue
        invert(work.bread, k, work.inverse)
        if robust:
            trace = 0.0
            for i in range(k):
                trace += work.inverse[i, i] * work.meat[i, i]
                for c in range(i + 1, k):
                    trace += 2.0 * work.inverse[i, c] * work.meat[i, c]
            traces[r, 0] = trace
        for t in range(len(wanted)):
            if fill_gradient(t, wanted, x, structure, pattern, point, gradient):
                square = quadratic(work.inverse, work.meat, robust, k, gradient, work.total)
                se[r, t] = np.sqrt(square / respondents)
