"""Covariance-based structural equation modelling by maximum likelihood (Joreskog 1970; Bollen 1989)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, Self

import numpy as np
from scipy.special import chdtrc, ndtr

from estimators.base import Estimates
from estimators.kernels import covariance as kernel
from estimators.quantities import completed
from estimators.solution import Solution, constant_items, no_block_short, without_fatal
from estimators.structure import (
    error_pairs,
    is_saturated,
    refusal,
    structural_parameters,
    target_codes,
    with_normal_inference,
)
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class MaximumLikelihood:
    """ML under normality of the items' covariances (divisor n), as `sem(model, data)` of lavaan estimates it.

    Free: loadings, error variances, covariances of exogenous constructs, residual covariances of constructs that
    predict nothing, and every `~~` of the model. An item alone in its block has no error, and error covariances with it
    fall away. No variance is bounded: what comes out negative is kept under Status.INADMISSIBLE. Every construct is
    turned so that its loadings sum to a positive number. Standard errors are those of the expected information, by the
    delta method on the standardised scale; intervals are value -+ z SE at `level`, p-values two-sided normal; alpha and
    df have none. chisq is n F, its p-value the upper tail. For a population's moments (n infinite) all this is NaN.
    With `test` "unstandardised" a path's p-value is that of the path in units of the blocks' first retained items,
    the one that programs print by default.

    A fit has settled when the gradient per respondent, in units of each direction's standard error, is under
    `tolerance`, or under 1e-6 where rounding ends the descent. A first end that is not a proper solution is tried again
    from a plainer start, and the lower minimum counts. Fatal: CONSTANT_ITEM; SINGULAR, sample covariances not positive
    definite (as with n <= p); UNIDENTIFIED, an empty block, more parameters than moments, singular information, or a
    loading that runs off to infinity (beyond 20); NOT_CONVERGED, not settled in `max_iterations` from either start.
    """

    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    test: Literal["standardised", "unstandardised"] = "standardised"
    standard_errors: bool = True

    def refusal(self, model: Model) -> str | None:
        """ML needs reflective blocks, at least as many moments as parameters, and an error for an error covariance."""
        return refusal(model, "maximum likelihood")

    def without_inference(self) -> Self:
        """The same method without standard errors."""
        return replace(self, standard_errors=False)

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        r, m, p = len(batch), len(model.blocks), len(model.items)
        steps = structural_parameters(model)
        status = constant_items(batch)
        iterations = np.zeros(r, dtype=np.int32)
        loadings, r2 = np.full((r, p), np.nan), np.full((r, m), np.nan)
        paths, correlations = np.full((r, m, m), np.nan), np.full((r, m, m), np.nan)
        chisq, df = np.full(r, np.nan), np.full(r, np.nan)
        tested = [t for t in wanted if t.kind == "path"] if self.test == "unstandardised" else []
        codes = target_codes(model, wanted, tested, steps)
        se = np.full((r, len(codes)), np.nan)
        kernel.fit_batch(
            batch.moments.correlations, batch.retained, float(batch.n), np.array(model.causal_order), steps,
            error_pairs(model), model.bounds, is_saturated(model), self.tolerance, self.max_iterations,
            codes, inference,
            loadings, paths, correlations, r2, chisq, df, se, status, iterations,
        )  # fmt: skip
        solution = Solution(paths, loadings, correlations, r2, measures={"chisq": chisq, "df": df})
        solution = completed(solution, batch.moments.covariances, batch, model, wanted)
        estimates = Estimates(
            targets=wanted,
            value=without_fatal(solution.values(model, wanted), status),
            status=status,
            retained=batch.retained,
            short=no_block_short(batch, model),
            iterations=iterations,
        )
        if not inference:
            return estimates
        estimates = self._with_inference(estimates, se[:, : len(wanted)], df)
        return _with_unstandardised_tests(estimates, model, tested, loadings, se[:, len(wanted) :])

    def _with_inference(self, estimates: Estimates, se: Floats, df: Floats) -> Estimates:
        """Normal intervals and p-values, and the chi-square test of exact fit."""
        estimates = with_normal_inference(estimates, se, self.level)
        p_value = estimates.p_value.copy()
        for column, target in enumerate(estimates.targets):
            if target.kind == "chisq":
                testable = np.where(df > 0, df, np.nan)
                p_value[:, column] = chdtrc(testable, np.maximum(estimates.value[:, column], 0.0))
        return estimates.replaced(p_value=p_value)


def _with_unstandardised_tests(
    estimates: Estimates, model: Model, tested: Sequence[Target], loadings: Floats, se: Floats
) -> Estimates:
    """The paths' p-values replaced by those of b l_y / l_x, l the loadings of the blocks' first retained items."""
    p_value = estimates.p_value.copy()
    first = [np.argmax(estimates.retained[:, slice(*pair)], axis=1) + pair[0] for pair in pairwise(model.bounds)]
    rows = np.arange(len(loadings))
    for target, error in zip(tested, se.T, strict=True):
        outcome, predictor = (loadings[rows, first[model.constructs.index(part)]] for part in target.parts)
        at = estimates.column(target.name)
        p_value[:, at] = 2.0 * ndtr(-np.abs(estimates.value[:, at] * outcome / predictor / error))
    return estimates.replaced(p_value=p_value)
