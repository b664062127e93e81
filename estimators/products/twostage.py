"""Products of scores: a method's scores from the model without products, then the equations with them."""

from dataclasses import replace

import numpy as np

from estimators.base import Estimates, Estimator
from estimators.products.equations import Solved, solve, with_least_squares_inference
from estimators.products.moments import EndlessMoments, ScoreMoments, TermMoments, standard_scores
from estimators.quantities import completed
from estimators.solution import Solution, loading_targets, no_block_short, weight_targets, without_fatal
from sim.batch import Batch, Floats
from sim.model import Model
from sim.quantities import block_sums
from sim.targets import PATH_KINDS, Kind, Target

#: What the equations with products decide; everything else is the first stage's.
OF_EQUATIONS: tuple[Kind, ...] = (
    "path", "product", "slope", "r2", "adj_r2", "f2", "vif", "indirect", "total", "total_indirect", "defined",
)  # fmt: skip


def two_stage(
    inner: Estimator,
    batch: Batch,
    model: Model,
    targets: tuple[Target, ...],
    corrected: bool,
    mixed_divisors: bool = False,
    level: float | None = None,
) -> Estimates:
    """Estimates of a model with products from the scores of `inner`, a method that gives weights.

    First stage: `inner` on the model without products. Second: least squares of each outcome on the standardised scores
    of its predictors and on their products, which are centred and not standardised (Henseler & Chin 2010). corrected:
    the moments are cleared of measurement error, reliabilities being (w'l)^2 (Dijkstra & Schermelleh-Engel 2014).
    mixed_divisors: scores of divisor n - 1 in means of divisor n, as cSEM has them. level: of least-squares intervals
    of paths, products and slopes; None for none. Of a population's moments, `Moments.higher` among them, these are
    limits.
    """
    linear = replace(model, products=())
    p = len(model.items)
    of_first = [column for column, target in enumerate(targets) if target.kind not in OF_EQUATIONS]
    passed = [targets[column] for column in of_first]
    first = inner.without_inference().fit(batch, linear, [*weight_targets(linear), *loading_targets(linear), *passed])
    weights, loadings = first.value[:, :p], first.value[:, p : 2 * p]
    solved = _solved(batch, model, first, weights, loadings, corrected, mixed_divisors)
    rest = [column for column in range(len(targets)) if column not in of_first]
    value = np.empty((len(batch), len(targets)))
    value[:, of_first] = first.value[:, 2 * p :]
    value[:, rest] = _values(solved, loadings, batch, linear, [targets[column] for column in rest])
    estimates = Estimates(
        targets=targets,
        value=without_fatal(value, solved.status),
        status=solved.status,
        retained=batch.retained,
        short=no_block_short(batch, model),
        iterations=first.iterations,
    )
    if level is None or not batch.has_answers:
        return estimates
    return with_least_squares_inference(estimates, solved, batch.n, level)


def _solved(
    batch: Batch,
    model: Model,
    first: Estimates,
    weights: Floats,
    loadings: Floats,
    corrected: bool,
    mixed_divisors: bool,
) -> Solved:
    size = np.ones((len(batch), len(model.blocks)))
    if corrected:
        reliability = block_sums(weights * loadings, model) ** 2
        size = np.sqrt(np.where(first.fatal[:, None] | ~(reliability > 0.0), 1.0, reliability))
    if not batch.has_answers:
        endless: TermMoments = EndlessMoments.of(batch.moments, weights, model, size)
        return solve(endless, model, first.status)
    shrink = np.sqrt((batch.n - 1) / batch.n) if mixed_divisors else 1.0
    moments = ScoreMoments(standard_scores(batch, weights, model), size, float(shrink))
    return solve(moments, model, first.status)


def _values(solved: Solved, loadings: Floats, batch: Batch, linear: Model, targets: list[Target]) -> Floats:
    """Values (R, q) of what the equations decide."""
    r, m = len(batch), len(linear.constructs)
    paths, r2 = np.zeros((r, m, m)), np.zeros((r, m))
    vif, adjusted = np.full((r, m, m), np.nan), np.full((r, m), np.nan)
    for j, equation in solved.equations.items():
        predictors = [term[0] for term in equation.terms if len(term) == 1]
        paths[:, j, predictors] = equation.coefficients[:, : len(predictors)]
        own = np.diagonal(equation.precision, axis1=1, axis2=2)
        vif[:, j, predictors] = own[:, : len(predictors)]
        r2[:, j] = equation.r2
        df = batch.n - len(equation.terms) - 1
        if np.isinf(batch.n):
            adjusted[:, j] = equation.r2
        elif df > 0:
            adjusted[:, j] = 1.0 - (1.0 - equation.r2) * (batch.n - 1) / df
    unexplained = np.where(r2 == 1.0, np.nan, 1.0 - r2)[:, :, None]
    measures: dict[Kind, Floats] = {"vif": vif, "f2": paths**2 / vif / unexplained, "adj_r2": adjusted}
    solution = Solution(paths, loadings, np.full((r, m, m), np.nan), r2, measures=measures)
    others = [target for target in targets if target.kind not in ("product", "slope") and not _of_product(target)]
    solution = completed(solution, batch.moments.covariances, batch, linear, others)
    found = np.empty((r, len(targets)))
    for column, target in enumerate(targets):
        value = _size_of_product(solved, target) if _of_product(target) else solved.value(target)
        found[:, column] = solution.values(linear, [target])[:, 0] if value is None else value
    return found


def _of_product(target: Target) -> bool:
    """Whether a target is the effect size or the variance inflation of a product."""
    return target.kind in PATH_KINDS and ":" in target.parts[1]


def _size_of_product(solved: Solved, target: Target) -> Floats:
    """f2 of a product (R,), b^2 / [V^-1]_kk / (1 - R2), or its VIF, V_kk [V^-1]_kk, V the covariances of the terms."""
    equation, contrast = solved.contrast(Target("product", (target.parts[0], *target.parts[1].split(":"))))  # type: ignore[misc]
    place = next(iter(contrast))
    own = equation.precision[:, place, place]
    if target.kind == "vif":
        return np.asarray(own * np.linalg.inv(equation.precision)[:, place, place])
    return np.asarray(
        equation.coefficients[:, place] ** 2 / own / np.where(equation.r2 == 1.0, np.nan, 1 - equation.r2)
    )
