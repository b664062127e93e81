"""The signs of constructs, which are arbitrary: a factor may face its first item, a resample the original solution.

A resample may give the mirror image of the original solution (Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005,
Computational Statistics & Data Analysis 48, sec. 4; Hair et al. 2017, ch. 5).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from estimators.base import Estimates
from sim.batch import Floats
from sim.model import Model
from sim.quantities import block_sums
from sim.targets import Kind, Target

SIGN_CHANGES = ("none", "individual", "construct")

#: What gives a factor its sign: its loadings, which then sum to a positive number, or the loading of its first item.
Sign = Literal["loadings", "first-item"]
#: Signed by one construct each: the one that the target names first.
_ONE_SIGN: tuple[Kind, ...] = ("loading", "weight")
#: Signed by the first and the last construct that the target names; those between come in twice.
_TWO_SIGNS: tuple[Kind, ...] = ("path", "correlation", "indirect", "total", "total_indirect")
#: Coefficients that take the original sign one by one; an indirect effect does so as the product of its paths.
_COEFFICIENTS: tuple[Kind, ...] = ("path", "product", "loading", "weight", "indirect")


def individual_signs(values: Floats, estimate: Floats, targets: Sequence[Target]) -> Floats:
    """Resampled values (B, q) in which each path, loading, weight and indirect effect has the estimate's sign (q,)."""
    taken = np.array([target.kind in _COEFFICIENTS for target in targets], dtype=bool) & (estimate != 0)
    return without_differences(np.where(taken, np.copysign(values, estimate), values), targets)


def construct_signs(
    values: Floats, targets: Sequence[Target], loadings: Floats, original: Floats, model: Model
) -> Floats:
    """Resampled values (B, q) after turning the constructs that came out mirrored, each with all that it signs.

    A construct is turned where its resampled loadings (B, p) are nearer to the mirror image of the original ones (p,):
    |sum (original - resampled)| > |sum (original + resampled)|. Its loadings and weights change sign, as do its paths
    and correlations with a construct that stays, and indirect and total effects between two such. R2, AVE,
    reliabilities and other unsigned quantities stay. Items without a loading (NaN) take no part.
    """
    apart, together = block_sums(original - loadings, model), block_sums(original + loadings, model)
    turned = target_signs(targets, np.where(np.abs(apart) > np.abs(together), -1.0, 1.0), model)
    return without_differences(values * turned, targets)


def without_differences(values: Floats, targets: Sequence[Target]) -> Floats:
    """Resampled values (B, q) without differences of paths, whose signs do not turn with those of constructs."""
    return np.where(np.array([target.kind == "difference" for target in targets], dtype=bool), np.nan, values)


def target_signs(targets: Sequence[Target], signs: Floats, model: Model) -> Floats:
    """What turning constructs by signs (R, m) of -1 and 1 does to the targets: -1 or 1 (R, q)."""
    turned = np.ones((len(signs), len(targets)))
    for q, target in enumerate(targets):
        if target.kind in _ONE_SIGN:
            turned[:, q] = signs[:, model.constructs.index(target.parts[0])]
        elif target.kind in _TWO_SIGNS:
            first, last = (model.constructs.index(target.parts[end]) for end in (0, -1))
            turned[:, q] = signs[:, first] * signs[:, last]
    return turned


def signed(estimates: Estimates, sign: Sign, loadings: Floats, model: Model) -> Estimates:
    """The estimates of factors whose loadings (R, p) sum to positive numbers, with the signs that are asked for.

    "first-item": factors whose first retained item loads negatively are turned, intervals with the values. p-values,
    explained variances, reliabilities and fit stay.
    """
    if sign == "loadings":
        return estimates
    first = np.array(
        [start + np.argmax(estimates.retained[:, start:stop], axis=1) for start, stop in pairwise(model.bounds)]
    ).T
    with np.errstate(invalid="ignore"):
        turned = np.where(np.take_along_axis(loadings, first, axis=1) < 0.0, -1.0, 1.0)
    facing = target_signs(estimates.targets, turned, model)
    ends = estimates.lower * facing, estimates.upper * facing
    return estimates.replaced(
        value=estimates.value * facing,
        lower=np.where(facing < 0.0, ends[1], ends[0]),
        upper=np.where(facing < 0.0, ends[0], ends[1]),
    )
