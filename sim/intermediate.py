"""Intermediate correlations: those of normals whose transformations have the correlations that a model wants."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from sim.batch import Floats
from sim.errors import InputError


def intermediate_correlations(wanted: Floats, series: Floats, items: Sequence[str], method: str) -> Floats:
    """Correlations (p, p) of the normals, from those wanted (p, p) of their transformations.

    series (K, p, p): the transformed correlation is sum_k series[k] rho^k, k from 0; rising in rho where both
    transformations rise. Of several roots the one nearest to the wanted correlation is taken. Raises InputError where
    a pair has no root in -1 to 1, and where the correlations found are not positive semi-definite.
    """
    found = np.eye(len(wanted))
    for i, k in combinations(range(len(wanted)), 2):
        found[i, k] = found[k, i] = _root(series[:, i, k], float(wanted[i, k]), (items[i], items[k]), method)
    lowest = float(np.linalg.eigvalsh(found)[0])
    if lowest < -1e-10:
        raise InputError(
            f"{method}: the intermediate correlations are not positive definite (smallest eigenvalue {lowest:.4g}), so "
            "no normals have them; bring the items' distributions nearer to the normal or lower the correlations"
        )
    return found


def _root(series: Floats, wanted: float, pair: tuple[str, str], method: str) -> float:
    """The rho in -1 to 1 with sum_k series[k] rho^k = wanted that is nearest to `wanted`."""
    grid = np.linspace(-1.0, 1.0, 257)
    reached = np.polynomial.polynomial.polyval(grid, series)
    # Rounding must not turn away a correlation of exactly 1.
    if not reached.min() - 1e-9 <= wanted <= reached.max() + 1e-9:
        raise InputError(
            f"{method}: {pair[0]} and {pair[1]} correlate {wanted:.4g} in the model, and with their distributions "
            f"{reached.min():.4g} to {reached.max():.4g} is possible; lower the correlation or bring the "
            "distributions nearer to each other"
        )
    above = reached >= wanted
    brackets = np.flatnonzero(above[1:] != above[:-1])
    if not brackets.size:
        return float(grid[np.argmin(np.abs(reached - wanted))])
    at = brackets[np.argmin(np.abs(grid[brackets] - wanted))]
    lower, upper, rises = grid[at], grid[at + 1], above[at + 1]
    for _ in range(60):
        middle = (lower + upper) / 2
        beyond = (np.polynomial.polynomial.polyval(middle, series) >= wanted) == rises
        lower, upper = (lower, middle) if beyond else (middle, upper)
    return float((lower + upper) / 2)


def symmetric_root(matrix: Floats) -> Floats:
    """The symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
