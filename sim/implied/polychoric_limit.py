"""The polychoric correlations that infinitely many answers would show, when respondents answer in several ways."""

import numpy as np
from scipy.special import ndtr, ndtri

from sim.batch import Floats
from sim.distributions.bivariate import density, normal_density
from sim.distributions.law import AnswerLaw, differences

#: How far a likelihood is followed that rises up to |rho| = 1.
_HIGHEST = 1.0 - 1e-5
_MOST_STEPS, _TOLERANCE = 100, 1e-12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
#: Rectangles under this leave no likelihood to answers that fall into them.
_IMPOSSIBLE = 1e-290
#: Normal responses beyond this are left out of integrals: 1e-17 of them.
_FARTHEST = 8.5


def polychoric_limits(law: AnswerLaw) -> Floats:
    """Limits (p, p) of two-step polychoric correlations (Olsson 1979) of answers of this law.

    Where answers are cut from normals, they are the normals' correlations. Otherwise no bivariate normal gives the
    two-way tables, and the limit is the correlation nearest to the table in Kullback-Leibler divergence, the thresholds
    being those of its margins.
    """
    if law.correlations is not None:
        return law.correlations
    return of_tables(law.tables, len(law.above))


def of_tables(tables: Floats, p: int) -> Floats:
    """The correlations (p, p) nearest to two-way tables of shares (pairs, c, c), in the order of the upper triangle."""
    first, second = np.triu_indices(p, 1)
    limits = np.eye(p)
    limits[first, second] = limits[second, first] = _nearest_correlations(tables)
    return limits


def _nearest_correlations(tables: Floats) -> Floats:
    """rho (pairs,) with sum_ab p_ab dlog pi_ab(rho) / drho = 0, by secant steps inside a shrinking bracket.

    The first step is Fisher's. +-1 where the likelihood rises up to the end, as it is for a sample.
    """
    a, b = _thresholds(tables.sum(axis=2)), _thresholds(tables.sum(axis=1))
    lower, upper = np.full(len(tables), -_HIGHEST), np.full(len(tables), _HIGHEST)
    rho, before, score_before = np.zeros(len(tables)), np.full(len(tables), np.nan), np.zeros(len(tables))
    for _ in range(_MOST_STEPS):
        implied = np.maximum(_rectangles(a, b, rho), _IMPOSSIBLE)
        slope = differences(density(a[:, :, None], b[:, None, :], rho[:, None, None]))
        score = np.where(tables > 0, tables * slope / implied, 0.0).sum(axis=(1, 2))
        impossible = ((tables > 0) & (implied == _IMPOSSIBLE)).any(axis=(1, 2))
        score = np.where(impossible, -np.copysign(np.inf, rho), score)
        fisher = np.where(tables > 0, slope**2 / implied, 0.0).sum(axis=(1, 2))
        moved = rho - before
        finite = np.isfinite(score) & np.isfinite(score_before) & (moved != 0)
        secant = np.where(finite, score_before - score, 0.0) / np.where(finite, moved, 1.0)
        lower, upper = np.where(score > 0, rho, lower), np.where(score > 0, upper, rho)
        step = rho + score / np.where(secant > 0, secant, np.maximum(fisher, _IMPOSSIBLE))
        before, score_before = rho, score
        rho = np.where((lower < step) & (step < upper), step, (lower + upper) / 2)
        if np.abs(rho - before).max(initial=0.0) < _TOLERANCE:
            break
    return np.where(np.abs(rho) > _HIGHEST - 1e-9, np.sign(rho), rho)


def _rectangles(a: Floats, b: Floats, rho: Floats) -> Floats:
    """Bivariate normal probabilities between thresholds a and b (pairs, T) each: (pairs, T + 1, T + 1).

    int phi(x) (Phi((b_high - rho x) / s) - Phi((b_low - rho x) / s)) dx by Gauss-Legendre, so that improbable
    rectangles keep their relative precision.
    """
    x_ends = np.clip(np.pad(a, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf))), -_FARTHEST, _FARTHEST)
    y_ends = np.pad(b, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))
    width = np.diff(x_ends, axis=1)[:, :, None]
    x = x_ends[:, :-1, None] + width * (1 + _NODES) / 2
    spread = np.sqrt(1 - rho**2)[:, None, None, None]
    ends = (y_ends[:, None, None, :] - (rho[:, None, None] * x)[..., None]) / spread
    low, high = ends[..., :-1], ends[..., 1:]
    turn = np.where(low + high > 0, -1.0, 1.0)
    between = turn * (ndtr(turn * high) - ndtr(turn * low))
    weights = width / 2 * _WEIGHTS * normal_density(x)
    return np.asarray((weights[..., None] * between).sum(axis=2))


def _thresholds(shares: Floats) -> Floats:
    """Normal quantiles between categories with these shares (..., c - 1), infinite where one side is empty."""
    below = np.cumsum(shares, axis=-1)[..., :-1]
    below = np.where(below > 1 - 1e-13, 1.0, np.where(below < 1e-13, 0.0, below))
    return np.asarray(ndtri(below))
