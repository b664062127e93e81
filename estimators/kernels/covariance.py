"""Factor models fitted to covariances, compiled: search, delta method, one data set after another."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.kernels.descent import (
    GENERALIZED,
    INADMISSIBLE,
    LIKELIHOOD,
    MEMORY,
    OK,
    PAIRS,
    SINGULAR_PIVOT,
    UNIDENTIFIED,
    Problem,
    Search,
    minimise,
)
from estimators.kernels.factor_model import empty_pattern, empty_point, read_pattern
from estimators.kernels.matrices import cholesky, forward, invert, log_determinant
from estimators.kernels.solution import explained_variance, norm, parameter, target_gradient
from sim.batch import Bools, Floats
from sim.kernels.loops import compiled, part

SINGULAR = int(Status.SINGULAR)


class Data(NamedTuple):
    """What is fitted: R data sets of p items, and what is minimised."""

    kind: int  # of `descent`
    correlations: Floats  # (R, p, p)
    weights: Floats  # (R, p, p) used by pairs alone
    retained: Bools  # (R, p)
    n: float  # respondents, for the standard errors


class ModelFits(NamedTuple):
    """What is found, filled in place; NaN left where nothing can be said."""

    loadings: Floats  # (R, p)
    paths: Floats  # (R, m, m)
    correlations: Floats  # (R, m, m) of the constructs
    r2: Floats  # (R, m)
    parameters: Floats  # (R, k) as in `implied`
    error_covariances: Floats  # (R, e)
    discrepancy: Floats  # (R,) the minimum of F = 2 f
    log_determinant: Floats  # (R,) the sample's ln|R|, not by pairs
    df: Floats  # (R,)
    se: Floats  # (R, q) by the expected information, not by pairs
    status: NDArray[np.int8]  # (R,)
    iterations: NDArray[np.int32]  # (R,)


@part
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


@part
def mean_weight(weighting, pattern, weights):
    """The mean weight of the retained items' pairs, and in `weights` all of them over it."""
    p, item = pattern.sizes[0], pattern.item
    total = 0.0
    for i in range(p):
        for l in range(i + 1, p):
            total += weighting[item[i], item[l]]
    mean = 2.0 * total / (p * (p - 1))
    for i in range(p):
        for l in range(p):
            weights[i, l] = weighting[item[i], item[l]] / mean
    return mean


@compiled
def fit_batch(data, structure, saturated, tolerance, limit, wanted, with_errors, fit):
    """Fits every data set of `data` whose status is OK so far; fills `fit`.

    structure: a `Structure`; wanted (q, 3 or more): codes of `target_gradient`, with standard errors where
    `with_errors`. `saturated`: the structure can give any construct correlations, so that without error covariances the
    ML solution reproduces the sample variances and the scales need no estimate.
    """
    kind, correlations, weighting, retained, n = data
    loadings, paths, construct, r2, parameters, error_covariances, minimum, log_det, df, se, status, iterations = fit
    p_all, m, s = retained.shape[1], len(structure.order), len(structure.steps)
    k_all = 2 * p_all + len(structure.errors) + s
    pattern, point = empty_pattern(p_all, m, len(structure.errors)), empty_point(p_all, m, s, k_all)
    search = Search(
        np.zeros(k_all), np.zeros(k_all), np.zeros(k_all), np.zeros(k_all), np.zeros(k_all),
        np.zeros((MEMORY, k_all)), np.zeros((MEMORY, k_all)), np.zeros(MEMORY),
        np.zeros((k_all, k_all)), np.zeros((k_all, k_all)),
    )  # fmt: skip
    x, best, row = np.zeros(k_all), np.zeros(k_all), np.zeros(k_all)
    sample, observed, weights = np.zeros((p_all, p_all)), np.zeros((p_all, p_all)), np.zeros((p_all, p_all))
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
        unit = 1.0
        if kind == PAIRS:
            unit = mean_weight(weighting[r], pattern, weights)
        else:
            if not cholesky(observed, 0, p, point.vector) > SINGULAR_PIVOT:
                status[r] = SINGULAR
                continue
            log_det[r] = log_determinant(observed, p)
        if kind == GENERALIZED:
            invert(observed, p, weights)
        free = kind == GENERALIZED or (kind == LIKELIHOOD and (pairs > 0 or not saturated))
        f, status[r], iterations[r] = minimise(
            x, best, Problem(kind, sample, weights, free), structure, pattern, point, search, tolerance, limit,
            with_errors,
        )  # fmt: skip
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
        for e in range(len(structure.errors)):
            error_covariances[r, e] = 0.0
        for e in range(pairs):
            error_covariances[r, pattern.written[e]] = x[k - s - pairs + e]
        df[r] = p * (p + 1) // 2 - k
        minimum[r] = 2.0 * f * unit
        if kind == LIKELIHOOD:
            minimum[r] -= log_det[r] + p
        if with_errors:
            standard_errors(x, n, wanted, structure, pattern, point, search.root, row, se[r])
