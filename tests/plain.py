"""Slow, plain counterparts of the compiled routines: the same mathematics on one data set, written to be read."""

import numpy as np
from scipy.special import ndtr

from sim.distributions.bivariate import joint_exceedance


def pls(data, bounds, path_matrix, scheme="path", tolerance=1e-13, max_iterations=10_000, mode_b=None):
    """PLS on raw data (n, p), with scores: Lohmoeller's algorithm step by step (Lohmoeller 1989, ch. 2).

    mode_b (m,) tells the blocks of mode B; all are of mode A by default. Gives weights (p,), loadings (p,), composite
    correlations, paths (m, m) and r2 (m,).
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
            if mode_b is not None and mode_b[j]:
                weights[b] = np.linalg.lstsq(z[:, b], proxies[:, j], rcond=None)[0]
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


def consistent(correlations, weights, bounds, composite, path_matrix):
    """Consistent PLS from PLS weights: rho_A, corrected loadings, correlations and paths (Dijkstra & Henseler 2015)."""
    m = len(bounds) - 1
    rho, loadings = np.ones(m), np.empty(len(weights))
    for j in range(m):
        block = slice(bounds[j], bounds[j + 1])
        w, s = weights[block, None], correlations[block, block]
        outer = w @ w.T
        off = ~np.eye(len(w), dtype=bool)
        if len(w) > 1:
            rho[j] = ((w.T @ w) ** 2 * (w.T @ (s * off) @ w) / (w.T @ (outer * off) @ w)).item()
        loadings[block] = (w * np.sqrt(rho[j]) / (w.T @ w))[:, 0] if len(w) > 1 else 1.0
    corrected = composite / np.sqrt(np.outer(rho, rho))
    np.fill_diagonal(corrected, 1.0)
    paths = np.zeros((m, m))
    for j in range(m):
        predictors = np.flatnonzero(path_matrix[j])
        if predictors.size:
            paths[j, predictors] = np.linalg.solve(corrected[np.ix_(predictors, predictors)], corrected[predictors, j])
    return rho, loadings, corrected, paths


def draw(population, n, replications, rng):
    """Answers (R, n, p) one respondent at a time, from a generator used in the order of the compiled loop."""
    model = population.model
    order = list(model.causal_order)
    answers = np.empty((replications, n, len(model.items)))
    through = np.eye(len(order)) - population.paths
    disturbances = np.diag(through @ population.structure.construct_correlations @ through.T)
    exogenous = [j for j in order if model.constructs[j] not in model.endogenous]
    root = np.linalg.cholesky(population.exogenous_correlations[np.ix_(exogenous, exogenous)])
    error_root = np.linalg.cholesky(population.structure.error_matrix)
    for r in range(replications):
        for s in range(n):
            z, e = rng.standard_normal(len(order)), rng.standard_normal(len(model.items))
            eta = np.zeros(len(order))
            eta[exogenous] = root @ z[: len(exogenous)]
            for a, j in enumerate(order[len(exogenous) :], start=len(exogenous)):
                eta[j] = population.paths[j] @ eta + np.sqrt(disturbances[j]) * z[a]
            answers[r, s] = population.loadings * eta[model.block_of] + error_root @ e
    if population.scale.is_continuous:
        return answers
    return 1 + (answers[..., None] > population.scale.padded(len(model.items))).sum(axis=-1)


def cumulative(h, k, rho):
    """P(X <= h, Y <= k) for standard normals with correlation rho: what both fall short is what both exceed."""
    return ndtr(h) * ndtr(k) + joint_exceedance(h, k, rho)


def by_em(answers: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariances by EM, respondent by respondent (Dempster, Laird & Rubin 1977; Little & Rubin 2002)."""
    mean, covariance = np.nanmean(answers, axis=0), np.diag(np.nanvar(answers, axis=0))
    for _ in range(500):
        first, second = np.zeros_like(mean), np.zeros_like(covariance)
        for row, gone in zip(answers, missing, strict=True):
            known, filled, extra = ~gone, row.copy(), np.zeros_like(covariance)
            slope = covariance[np.ix_(gone, known)] @ np.linalg.inv(covariance[np.ix_(known, known)])
            filled[gone] = mean[gone] + slope @ (row[known] - mean[known])
            extra[np.ix_(gone, gone)] = covariance[np.ix_(gone, gone)] - slope @ covariance[np.ix_(known, gone)]
            first += filled
            second += np.outer(filled, filled) + extra
        before, mean = mean, first / len(answers)
        last, covariance = covariance, second / len(answers) - np.outer(mean, mean)
        if max(np.abs(mean - before).max(), np.abs(covariance - last).max()) < 1e-11:
            break
    return mean, covariance
