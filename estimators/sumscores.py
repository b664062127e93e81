"""Regression on summed scores: what most small surveys do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import stdtr, stdtrit

from estimators.base import Estimates
from estimators.composites import CompositeArrays
from estimators.kernels.scores import path_errors, score_batch
from sim.batch import Batch
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
        arrays = CompositeArrays.blank(batch, model)
        arrays.weights[:] = batch.retained
        items = batch.moments.covariances
        score_batch(
            items, arrays.weights, batch.retained, model.bounds, model.path_matrix,
            arrays.loadings, arrays.correlations, arrays.paths, arrays.r2, arrays.status,
        )  # fmt: skip
        estimates = arrays.estimates(batch, model, wanted, items)
        return self._with_inference(estimates, model, arrays, batch.n) if self.inference else estimates

    def _with_inference(self, estimates: Estimates, model: Model, arrays: CompositeArrays, n: float) -> Estimates:
        """Standard errors, t intervals and p-values of the paths; none on a population's moments."""
        if not np.isfinite(n):
            return estimates
        errors = np.full(arrays.paths.shape, np.nan)
        path_errors(arrays.correlations, model.path_matrix, arrays.r2, n, errors)
        errors[estimates.fatal] = np.nan
        se, lower, upper, p_value = (np.full(estimates.value.shape, np.nan) for _ in range(4))
        for column, target in enumerate(estimates.targets):
            if target.kind != "path":
                continue
            j, k = (model.constructs.index(part) for part in target.parts)
            df = n - model.path_matrix[j].sum() - 1
            value, error = estimates.value[:, column], errors[:, j, k]
            half = stdtrit(df, 0.5 + self.level / 2) * error
            se[:, column], lower[:, column], upper[:, column] = error, value - half, value + half
            with np.errstate(divide="ignore", invalid="ignore"):
                p_value[:, column] = 2 * stdtr(df, -np.abs(value / error))
        return estimates.replaced(se=se, lower=lower, upper=upper, p_value=p_value)
