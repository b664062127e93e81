"""Intervals and p-values from standard errors, and the p-values that resampling does not replace."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from estimators.base import PARTS, Estimates, Estimator
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import MODEL_KINDS, Target


def with_normal_inference(estimates: Estimates, se: Floats, level: float) -> Estimates:
    """The estimates with standard errors (R, q), normal intervals at `level` and two-sided normal p-values."""
    half = ndtri(0.5 + level / 2) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2.0 * ndtr(-np.abs(estimates.value) / se)
    return estimates.replaced(se=se, lower=estimates.value - half, upper=estimates.value + half, p_value=p_value)


def with_t_inference(estimates: Estimates, model: Model, errors: Floats, n: float, level: float) -> Estimates:
    """The estimates with standard errors of the paths (R, m, m), t intervals at `level` and two-sided p-values.

    Degrees of freedom: n - k - 1, as least squares of an outcome on k predictors and an intercept has them.
    """
    se, lower, upper, p_value = (np.full(estimates.value.shape, np.nan) for _ in range(4))
    for column, target in enumerate(estimates.targets):
        if target.kind != "path":
            continue
        j, k = (model.constructs.index(part) for part in target.parts)
        df = n - model.path_matrix[j].sum() - 1
        value, error = estimates.value[:, column], np.where(estimates.fatal, np.nan, errors[:, j, k])
        half = stdtrit(df, 0.5 + level / 2) * error
        se[:, column], lower[:, column], upper[:, column] = error, value - half, value + half
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value[:, column] = 2 * stdtr(df, -np.abs(value / error))
    return estimates.replaced(se=se, lower=lower, upper=upper, p_value=p_value)


def beside_model_tests(
    resampled: Callable[[Batch, Model, Sequence[Target]], Estimates],
    method: Estimator,
    batch: Batch,
    model: Model,
    targets: Sequence[Target],
) -> Estimates:
    """What `resampled` makes of the targets, but those of the whole model with the method's own inference, or none.

    That chisq is 0 is no hypothesis, and the fit of resamples is worse than that of the data, which moves every
    interval of an index away from it.
    """
    rest = [column for column, target in enumerate(targets) if target.kind not in MODEL_KINDS]
    if len(rest) == len(targets):
        return resampled(batch, model, targets)
    whole, parts = method.fit(batch, model, targets), resampled(batch, model, [targets[column] for column in rest])
    changed = {name: getattr(whole, name).copy() for name in PARTS}
    for name, array in changed.items():
        array[:, rest] = getattr(parts, name)
    return parts.replaced(targets=whole.targets, **changed)
