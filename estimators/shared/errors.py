"""Errors that covary: which items' do, and which methods cannot have them."""

from collections.abc import Sequence

import numpy as np

from sim.batch import Bools
from sim.model import Model


def joined(model: Model) -> Bools:
    """Items whose errors covary (p, p)."""
    place, pairs = model.items.index, np.zeros((len(model.items), len(model.items)), dtype=bool)
    for first, second in model.error_covariances:
        pairs[place(first), place(second)] = pairs[place(second), place(first)] = True
    return pairs


def reaching(model: Model) -> Bools:
    """Element (j, a): construct j is a, or paths lead from a to it (m, m)."""
    reaches = np.eye(len(model.constructs), dtype=bool)
    for j in model.causal_order:
        reaches[j] |= reaches[model.path_matrix[j]].any(axis=0)
    return reaches


def confounded(model: Model) -> tuple[str, str] | None:
    """A written covariance of constructs by which a residual covaries with a predictor of its outcome, or None.

    Least squares of that outcome then misses its paths. Of outcomes that do not lead to each other it does not.
    """
    reaches, place = reaching(model), model.constructs.index
    for pair in model.covariances:
        if pair[0] not in model.constructs:
            continue
        for outcome, other in (map(place, pair), map(place, pair[::-1])):
            if reaches[model.path_matrix[outcome], other].any():
                return pair
    return None


def dependent_errors(model: Model, method: str, others: Sequence[str], within: bool = False) -> str | None:
    """The refusal of a `method` that takes errors and residuals to be uncorrelated, or None; `others` can have them.

    within: errors of two items of one block may covary, where some pair of the block is left whose errors do not.
    """
    place, reflective = model.items.index, model.reflective
    choose = f"choose {', '.join(others[:-1])} or {others[-1]}"
    for pair in model.error_covariances:
        first, second = (model.block_of[place(item)] for item in pair)
        if (within and first == second) or not (reflective[first] or reflective[second]):
            continue
        only = " of items of different constructs" if within else ""
        return f"`{' ~~ '.join(pair)}`: {method} takes errors{only} to be uncorrelated; remove it or {choose}"
    if harmful := confounded(model):
        return (
            f"`{' ~~ '.join(harmful)}`: {method} takes a residual to be uncorrelated with what predicts its outcome; "
            f"remove it or {choose}"
        )
    alike = joined(model) | np.eye(len(model.items), dtype=bool)
    for block, own in zip(model.blocks, map(slice, model.bounds[:-1], model.bounds[1:]), strict=True):
        if block.kind == "reflective" and len(block.items) > 1 and alike[own, own].all():
            return (
                f"the errors of all items of {block.construct} covary, so that nothing tells its reliability; "
                f"remove some of these covariances or {choose}"
            )
    return None
