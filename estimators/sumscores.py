"""Regression on summed scores: what most small surveys do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import stdtr, stdtrit

from estimators.base import Estimates, Status
from estimators.composites import blank_fatal, empty_blocks, no_block_short, with_reliabilities
from estimators.solution import Solution, constant_items, cronbach_alpha
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class SumScores:
    """OLS of each outcome's raw item sum on its predictors' item sums, standardised coefficients.

    Standard errors are those of lm on standardised scores, sqrt((1 - R2) / (n - k - 1) [R_xx^-1]_jj); intervals and
    p-values use t with n - k - 1 degrees of freedom. Loadings are item-score correlations, alpha that of the raw items.
    """

    level: float = 0.95
    inference: bool = True

    def refusal(self, model: Model) -> str | None:
        """Sum scores estimate any model of the project."""
        return None

    def without_inference(self) -> Self:
        """The same method without standard errors."""
        return replace(self, inference=False)

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets, and inference for paths; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        status = constant_items(batch)
        status[empty_blocks(batch.retained, model) & (status == Status.OK)] = Status.UNIDENTIFIED
        usable = status == Status.OK
        covariances = np.where(usable[:, None, None], batch.moments.covariances, np.eye(len(model.items)))
        weights = batch.retained[:, :, None] * (model.block_of[:, None] == np.arange(len(model.blocks)))
        scores, loadings = score_correlations(covariances, weights.astype(np.float64), model)
        paths, errors, singular = _regressions(scores, model, batch.n)
        status[usable & np.isnan(scores).any(axis=(1, 2))] = Status.SINGULAR
        status[(status == Status.OK) & singular] = Status.SINGULAR
        r2 = np.einsum("rjk,rjk->rj", paths, scores)
        shown = np.where(batch.retained, loadings, np.nan)
        solution = with_reliabilities(Solution(paths, shown, scores, r2), batch, model, wanted)
        solution = replace(
            solution,
            alpha=cronbach_alpha(batch.moments.covariances, batch.retained, model),
            weights=batch.retained.astype(np.float64),
        )
        estimates = Estimates(
            targets=wanted,
            value=blank_fatal(solution.values(model, wanted), status),
            status=status,
            retained=batch.retained,
            short=no_block_short(batch, model),
        )
        return self._with_inference(estimates, model, errors, batch.n) if self.inference else estimates

    def _with_inference(self, estimates: Estimates, model: Model, errors: Floats, n: float) -> Estimates:
        """Standard errors, t intervals and p-values of the paths."""
        se, lower, upper, p_value = (np.full(estimates.value.shape, np.nan) for _ in range(4))
        for column, target in enumerate(estimates.targets):
            if target.kind != "path" or not np.isfinite(n):
                continue
            j, k = (model.constructs.index(part) for part in target.parts)
            df = n - model.path_matrix[j].sum() - 1
            if df < 1:
                continue
            value, error = estimates.value[:, column], errors[:, j, k]
            se[:, column] = error
            half = stdtrit(df, 0.5 + self.level / 2) * error
            lower[:, column], upper[:, column] = value - half, value + half
            p_value[:, column] = 2 * stdtr(df, -np.abs(value) / error)
        blanked = (blank_fatal(array, estimates.status) for array in (se, lower, upper, p_value))
        return estimates.replaced(**dict(zip(("se", "lower", "upper", "p_value"), blanked, strict=True)))


def score_correlations(covariances: Floats, weights: Floats, model: Model) -> tuple[Floats, Floats]:
    """Correlations of weighted scores (R, m, m), and of each item with its own score (R, p).

    covariances (R, p, p); weights (R, p, m), zero outside an item's block.
    """
    with_scores = covariances @ weights
    among = weights.transpose(0, 2, 1) @ with_scores
    variance = np.diagonal(among, axis1=1, axis2=2)
    scale = 1.0 / np.sqrt(np.where(variance > 0, variance, np.nan))
    correlations = among * scale[:, :, None] * scale[:, None, :]
    deviation = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    own = np.take_along_axis(with_scores, model.block_of[None, :, None], axis=2)[:, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return correlations, own * scale[:, model.block_of] / deviation


def _regressions(correlations: Floats, model: Model, n: float) -> tuple[Floats, Floats, np.ndarray]:
    """Standardised paths and their standard errors (R, m, m), and where a regression is singular (R,)."""
    paths, errors = np.zeros(correlations.shape), np.full(correlations.shape, np.nan)
    singular = np.zeros(len(correlations), dtype=bool)
    for j, row in enumerate(model.path_matrix):
        predictors = np.flatnonzero(row)
        if not predictors.size:
            continue
        among = correlations[:, predictors[:, None], predictors]
        bad = ~(np.abs(np.linalg.det(np.nan_to_num(among))) > 1e-12)
        singular |= bad
        inverse = np.linalg.inv(np.where(bad[:, None, None], np.eye(predictors.size), among))
        b = np.einsum("rkl,rl->rk", inverse, correlations[:, predictors, j])
        paths[:, j, predictors] = b
        r2 = np.einsum("rk,rk->r", b, correlations[:, predictors, j])
        df = max(n - predictors.size - 1, 1)
        unexplained = np.clip(1 - r2, 0, None)[:, None] / df
        errors[:, j, predictors] = np.sqrt(unexplained * np.diagonal(inverse, axis1=1, axis2=2))
    return paths, errors, singular
