"""Solution: the parameter arrays a method finds, and the one way from them to targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.kernels.reliability import alpha_batch
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class Solution:
    """Standardised parameters of R replications; NaN where a method gives none or an item is not retained.

    paths (R, m, m) as [outcome, predictor]; loadings, weights (R, p); correlations (R, m, m) of the constructs;
    alpha, rho_c, ave, rho_a, r2 (R, m); chisq, df (R,).
    """

    paths: Floats
    loadings: Floats
    correlations: Floats
    r2: Floats
    weights: Floats | None = None
    alpha: Floats | None = None
    rho_c: Floats | None = None
    ave: Floats | None = None
    rho_a: Floats | None = None
    chisq: Floats | None = None
    df: Floats | None = None

    def values(self, model: Model, targets: Sequence[Target]) -> Floats:
        """The targets' values (R, q)."""
        columns = [self._value(model, target) for target in targets]
        return np.stack(columns, axis=1) if columns else np.empty((len(self.paths), 0))

    def _value(self, model: Model, target: Target) -> Floats:
        index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
        match target.kind:
            case "path":
                return self.paths[:, index[0], index[1]]
            case "correlation":
                return self.correlations[:, index[0], index[1]]
            case "indirect":
                return np.asarray(np.prod([self.paths[:, b, a] for a, b in pairwise(index)], axis=0))
        source: Floats | None = getattr(
            self, {"loading": "loadings", "weight": "weights"}.get(target.kind, target.kind)
        )
        if source is None:
            return np.full(len(self.paths), np.nan)
        if target.kind in ("loading", "weight"):
            return source[:, model.items.index(target.parts[1])]
        return source[:, index[0]] if index else source


def block_sums(values: Floats, model: Model) -> Floats:
    """Sums over each block's items, NaN counting as zero: (R, p) -> (R, m)."""
    return np.add.reduceat(np.nan_to_num(values), model.bounds[:-1], axis=1)


def average_variance_extracted(loadings: Floats, model: Model) -> Floats:
    """AVE of each construct, the mean squared loading of its items (R, m) (Fornell & Larcker 1981)."""
    counted = block_sums((~np.isnan(loadings)).astype(np.float64), model)
    return _ratio(block_sums(loadings**2, model), counted)


def composite_reliability(loadings: Floats, model: Model) -> Floats:
    """rho_c of each construct from standardised loadings (R, m) (Werts, Linn & Joreskog 1974)."""
    squared_sum = block_sums(loadings, model) ** 2
    return _ratio(squared_sum, squared_sum + block_sums(1.0 - loadings**2, model))


def cronbach_alpha(covariances: Floats, retained: Bools, model: Model) -> Floats:
    """Alpha of each block's retained items from their covariances (R, m), NaN for a single item (Cronbach 1951)."""
    alpha = np.empty((len(covariances), len(model.blocks)))
    alpha_batch(covariances, retained, model.bounds, alpha)
    return alpha


def with_reliabilities(
    solution: Solution, items: Floats, retained: Bools, model: Model, targets: Sequence[Target]
) -> Solution:
    """The solution with those of alpha, rho_c and ave that the targets name.

    rho_c and ave are those of the loadings; alpha that of the items whose covariances or correlations `items` (R, p, p)
    holds.
    """
    kinds = {target.kind for target in targets}
    return replace(
        solution,
        alpha=cronbach_alpha(items, retained, model) if "alpha" in kinds else None,
        rho_c=composite_reliability(solution.loadings, model) if "rho_c" in kinds else None,
        ave=average_variance_extracted(solution.loadings, model) if "ave" in kinds else None,
    )


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return numerator / np.where(denominator == 0, np.nan, denominator)


def constant_items(batch: Batch) -> NDArray[np.int8]:
    """Status of each replication as far as its items go (R,): CONSTANT_ITEM where a retained one never varies."""
    spread = np.isnan(np.diagonal(batch.moments.correlations, axis1=1, axis2=2))
    bad = np.any(spread & batch.retained, axis=1)
    return np.where(bad, Status.CONSTANT_ITEM, Status.OK).astype(np.int8)


def no_block_short(batch: Batch, model: Model) -> Bools:
    """`Estimates.short` of a method that drops nothing (R, m)."""
    return np.zeros((len(batch), len(model.blocks)), dtype=bool)


def without_fatal(values: Floats, status: NDArray[np.int8]) -> Floats:
    """Values (R, q) with NaN in the replications whose status is fatal."""
    return np.where((status > Status.INADMISSIBLE)[:, None], np.nan, values)
