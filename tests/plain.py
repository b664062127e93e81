"""Slow, plain counterparts of the compiled routines: the same mathematics on one data set, written to be read."""

import numpy as np


def pls(data, bounds, path_matrix, scheme="path", tolerance=1e-13, max_iterations=10_000):
    """PLS mode A on raw data (n, p), with scores: Lohmoeller's algorithm step by step (Lohmoeller 1989, ch. 2).

    Gives weights (p,), loadings (p,), composite correlations, paths (m, m) and r2 (m,).
    """
    z = (data - data.mean(0)) / data.std(0)
    m = len(bounds) - 1
    blocks = [slice(bounds[j], bounds[j + 1]) for j in range(m)]
    weights = np.ones(z.shape[1])

    def scores():
        raw = np.column_stack([z[:, b] @ weights[b] for b in blocks])
        deviation = raw.std(0)
        for b, d in zip(blocks, deviation, strict=True):
            weights[b] /= d
        return raw / deviation

    composites = scores()
    for _ in range(max_iterations):
        before = weights.copy()
        correlations = np.corrcoef(composites.T)
        inner = np.zeros((m, m))
        for j in range(m):
            predictors, outcomes = np.flatnonzero(path_matrix[j]), np.flatnonzero(path_matrix[:, j])
            neighbours = np.union1d(predictors, outcomes)
            inner[j, neighbours] = correlations[j, neighbours]
            if scheme == "centroid":
                inner[j, neighbours] = np.sign(inner[j, neighbours])
            if scheme == "path" and predictors.size:
                inner[j, predictors] = np.linalg.lstsq(composites[:, predictors], composites[:, j], rcond=None)[0]
        proxies = composites @ inner.T
        for j, b in enumerate(blocks):
            weights[b] = z[:, b].T @ proxies[:, j] / len(z)
        composites = scores()
        if np.abs(weights - before).max() < tolerance:
            break
    correlations = np.corrcoef(composites.T)
    paths, r2 = np.zeros((m, m)), np.zeros(m)
    for j in range(m):
        predictors = np.flatnonzero(path_matrix[j])
        if predictors.size:
            paths[j, predictors] = np.linalg.lstsq(composites[:, predictors], composites[:, j], rcond=None)[0]
            r2[j] = 1 - np.mean((composites[:, j] - composites @ paths[j]) ** 2)
    loadings = np.concatenate([z[:, b].T @ composites[:, j] / len(z) for j, b in enumerate(blocks)])
    return weights, loadings, correlations, paths, r2


def alpha(data):
    """Cronbach's alpha of the columns of raw data (n, k)."""
    k = data.shape[1]
    return k / (k - 1) * (1 - data.var(0).sum() / data.sum(1).var())
