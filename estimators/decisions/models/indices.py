"""Modification indices: what the chi-square of a factor model would about fall by if a parameter were freed."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from estimators.factors.minimum import Minimum
from estimators.factors.spread import implied_covariances, square_slopes
from estimators.factors.structure import error_pairs, structure_of
from estimators.kernels.derivatives import derivatives
from sim.batch import Batch, Floats
from sim.model import Model

#: What is left of a parameter's information, as a share of it, that is no more than rounding error.
_DEPENDENT = 1e-10


def error_candidates(model: Model) -> list[tuple[int, int]]:
    """Pairs of items of one block (of three or more) whose errors do not covary yet."""
    written = {frozenset(map(int, pair)) for pair in error_pairs(model)}
    blocks = [range(int(lower), int(upper)) for lower, upper in zip(model.bounds, model.bounds[1:], strict=False)]
    pairs = [pair for block in blocks if len(block) > 2 for pair in combinations(block, 2)]
    return [pair for pair in pairs if frozenset(pair) not in written]


def error_modifications(found: Minimum, batch: Batch, model: Model, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Modification indices (R, e) of the error covariances of `pairs` at the maximum of the likelihood.

    The score test n g^2 / (I_tt - I_tu I_uu^-1 I_ut) of Sorbom (1989, Psychometrika 54, 371-384) with the expected
    information; g and I of one respondent. NaN where an item is not retained or alone in its block, where the freed
    parameter would not be identified beside the others, and in replications with a fatal status.
    """
    index = np.full((len(batch), len(pairs)), np.nan)
    for r in np.flatnonzero(~np.isnan(found.discrepancy)):
        index[r] = _of_data_set(found, batch.moments.correlations[r], int(r), float(batch.n), model, pairs)
    return index


def _of_data_set(
    found: Minimum, sample: Floats, r: int, n: float, model: Model, pairs: Sequence[tuple[int, int]]
) -> Floats:
    retained = found.retained[r]
    kept = np.flatnonzero(retained)
    p = len(kept)
    k = int(p * (p + 1) / 2 - found.df[r])
    jacobian = np.empty((p * (p + 1) // 2, k))
    none = np.empty((0, 4), dtype=np.int64)
    derivatives(found.parameters[r, :k], retained, structure_of(model), none, jacobian, np.empty((0, k)))
    precision = np.linalg.inv(implied_covariances(jacobian, p))
    slopes = precision @ square_slopes(jacobian, p) @ precision
    gradient = precision @ sample[np.ix_(kept, kept)] @ precision - precision
    information = 0.5 * np.einsum("tij,uij->tu", slopes, square_slopes(jacobian, p))
    rows, columns, usable = _places(retained, model, pairs)
    own = precision[rows, rows] * precision[columns, columns] + precision[rows, columns] ** 2
    across = slopes[:, rows, columns]
    try:
        explained = (across * np.linalg.solve(information, across)).sum(axis=0)
    except np.linalg.LinAlgError:
        return np.full(len(pairs), np.nan)
    left = own - explained
    fine = usable & (left > _DEPENDENT * own)
    return np.where(fine, n * gradient[rows, columns] ** 2 / np.where(fine, left, 1.0), np.nan)


def _places(
    retained: NDArray[np.bool_], model: Model, pairs: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Where the items of pairs stand among the retained ones, and whether both are there and have errors."""
    place = np.cumsum(retained) - 1
    left = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1])
    both = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    usable = retained[both].all(axis=1) & (left[model.block_of[both[:, 0]]] > 1)
    at = np.where(usable[:, None], place[both], 0)
    return at[:, 0], at[:, 1], usable
