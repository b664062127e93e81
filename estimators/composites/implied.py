"""The items' correlations that a composite model implies, estimated or saturated, and how far the sample's are off."""

from collections.abc import Callable, Iterable

import numpy as np

from estimators.inference.distances import geodesic, squared_euclidean, srmr
from estimators.kernels.composites import Composites
from estimators.shared.errors import joined
from sim.batch import Bools, Floats
from sim.model import Model
from sim.targets import Kind, ModelKind, Target

#: The distances of the model as estimated, and those of the model whose constructs correlate freely.
ESTIMATED: tuple[ModelKind, ...] = ("srmr", "d_uls", "d_g")
SATURATED: tuple[ModelKind, ...] = ("srmr_saturated", "d_uls_saturated", "d_g_saturated")
#: Every target that the test of exact fit is about.
OF_FIT: tuple[ModelKind, ...] = (*ESTIMATED, *SATURATED)
_DISTANCES: tuple[Callable[[Floats, Floats, Bools], Floats], ...] = (
    lambda sample, implied, retained: srmr(sample - implied, retained),
    squared_euclidean,
    geodesic,
)


def structural_correlations(correlations: Floats, paths: Floats, model: Model) -> Floats:
    """Correlations (R, m, m) of the constructs that the paths (R, m, m) imply.

    Those of constructs that no path leads to are as they are; disturbances are unrelated to each other and to all that
    comes before (Dijkstra & Henseler 2015, sec. 2).
    """
    implied = correlations.copy()
    outcome = np.asarray(model.path_matrix.any(axis=1))
    order = sorted(model.causal_order, key=lambda j: bool(outcome[j]))  # stable: outcomes stay in causal order
    for t, j in enumerate(order):
        if not outcome[j]:
            continue
        predictors = np.flatnonzero(model.path_matrix[j])
        before = order[:t]
        known = implied[:, predictors][:, :, before]
        found = np.einsum("rk,rkb->rb", paths[:, j, predictors], known)
        implied[:, j, before] = found
        implied[:, before, j] = found
    return implied


def implied_correlations(model: Model, items: Floats, retained: Bools, found: Composites, saturated: bool) -> Floats:
    """Correlations (R, p, p) that the model implies for the items, whose sample correlations are `items` (R, p, p).

    Between blocks: loading times construct correlation times loading. Within a reflective block (`=~`) the product of
    the loadings; within a composite one (`<~`), and for two items of a block whose errors covary, the sample's, which
    the model leaves free (Schuberth, Henseler & Dijkstra 2018, Frontiers in Psychology 9:2541). saturated: the
    constructs' correlations are as estimated, and not those that the paths imply.
    """
    between = found.correlations if saturated else structural_correlations(found.correlations, found.paths, model)
    block = model.block_of
    loadings = np.where(retained, found.loadings, 0.0)
    implied = loadings[:, :, None] * loadings[:, None, :] * between[:, block[:, None], block[None, :]]
    same = block[:, None] == block[None, :]
    own = same & (joined(model) | ~model.reflective[block][:, None])
    implied = np.where(own, items, implied)
    diagonal = np.arange(len(block))
    implied[:, diagonal, diagonal] = 1.0
    return implied


def fit_distances(
    model: Model, items: Floats, retained: Bools, found: Composites, targets: Iterable[Target]
) -> dict[Kind, Floats]:
    """The distances of `OF_FIT` (R,) that the targets name."""
    asked = {target.kind for target in targets}
    measures: dict[Kind, Floats] = {}
    for kinds, saturated in ((ESTIMATED, False), (SATURATED, True)):
        if asked & set(kinds):
            implied = implied_correlations(model, items, retained, found, saturated)
            for kind, distance in zip(kinds, _DISTANCES, strict=True):
                if kind in asked:
                    measures[kind] = distance(items, implied, retained)
    return measures
