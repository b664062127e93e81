"""Covariance-based structural equation modelling by maximum likelihood (Joreskog 1970; Bollen 1989)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Literal, Self

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from estimators.base import Estimates
from estimators.kernels import covariance as kernel
from estimators.kernels.factor_model import COVARIANCE, PATH, Codes
from estimators.quantities import completed
from estimators.solution import Solution, constant_items, no_block_short, without_fatal
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
        for block in model.blocks:
            if block.kind != "reflective":
                return (
                    f"block {block.construct} is composite (<~); maximum likelihood estimates reflective blocks (=~), "
                    f"so write `{block.construct} =~ {' + '.join(block.items)}` or choose PLS or sum scores"
                )
        alone = {block.items[0]: block.construct for block in model.blocks if len(block.items) == 1}
        for pair in model.covariances:
            for item in set(pair) & set(alone):
                return (
                    f"`{' ~~ '.join(pair)}`: {item} is the only item of {alone[item]} and so has no error; "
                    f"remove the covariance or give {alone[item]} more items"
                )
        p = len(model.items)
        moments, parameters = p * (p + 1) // 2, parameter_count(model)
        if parameters > moments:
            return (
                f"the model has {parameters} free parameters, and {p} items give {moments} variances and covariances; "
                "add items or remove paths or covariances"
            )
        return None

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
            loadings, paths, correlations, np.empty((r, p)), np.empty((r, len(error_pairs(model)))),
            r2, chisq, df, se, status, iterations,
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
        half = ndtri(0.5 + self.level / 2) * se
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2.0 * ndtr(-np.abs(estimates.value) / se)
        for column, target in enumerate(estimates.targets):
            if target.kind == "chisq":
                testable = np.where(df > 0, df, np.nan)
                p_value[:, column] = chdtrc(testable, np.maximum(estimates.value[:, column], 0.0))
        return estimates.replaced(se=se, lower=estimates.value - half, upper=estimates.value + half, p_value=p_value)


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


def structural_parameters(model: Model) -> Codes:
    """Free parameters among constructs (s, 3) as [PATH | COVARIANCE, row, column].

    Paths as written; covariances of all exogenous constructs, of the residuals of all endogenous constructs that
    predict nothing (lavaan's auto.cov.y), and those written with `~~`.
    """
    place = model.constructs.index
    endogenous, predicts = model.path_matrix.any(axis=1), model.path_matrix.any(axis=0)
    pairs = dict.fromkeys(combinations(np.flatnonzero(~endogenous).tolist(), 2))
    pairs |= dict.fromkeys(combinations(np.flatnonzero(endogenous & ~predicts).tolist(), 2))
    written = [(a, b) for a, b in model.covariances if a in model.constructs]
    pairs |= dict.fromkeys((min(place(a), place(b)), max(place(a), place(b))) for a, b in written)
    steps = [(PATH, place(outcome), place(predictor)) for outcome, predictor in model.paths]
    steps += [(COVARIANCE, a, b) for a, b in pairs]
    return np.array(steps, dtype=np.int64).reshape(-1, 3)


def error_pairs(model: Model) -> Codes:
    """Pairs of items whose errors covary (e, 2)."""
    place = model.items.index
    pairs = [(place(a), place(b)) for a, b in model.covariances if a in model.items]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def is_saturated(model: Model) -> bool:
    """Whether the structure has as many parameters as there are construct correlations."""
    m = len(model.blocks)
    return len(structural_parameters(model)) == m * (m - 1) // 2


def parameter_count(model: Model) -> int:
    """Free parameters of the whole model: a loading and an error variance an item, a variance for an item alone."""
    items = sum(2 * len(block.items) if len(block.items) > 1 else 1 for block in model.blocks)
    return items + len(error_pairs(model)) + len(structural_parameters(model))


def target_codes(model: Model, targets: Sequence[Target], tested: Sequence[Target], steps: Codes) -> Codes:
    """What the kernel differentiates: each target, then each unstandardised path; see `kernel.target_gradient`."""
    rows = [_code(model, target, steps) for target in targets]
    for target in tested:
        outcome, predictor = (model.constructs.index(part) for part in target.parts)
        rows.append([kernel.UNSTANDARDISED, _step(steps, outcome, predictor), outcome, predictor])
    width = max([4, *map(len, rows)])
    return np.array([row + [-1] * (width - len(row)) for row in rows], dtype=np.int64).reshape(-1, width)


def _code(model: Model, target: Target, steps: Codes) -> list[int]:
    index = [model.constructs.index(part) for part in target.parts if part in model.constructs]
    match target.kind:
        case "path":
            return [kernel.CHAIN, _step(steps, *index)]
        case "indirect":
            return [kernel.CHAIN, *(_step(steps, b, a) for a, b in pairwise(index))]
        case "loading":
            return [kernel.LOADING, model.items.index(target.parts[1])]
        case "correlation":
            return [kernel.CORRELATION, *index]
        case "r2" | "ave" | "rho_c":
            return [{"r2": kernel.R2, "ave": kernel.AVE, "rho_c": kernel.RHO_C}[target.kind], *index]
    return [kernel.NOTHING]


def _step(steps: Codes, outcome: int, predictor: int) -> int:
    """The structural parameter that is this path."""
    return int(np.flatnonzero((steps == (PATH, outcome, predictor)).all(axis=1))[0])
