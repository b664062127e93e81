"""Composites: constructs that are weighted sums of their items, in a population's own terms of loadings and errors.

A composite C = w'x has variance w'Sw = 1, S the correlations of its items. Its loadings are l = Sw, and x = l C + e
with Cov(e) = S - l l', of which w'e = 0: a block of one factor whose errors covary so that the composite has none
(Dijkstra 2017; Schuberth, Henseler & Dijkstra 2018). Items of two blocks covary through their composites alone.
"""

import numpy as np

from sim.batch import Floats
from sim.errors import InputError
from sim.model import Block, Model
from sim.quantities import Given
from sim.targets import PAIR_KINDS, Kind, Target

#: Smallest eigenvalue of items' correlations that lets them have weights of their own.
SMALLEST = 1e-10
#: Quantities of items that reflect a construct with error: a composite has none, and so no such quantity.
_OF_REFLECTIVE: tuple[Kind, ...] = ("alpha", "omega", "rho_c", "rho_a", "fornell_larcker", *PAIR_KINDS)


def composed(block: Block, weights: Floats, correlations: Floats) -> tuple[Floats, Floats]:
    """Loadings (k,) and error covariances (k, k), zero diagonal, of a composite of items with these correlations.

    Only the ratios of the `weights` (k,) count: they are scaled to a composite of variance 1. Raises InputError for
    correlations that are not positive definite, and for weights that are all 0.
    """
    lowest = float(np.linalg.eigvalsh(correlations)[0])
    if lowest < SMALLEST:
        raise InputError(
            f"the correlations within composite {block.construct} are not positive definite "
            f"(smallest eigenvalue {lowest:.4g}); lower them in size"
        )
    variance = float(weights @ correlations @ weights)
    if not variance > 0:
        raise InputError(f"the weights of {block.construct} are all 0; give at least one that is not")
    loadings = np.clip(correlations @ weights / np.sqrt(variance), -1.0, 1.0)
    errors = correlations - np.outer(loadings, loadings)
    np.fill_diagonal(errors, 0.0)
    return loadings, errors


def regression_weights(correlations: Floats, loadings: Floats) -> tuple[Floats, float]:
    """Weights (k,) of the composite of variance 1 that predicts a construct best, and its R2 with the construct.

    S^-1 l / sqrt(R) with R = l'S^-1 l: S correlations of the items, l their loadings (Thurstone 1935).
    """
    weights = np.linalg.solve(correlations, loadings)
    explained = float(loadings @ weights)
    return weights / np.sqrt(explained), explained


def weights(given: Given) -> Floats:
    """Standardised weights of the items (p,); NaN where their block is reflective."""
    found = np.full(given.loadings.shape[1], np.nan)
    for j, block in enumerate(given.model.blocks):
        if block.kind == "composite":
            own = slice(given.model.bounds[j], given.model.bounds[j + 1])
            found[own], _ = regression_weights(given.items[0, own, own], given.loadings[0, own])
    return found


def is_undefined(target: Target, model: Model) -> bool:
    """Whether the target is a quantity of reflective blocks, asked of a composite."""
    composites = {block.construct for block in model.blocks if block.kind == "composite"}
    return target.kind in _OF_REFLECTIVE and bool(composites & set(target.parts))
