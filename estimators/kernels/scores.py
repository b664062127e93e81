"""Compiled scores with given weights: their correlations, loadings and regressions."""

import numpy as np

from estimators.base import Status
from estimators.kernels.matrices import cholesky, invert
from estimators.kernels.regression import inverse_diagonal, regress, structural_paths
from sim.kernels.loops import compiled, part

OK, SINGULAR = int(Status.OK), int(Status.SINGULAR)

#: A respondent whose leverage is nearer to 1 than this is fitted exactly and leaves HC3 undefined.
FREE = 1e-10


@compiled
def score_batch(matrices, retained, blocks, out):
    """Scores of each block with the weights of `out`, Composites, from item covariances or correlations (R, p, p).

    Turns the weights into those of standardised items for scores of variance 1, in place. Fills the loadings, which are
    item-score correlations, the scores' correlations, paths by OLS and r2, for replications whose status is OK;
    SINGULAR where a score has no variance or predictors are dependent.
    """
    bounds, path_matrix = blocks
    weights, loadings, correlations, paths, r2, status, _ = out
    m, p = len(path_matrix), matrices.shape[1]
    image, b, explained = np.empty((m, p)), np.empty((m, m)), np.empty(m)
    deviation = np.empty(m)
    for r in range(len(matrices)):
        if status[r] != OK:
            continue
        covariances(matrices[r], weights[r], retained[r], bounds, image, correlations[r])
        for j in range(m):
            deviation[j] = np.sqrt(correlations[r, j, j])
            if not correlations[r, j, j] > 0.0:
                status[r] = SINGULAR
        for j in range(m):
            for k in range(m):
                correlations[r, j, k] = correlations[r, j, k] / (deviation[j] * deviation[k]) if j != k else 1.0
        if status[r] != OK or not structural_paths(correlations[r], path_matrix, b, explained):
            status[r] = SINGULAR
            continue
        for j in range(m):
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i]:
                    own = np.sqrt(matrices[r, i, i])
                    loadings[r, i] = image[j, i] / (deviation[j] * own)
                    weights[r, i] *= own / deviation[j]
                else:
                    weights[r, i] = np.nan
        for j in range(m):
            r2[r, j] = explained[j]
            for k in range(m):
                paths[r, j, k] = b[j, k]


@part
def covariances(matrix, weights, retained, bounds, image, among):
    """Covariances of one data set's scores with its items, image (m, p), and with each other, among (m, m)."""
    m = len(bounds) - 1
    for j in range(m):
        for i in range(len(matrix)):
            image[j, i] = 0.0
        for k in range(bounds[j], bounds[j + 1]):
            if retained[k]:
                for i in range(len(matrix)):
                    image[j, i] += weights[k] * matrix[k, i]
    for j in range(m):
        for k in range(j + 1):
            among[j, k] = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[i]:
                    among[j, k] += weights[i] * image[k, i]
            among[k, j] = among[j, k]


@compiled
def path_errors(correlations, path_matrix, r2, n, errors):
    """Standard errors (R, m, m) of standardised OLS paths, sqrt((1 - R2) / (n - k - 1) [R_xx^-1]_jj)."""
    m = len(path_matrix)
    predictors = np.empty(m, dtype=np.int64)
    root, coefficients, diagonal = np.empty((m, m)), np.empty(m), np.empty(m)
    for r in range(len(correlations)):
        for j in range(m):
            count = 0
            for k in range(m):
                if path_matrix[j, k]:
                    predictors[count] = k
                    count += 1
            df = n - count - 1
            if count == 0 or df < 1 or not regress(correlations[r], predictors, count, j, root, coefficients):
                continue
            inverse_diagonal(root, count, diagonal)
            for a in range(count):
                errors[r, j, predictors[a]] = np.sqrt(max(1.0 - r2[r, j], 0.0) / df * diagonal[a])


@compiled
def robust_errors(answers, means, weights, retained, blocks, paths, status, errors):
    """HC3 standard errors (R, m, m) of standardised OLS paths on scores (MacKinnon & White 1985, eq. 12).

    answers (R, n, p); means, weights (R, p) make the scores. Residuals are divided by 1 - leverage, intercept included.
    NaN where a respondent is fitted exactly or n leaves no degree of freedom.
    """
    bounds, path_matrix = blocks
    n, m = answers.shape[1], len(path_matrix)
    scores, predictors = np.empty((m, n)), np.empty(m, dtype=np.int64)
    root, inverse, diagonal = np.empty((m, m)), np.empty((m, m)), np.empty(m)
    for r in range(len(answers)):
        if status[r] != OK:
            continue
        standard_scores(answers[r], means[r], weights[r], retained[r], bounds, scores)
        for j in range(m):
            count = 0
            for k in range(m):
                if path_matrix[j, k]:
                    predictors[count] = k
                    count += 1
            for a in range(count):
                for b in range(count):
                    root[a, b] = 0.0
                    for s in range(n):
                        root[a, b] += scores[predictors[a], s] * scores[predictors[b], s]
            if count == 0 or n - count - 1 < 1 or not cholesky(root, 0, count, diagonal) > 0.0:
                continue
            invert(root, count, inverse)
            _sandwich(scores, j, predictors, count, inverse, paths[r, j], errors[r, j])


@part
def standard_scores(answers, means, weights, retained, bounds, scores):
    """Scores (m, n) of one data set (n, p), standardised with divisor n."""
    n = len(answers)
    for j in range(len(bounds) - 1):
        square = 0.0
        for s in range(n):
            value = 0.0
            for i in range(bounds[j], bounds[j + 1]):
                if retained[i]:
                    value += weights[i] * (answers[s, i] - means[i])
            scores[j, s] = value
            square += value * value
        for s in range(n):
            scores[j, s] /= np.sqrt(square / n)


@part
def _sandwich(scores, outcome, predictors, count, inverse, paths, errors):
    """HC3 errors of one outcome's paths from scores (m, n) and the inverse of its predictors' cross products."""
    n = scores.shape[1]
    influence, variance = np.empty(count), np.zeros(count)
    for s in range(n):
        residual, leverage = scores[outcome, s], 1.0 / n
        for a in range(count):
            influence[a] = 0.0
            for b in range(count):
                influence[a] += inverse[a, b] * scores[predictors[b], s]
            residual -= paths[predictors[a]] * scores[predictors[a], s]
            leverage += influence[a] * scores[predictors[a], s]
        free = 1.0 - leverage if 1.0 - leverage > FREE else np.nan
        for a in range(count):
            variance[a] += (influence[a] * residual / free) ** 2
    for a in range(count):
        errors[predictors[a]] = np.sqrt(variance[a])
