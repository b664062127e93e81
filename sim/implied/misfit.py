"""How far a covariance matrix is from a model: the least maximum likelihood discrepancy, for populations."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sim.batch import Bools, Floats
from sim.model import Model
from sim.structures.structure import Structure

_MOST_STEPS, _TOLERANCE = 200, 1e-13
#: The same where the parameters themselves are wanted, which are its roots.
_EXACTLY = 1e-22


@dataclass(frozen=True)
class _Free:
    """What of the parameters is free.

    loadings (p,), errors (p,), paths (m, m) as [outcome, predictor]; pairs of constructs and of items, first index
    lower, whose (residual) covariances are. Every construct's (residual) variance is free, one loading of each block is
    not.
    """

    loadings: Bools
    errors: Bools
    paths: Bools
    constructs: tuple[tuple[int, int], ...]
    items: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, model: Model, markers: Floats) -> "_Free":
        """What maximum likelihood frees: see `population_rmsea`. markers: the items whose loadings are fixed."""
        place, has_path = model.constructs.index, model.path_matrix
        endogenous, predicts = has_path.any(axis=1), has_path.any(axis=0)
        pairs = [(place(a), place(b)) for a, b in model.covariances if a in model.constructs]
        pairs += combinations(np.flatnonzero(~endogenous).tolist(), 2)
        pairs += combinations(np.flatnonzero(endogenous & ~predicts).tolist(), 2)
        items = [(model.items.index(a), model.items.index(b)) for a, b in model.covariances if a in model.items]
        alone = np.diff(model.bounds)[model.block_of] == 1
        loadings = ~np.isin(np.arange(len(alone)), markers)
        return cls(loadings, ~alone, has_path, tuple(dict.fromkeys(map(_rising, pairs))), tuple(map(_rising, items)))


@dataclass(frozen=True)
class _Point:
    """Parameters: loadings (p,), paths (m, m), (residual) covariances of constructs (m, m) and of errors (p, p)."""

    loadings: Floats
    paths: Floats
    constructs: Floats
    errors: Floats


def population_rmsea(structure: Structure, covariance: Floats) -> float:
    """RMSEA of the structure's model where items have this covariance matrix (p, p): sqrt(F / df), least F.

    F = ln|Sigma(theta)| + tr(S Sigma(theta)^-1) - ln|S| - p over all theta (Browne & Cudeck 1993): loadings, error
    variances, paths, covariances of exogenous constructs, residual covariances of constructs that are outcomes only,
    and every `~~` of the model. An item alone in its block has no error. The search begins at the structure's own
    numbers. NaN where the model has no degrees of freedom.
    """
    freedom = degrees_of_freedom(structure.model)
    return float(np.sqrt(max(least_discrepancy(structure, covariance), 0.0) / freedom)) if freedom > 0 else np.nan


def degrees_of_freedom(model: Model) -> int:
    """Moments less parameters."""
    free, p = _Free.of(model, _markers(model, np.ones(len(model.items)))), len(model.items)
    parameters = free.loadings.sum() + free.errors.sum() + free.paths.sum() + len(model.blocks)
    return int(p * (p + 1) // 2 - parameters - len(free.constructs) - len(free.items))


def least_discrepancy(structure: Structure, covariance: Floats) -> float:
    """The least maximum likelihood discrepancy, by Fisher scoring with halved steps."""
    free = _Free.of(structure.model, _markers(structure.model, structure.loadings))
    return _nearest(structure.model, free, _start(structure, free), covariance)[1]


@dataclass(frozen=True)
class Nearest:
    """What a model makes of a correlation matrix by maximum likelihood, standardised.

    loadings (p,), paths (m, m) as [outcome, predictor], correlations of constructs (m, m); furthest: the largest
    distance of an implied correlation from the given one.
    """

    loadings: Floats
    paths: Floats
    correlations: Floats
    furthest: float


def nearest(model: Model, correlations: Floats) -> Nearest | None:
    """The model's parameters nearest to a correlation matrix (p, p); None where the search ends in no solution.

    Only models of reflective blocks of the first order are meant.
    """
    of_item, m = model.block_of, len(model.constructs)
    ends = list(zip(model.bounds[:-1], model.bounds[1:], strict=True))
    own = np.empty(len(of_item))
    for start, end in ends:
        values, vectors = np.linalg.eigh(correlations[start:end, start:end])
        own[start:end] = vectors[:, -1] * np.sqrt(values[-1]) * (1.0 if vectors[:, -1].sum() >= 0 else -1.0)
    free = _Free.of(model, _markers(model, own))
    own = np.where(free.errors, 0.8 * own, 1.0)
    errors = np.diag(np.where(free.errors, np.maximum(1.0 - own**2, 0.05), 0.0))
    point = _Point(own, np.zeros((m, m)), np.eye(m), errors)
    with np.errstate(all="ignore"):
        try:
            point, lowest = _nearest(model, free, point, correlations, _EXACTLY)
        except np.linalg.LinAlgError:
            return None
    if not np.isfinite(lowest):
        return None
    total = np.linalg.inv(np.eye(m) - point.paths)
    phi = total @ point.constructs @ total.T
    if not np.all(np.diag(phi) > 0):
        return None
    sds = np.sqrt(np.diag(phi))
    implied, _ = _implied(model, point, free)
    return Nearest(
        point.loadings * sds[of_item],
        point.paths * sds / sds[:, None],
        phi / np.outer(sds, sds),
        float(np.abs(implied - correlations).max()),
    )


def _nearest(
    model: Model, free: _Free, point: _Point, covariance: Floats, tolerance: float = _TOLERANCE
) -> tuple[_Point, float]:
    """The parameters with the least discrepancy that is found from a start, and the discrepancy."""
    implied, slopes = _implied(model, point, free)
    lowest = _discrepancy(implied, covariance)
    for _ in range(_MOST_STEPS):
        precision = np.linalg.inv(implied)
        weighted = precision @ slopes
        apart = precision @ (implied - covariance)
        gradient = np.einsum("kab,ba->k", weighted, apart)
        k = len(slopes)
        information = weighted.reshape(k, -1) @ weighted.transpose(0, 2, 1).reshape(k, -1).T
        step = -np.linalg.lstsq(information, gradient, rcond=1e-12)[0]
        if -gradient @ step < tolerance:
            break
        for halvings in range(40):
            moved = _moved(point, free, step / 2**halvings)
            nearby, _ = _implied(model, moved, free)
            if (value := _discrepancy(nearby, covariance)) < lowest:
                break
        else:
            break
        point, lowest = moved, value
        implied, slopes = _implied(model, point, free)
    return point, lowest


def _markers(model: Model, loadings: Floats) -> Floats:
    """The item of each block with the largest loading (m,)."""
    ends = zip(model.bounds[:-1], model.bounds[1:], strict=True)
    return np.array([start + int(np.argmax(np.abs(loadings[start:end]))) for start, end in ends])


def _start(structure: Structure, free: _Free) -> _Point:
    """The population's parameters as far as they are free; an item alone is its construct."""
    own = np.where(free.errors, structure.loadings, 1.0)
    errors = np.diag(np.where(free.errors, np.maximum(1.0 - own**2, 0.01), 0.0))
    disturbances = np.diag(np.maximum(np.diag(structure.disturbances), 0.01))
    for i, k in free.constructs:
        disturbances[i, k] = disturbances[k, i] = structure.disturbances[i, k]
    for i, k in free.items:
        errors[i, k] = errors[k, i] = structure.error_covariances[i, k]
    return _Point(own, structure.paths, disturbances, errors)


def _implied(model: Model, point: _Point, free: _Free) -> tuple[Floats, Floats]:
    """Implied covariances (p, p) and their slopes (k, p, p) in the free parameters, in the order of `_moved`."""
    of_item, p = model.block_of, len(model.items)
    total = np.linalg.inv(np.eye(len(point.paths)) - point.paths)
    phi = total @ point.constructs @ total.T
    measured = point.loadings[:, None] * total[of_item]  # what items are of (residual) constructs
    beside = point.loadings[:, None] * phi[of_item]  # covariances of items with constructs
    implied = point.loadings[:, None] * beside[:, of_item].T + point.errors
    unit = np.eye(p)
    halves = [np.outer(unit[i], beside[:, of_item[i]]) for i in np.flatnonzero(free.loadings)]
    halves += [np.outer(measured[:, j], beside[:, k]) for j, k in np.argwhere(free.paths)]
    halves += [np.outer(measured[:, j], measured[:, j]) / 2 for j in range(len(phi))]
    halves += [np.outer(measured[:, j], measured[:, k]) for j, k in free.constructs]
    halves += [np.outer(unit[i], unit[i]) / 2 for i in np.flatnonzero(free.errors)]
    halves += [np.outer(unit[i], unit[k]) for i, k in free.items]
    slopes = np.array(halves)
    return implied, slopes + slopes.transpose(0, 2, 1)


def _moved(point: _Point, free: _Free, step: Floats) -> _Point:
    """The parameters after a step (k,)."""
    loadings, paths = point.loadings.copy(), point.paths.copy()
    constructs, errors = point.constructs.copy(), point.errors.copy()
    m = len(paths)
    counts = [int(free.loadings.sum()), int(free.paths.sum()), m, len(free.constructs), int(free.errors.sum())]
    of_loadings, of_paths, of_variances, of_constructs, of_errors, of_items = np.split(step, np.cumsum(counts))
    loadings[free.loadings] += of_loadings
    paths[free.paths] += of_paths
    constructs[np.arange(m), np.arange(m)] += of_variances
    errors[np.flatnonzero(free.errors), np.flatnonzero(free.errors)] += of_errors
    for matrix, pairs, moves in ((constructs, free.constructs, of_constructs), (errors, free.items, of_items)):
        for (i, k), move in zip(pairs, moves, strict=True):
            matrix[i, k] += move
            matrix[k, i] += move
    return _Point(loadings, paths, constructs, errors)


def _discrepancy(implied: Floats, covariance: Floats) -> float:
    """ln|Sigma| + tr(S Sigma^-1) - ln|S| - p; infinite where the implied matrix is not positive definite."""
    try:
        root = np.linalg.cholesky(implied)
    except np.linalg.LinAlgError:
        return np.inf
    between = np.linalg.solve(root, np.linalg.solve(root, covariance).T)
    return float(np.trace(between) - np.linalg.slogdet(between)[1] - len(implied))


def _rising(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)
