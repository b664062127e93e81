"""Intermediate correlations: those of normals whose transformations have the correlations that a model wants."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.polynomial.polynomial import polyval

from sim.batch import Floats
from sim.errors import InputError


def intermediate_correlations(wanted: Floats, series: Floats, items: Sequence[str], method: str) -> Floats:
    """Correlations (p, p) of the normals, from those wanted (p, p) of their transformations.

    series (K, p, p): the transformed correlation is sum_k series[k] rho^k, k from 0; rising in rho where both
    transformations rise. Of several roots the one nearest to the wanted correlation is taken. Raises InputError where
    a pair has no root in -1 to 1, and where the correlations found are not positive semi-definite.
    """
    first, second = np.triu_indices(len(wanted), 1)
    pairs = [(items[i], items[k]) for i, k in combinations(range(len(wanted)), 2)]
    found = np.eye(len(wanted))
    found[first, second] = _roots(series[:, first, second], wanted[first, second], pairs, method)
    found = np.triu(found) + np.triu(found, 1).T
    lowest = float(np.linalg.eigvalsh(found)[0])
    if lowest < -1e-10:
        raise InputError(
            f"{method}: the intermediate correlations are not positive definite (smallest eigenvalue {lowest:.4g}), so "
            "no normals have them; bring the items' distributions nearer to the normal or lower the correlations"
        )
    return found


def _roots(series: Floats, wanted: Floats, pairs: Sequence[tuple[str, str]], method: str) -> Floats:
    """The rho in -1 to 1 with sum_k series[k] rho^k = wanted (pairs,) that are nearest to `wanted`, by bisection."""
    grid = np.linspace(-1.0, 1.0, 257)[:, None]
    reached = polyval(grid, series, tensor=False)
    for pair, wish, low, high in zip(pairs, wanted, reached.min(axis=0), reached.max(axis=0), strict=True):
        # Rounding must not turn away a correlation of exactly 1.
        if not low - 1e-9 <= wish <= high + 1e-9:
            raise InputError(
                f"{method}: {pair[0]} and {pair[1]} correlate {wish:.4g} in the model, and with their distributions "
                f"{low:.4g} to {high:.4g} is possible; lower the correlation or bring the distributions nearer to each "
                "other"
            )
    above = reached >= wanted
    crosses = above[1:] != above[:-1]
    at = np.where(crosses, np.abs(grid[:-1] - wanted), np.inf).argmin(axis=0)
    lower, upper, rises = grid[at, 0], grid[at + 1, 0], above[at + 1, np.arange(len(wanted))]
    for _ in range(60):
        middle = (lower + upper) / 2
        beyond = (polyval(middle, series, tensor=False) >= wanted) == rises
        lower, upper = np.where(beyond, lower, middle), np.where(beyond, middle, upper)
    at_an_end = grid[np.abs(reached - wanted).argmin(axis=0), 0]
    return np.asarray(np.where(crosses.any(axis=0), (lower + upper) / 2, at_an_end))


def symmetric_root(matrix: Floats) -> Floats:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
