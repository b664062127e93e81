"""Compiled work on construct covariances: taking the measurement errors off, and OLS among the constructs."""

import numpy as np

from estimators.base import Status
from estimators.kernels.consistent import is_psd
from estimators.kernels.matrices import cholesky
from estimators.kernels.regression import structural_paths
from sim.kernels.loops import compiled, part

INADMISSIBLE, SINGULAR = int(Status.INADMISSIBLE), int(Status.SINGULAR)

#: Halvings after which a root between 0 and 1 is exact.
HALVINGS = 60


@compiled
def regress_batch(correlations, path_matrix, paths, r2, status):
    """OLS among constructs of correlations (R, m, m), for data sets without a fatal status; fills paths and r2.

    SINGULAR where predictors are dependent, INADMISSIBLE where the correlations are not positive semidefinite.
    """
    m = len(path_matrix)
    b, explained, root = np.empty((m, m)), np.empty(m), np.empty((m, m))
    for r in range(len(status)):
        if status[r] > INADMISSIBLE:
            continue
        if not structural_paths(correlations[r], path_matrix, b, explained):
            status[r] = SINGULAR
            continue
        if not is_psd(correlations[r], root):
            status[r] = INADMISSIBLE
        for j in range(m):
            r2[r, j] = explained[j]
            for k in range(m):
                paths[r, j, k] = b[j, k]


@part
def is_positive(whole, error, share, root, vector):
    """Whether whole - share error (m, m) is positive definite."""
    m = len(whole)
    for a in range(m):
        for b in range(a, m):
            root[a, b] = whole[a, b] - share * error[a, b]
    return cholesky(root, 0, m, vector) > 0.0


@compiled
def correct_batch(whole, error, n, covariances, status):
    """Construct covariances (R, m, m): M S M' less as much of M Theta M' as leaves them positive definite.

    l, the smallest root of |M S M' - l M Theta M'|, is found by halving. From 1 + 1 / (n - 1) on all of the error is
    taken off, under it l - 1 / (n - 1) of it (Fuller 1987; Rosseel & Loh 2022). SINGULAR where M S M' itself
    is not positive definite.
    """
    m = whole.shape[1]
    root, vector = np.empty((m, m)), np.empty(m)
    slack = 1.0 / (n - 1.0)
    for r in range(len(status)):
        if status[r] > INADMISSIBLE:
            continue
        if not is_positive(whole[r], error[r], 0.0, root, vector):
            status[r] = SINGULAR
            continue
        share = 1.0
        if not is_positive(whole[r], error[r], 1.0 + slack, root, vector):
            low, high = 0.0, 1.0 + slack
            for _ in range(HALVINGS):
                middle = 0.5 * (low + high)
                if is_positive(whole[r], error[r], middle, root, vector):
                    low = middle
                else:
                    high = middle
            share = low - slack
        for a in range(m):
            for b in range(m):
                covariances[r, a, b] = whole[r, a, b] - share * error[r, a, b]
