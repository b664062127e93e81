"""Regression on summed scores: what most small surveys do."""

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from estimators.base import AlignedEstimator, Estimates
from estimators.composites.composite import CompositeArrays, blocks_of
from estimators.inference.wald import with_t_inference
from estimators.kernels.scores import path_errors, robust_errors, score_batch
from estimators.raw.units import Scale, Units, sample_variances
from sim.batch import Batch, Floats, pairs_of
from sim.model import Model
from sim.targets import Target

Items = Literal["raw", "standardised"]
ITEMS: tuple[Items, ...] = ("raw", "standardised")
Errors = Literal["classical", "hc3"]
ERRORS: tuple[Errors, ...] = ("classical", "hc3")


@dataclass(frozen=True)
class SumScores(AlignedEstimator):
    """OLS of each outcome's item sum on its predictors' item sums, standardised coefficients.

    `items`: the sums of raw answers, or of items standardised first. `errors`: "classical", those of lm on standardised
    scores, sqrt((1 - R2) / (n - k - 1) [R_xx^-1]_jj), or "hc3", robust to unequal variances (MacKinnon & White 1985),
    which needs the answers themselves. Intervals and p-values use t with n - k - 1 degrees of freedom. Loadings are
    item-score correlations, alpha is that of the items as they are summed.

    With `solution` "raw" coefficients and standard errors are those of lm on the sums themselves; a loading is the
    slope of the item on its sum, `A~~B` the covariance of two sums, `A~~A` the variance of a predictor's sum and lm's
    residual variance of an outcome's (divisor n - k - 1).
    """

    level: float = 0.95
    inference: bool = True
    items: Items = "raw"
    errors: Errors = "classical"
    solution: Scale = "standardised"

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, inference=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets, and inference for paths; see `Estimator.fit`."""
        arrays, items = unit_weighted(batch, model, self.items)
        estimates = arrays.estimates(batch, model, targets, items)
        if self.inference and np.isfinite(batch.n):
            estimates = with_t_inference(estimates, model, self._errors(batch, model, arrays), batch.n, self.level)
        return self._raw(estimates, batch, model, items) if self.solution == "raw" else estimates

    def _raw(self, estimates: Estimates, batch: Batch, model: Model, items: Floats) -> Estimates:
        """Standardised estimates in units of the sums, whose covariances follow from those of the items (R, p, p)."""
        rescaled = sample_variances(batch, batch.n - 1) if self.items == "raw" else np.ones(batch.retained.shape)
        usable = np.where(batch.retained & batch.moments.varies, rescaled, np.nan)
        ratio = batch.n / max(batch.n - 1, 1) if self.items == "raw" and np.isfinite(batch.n) else 1.0
        within = np.where(pairs_of(batch.retained), items, 0.0) * (model.block_of[:, None] == model.block_of) * ratio
        sums = np.add.reduceat(within.sum(axis=2), model.bounds[:-1], axis=1)
        with np.errstate(invalid="ignore"):
            raw = Units(np.sqrt(usable), np.sqrt(np.where(sums > 0.0, sums, np.nan))).rescaled(estimates, model)
        return raw.replaced(value=raw.value * self._of_residuals(raw.targets, model, batch.n))

    def _of_residuals(self, targets: tuple[Target, ...], model: Model, n: float) -> Floats:
        """What makes a residual variance of an outcome (q,) lm's: (n - 1) / (n - k - 1), and 1 for other targets."""
        factors = np.ones(len(targets))
        for column, target in enumerate(targets):
            if target.kind == "variance" and target.parts[0] in model.endogenous and np.isfinite(n):
                df = n - 1 - model.path_matrix[model.constructs.index(target.parts[0])].sum()
                factors[column] = (n - 1) / df if df > 0 else np.nan
        return factors

    def _errors(self, batch: Batch, model: Model, arrays: CompositeArrays) -> Floats:
        """Standard errors of the paths (R, m, m); HC3 gives none where there are no answers."""
        errors = np.full(arrays.paths.shape, np.nan)
        if self.errors == "classical":
            path_errors(arrays.correlations, model.path_matrix, arrays.r2, float(batch.n), errors)
        elif batch.has_answers:
            means, covariances = batch.moments.means, batch.moments.covariances
            deviations = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
            with np.errstate(divide="ignore"):
                scales = np.ones_like(means) if self.items == "raw" else 1.0 / deviations
            robust_errors(
                batch.raw.astype(np.float64, order="C"), means, scales, batch.retained, blocks_of(model),
                arrays.paths, arrays.status, errors,
            )  # fmt: skip
        return errors


def unit_weighted(batch: Batch, model: Model, kind: Items) -> tuple[CompositeArrays, Floats]:
    """Sums of each block's raw or standardised items, regressed on each other, and the items' moments (R, p, p)."""
    arrays = CompositeArrays.blank(batch, model)
    arrays.weights[:] = batch.retained
    items = batch.moments.covariances if kind == "raw" else batch.moments.correlations
    score_batch(items, batch.retained, blocks_of(model), arrays)
    return arrays, items
