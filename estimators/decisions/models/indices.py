"""Modification indices: what the chi-square of a factor model would about fall by if a parameter were freed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.factors.minimum import Minimum
from estimators.factors.spread import implied_covariances, square_slopes
from estimators.factors.structure import structure_of
from estimators.kernels.derivatives import derivatives
from sim.batch import Batch, Floats
from sim.model import Model

#: What is left of a parameter's information, as a share of it, that is no more than rounding error.
DEPENDENT = 1e-10


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


def loading_modifications(
    found: Minimum, batch: Batch, model: Model, places: Sequence[tuple[int, int]], rows: Sequence[int]
) -> Floats:
    """Modification indices (R, e) of loadings, (construct, item) each, at the maximum of the likelihood, in `rows`.

    The score test as in `error_modifications`, whatever the sign of the loading. NaN in other rows, where the item or
    the construct is left alone with the other in a block of one, and as there.
    """
    index = np.full((len(batch), len(places)), np.nan)
    constructs, items = np.array(places, dtype=np.intp).reshape(-1, 2).T
    for r in rows:
        retained = found.retained[r]
        left = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1]) > 1
        usable = retained[items] & left[constructs] & left[model.block_of[items]]
        at = np.where(usable, np.cumsum(retained)[items] - 1, 0)
        with_constructs = found.loadings[r][:, None] * found.correlations[r][model.block_of]
        with_constructs = (found.scales[r][:, None] * with_constructs)[retained]
        point = _point(found, batch.moments.correlations[r], int(r), model)
        turned = point.precision @ with_constructs
        own = np.diagonal(point.precision)[at] * (with_constructs * turned).sum(axis=0)[constructs]
        own = own + turned[at, constructs] ** 2
        score = (point.gradient @ with_constructs)[at, constructs]
        across = (point.slopes @ with_constructs)[:, at, constructs]
        index[r] = _tests(point, score, own, across, usable, float(batch.n))
    return index


class _Point(NamedTuple):
    """The likelihood at the parameters of one data set, in units of the sample's standard deviations.

    precision P = Sigma^-1 and gradient P S P - P (p, p); slopes P D_t P (k, p, p) and information (k, k) of the
    parameters with derivatives D_t.
    """

    precision: Floats
    gradient: Floats
    slopes: Floats
    information: Floats


def _point(found: Minimum, sample: Floats, r: int, model: Model) -> _Point:
    retained = found.retained[r]
    kept = np.flatnonzero(retained)
    p = len(kept)
    k = int(p * (p + 1) / 2 - found.df[r])
    jacobian = np.empty((p * (p + 1) // 2, k))
    none = np.empty((0, 4), dtype=np.int64)
    derivatives(found.parameters[r, :k], retained, structure_of(model), none, jacobian, np.empty((0, k)))
    precision = np.asarray(np.linalg.inv(implied_covariances(jacobian, p)), dtype=np.float64)
    slopes = precision @ square_slopes(jacobian, p) @ precision
    gradient = precision @ sample[np.ix_(kept, kept)] @ precision - precision
    information = 0.5 * np.einsum("tij,uij->tu", slopes, square_slopes(jacobian, p))
    return _Point(precision, gradient, slopes, information)


def _tests(point: _Point, score: Floats, own: Floats, across: Floats, usable: NDArray[np.bool_], n: float) -> Floats:
    """Score tests (e,) from scores and information (e,) and information with the parameters (k, e)."""
    try:
        explained = (across * np.linalg.solve(point.information, across)).sum(axis=0)
    except np.linalg.LinAlgError:
        return np.full(len(score), np.nan)
    left = own - explained
    fine = usable & (left > DEPENDENT * own)
    return np.where(fine, n * score**2 / np.where(fine, left, 1.0), np.nan)


def _of_data_set(
    found: Minimum, sample: Floats, r: int, n: float, model: Model, pairs: Sequence[tuple[int, int]]
) -> Floats:
    point = _point(found, sample, r, model)
    rows, columns, usable = _places(found.retained[r], model, pairs)
    precision = point.precision
    own = precision[rows, rows] * precision[columns, columns] + precision[rows, columns] ** 2
    return _tests(point, point.gradient[rows, columns], own, point.slopes[:, rows, columns], usable, n)


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
