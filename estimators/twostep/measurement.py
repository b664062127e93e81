"""The measurement step of the two-step methods: every block by maximum likelihood, alone where that is possible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.composites.composite import empty_blocks
from estimators.factors.minimum import minimise
from estimators.factors.structure import error_pairs
from estimators.kernels.onefactor import BlockFits, fit_blocks
from estimators.solution import check_first_order, constant_items
from sim.batch import Batch, Bools, Floats, Moments
from sim.model import Model

#: How near to its end the measurement of one block comes, in standard errors.
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Measurement:
    """The measurement models of R data sets, items standardised (R is fitted), construct variances 1.

    loadings, errors (variances) (R, p); error_covariances (R, e), 0 where they fell away; group (R, m): blocks
    of one number were measured together; correlations (R, m, m) of constructs measured together, 0 with all others.
    A block's smallest number is its group's; status, iterations (R,).
    """

    loadings: Floats
    errors: Floats
    error_covariances: Floats
    group: NDArray[np.int64]
    correlations: Floats
    status: NDArray[np.int8]
    iterations: NDArray[np.int32]


def measure(batch: Batch, model: Model, max_iterations: int = 500) -> Measurement:
    """ML of the measurement models from the items' correlations.

    A block of three or more items is measured alone, one of a single item is that item. Two items, or three with an
    error covariance, do not determine their loadings: such a block is measured together with the blocks its construct
    has a path with (with all, where it has none), and blocks whose errors covary are measured together, their
    constructs correlating freely.

    Alone: where the minimum has a negative error variance, the best solution with none stands, one error variance being
    0, under INADMISSIBLE. Together: as `MaximumLikelihood` keeps it. Fatal: CONSTANT_ITEM; UNIDENTIFIED, an empty block
    or too few items in all; SINGULAR, correlations in a block, or in blocks together, that are not positive definite;
    NOT_CONVERGED.
    """
    check_first_order(model)
    r, m, p = len(batch), len(model.blocks), len(model.items)
    status = constant_items(batch)
    status[empty_blocks(batch.retained, model) & (status == Status.OK)] = Status.UNIDENTIFIED
    group = np.tile(np.arange(m), (r, 1))
    alone = np.ones((r, m), dtype=bool)
    correlations = np.tile(np.eye(m), (r, 1, 1))
    found = Measurement(
        np.full((r, p), np.nan), np.full((r, p), np.nan), np.zeros((r, len(error_pairs(model)))), group, correlations,
        status, np.zeros(r, dtype=np.int32),
    )  # fmt: skip
    kinds, kind_of = _kinds(batch.retained, model)
    together = [_groups(kind, model) for kind in kinds]
    for kind, sets in enumerate(together):
        for members in sets:
            rows = kind_of == kind
            group[np.ix_(rows, members)] = members[0]
            alone[np.ix_(rows, members)] = False
    fit_blocks(
        batch.moments.correlations, batch.retained, model.bounds, alone, TOLERANCE, max_iterations,
        BlockFits(found.loadings, found.errors, status, found.iterations),
    )  # fmt: skip
    for kind, sets in enumerate(together):
        for members in sets:
            _measure_together(np.flatnonzero(kind_of == kind), members, batch, model, max_iterations, found)
    return found


def alive_pairs(retained: Bools, model: Model) -> Bools:
    """Error covariances that have both their errors left (R, e): neither item dropped nor alone in its block."""
    counts = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1], axis=1)[:, model.block_of]
    measured = retained & (counts > 1)
    first, second = error_pairs(model).T
    # Row by row, as the kernels that take it were compiled for.
    return np.ascontiguousarray(measured[:, first] & measured[:, second])


def _kinds(retained: Bools, model: Model) -> tuple[Bools, NDArray[np.int64]]:
    """The different (k, m + e) rows of [block is short, error covariance is alive], and which a row has (R,).

    A block is short where its items' correlations are fewer than its loadings and error covariances: two items, or
    three with an error covariance.
    """
    counts = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1], axis=1)
    alive, blocks = alive_pairs(retained, model), model.block_of[error_pairs(model)]
    within = (blocks[:, 0] == blocks[:, 1])[:, None] & (blocks[:, :1] == np.arange(len(model.blocks)))
    short = (counts > 1) & (counts * (counts - 1) // 2 - alive.astype(np.int64) @ within < counts)
    kinds, kind_of = np.unique(np.hstack([short, alive]), axis=0, return_inverse=True)
    return kinds, kind_of.reshape(-1)


def _groups(kind: Bools, model: Model) -> list[list[int]]:
    """Sets of blocks that are measured by the joint engine, each in ascending order."""
    m = len(model.blocks)
    links = np.zeros((m, m), dtype=bool)
    for j in np.flatnonzero(kind[:m]):
        neighbours = model.path_matrix[j] | model.path_matrix[:, j]
        links[j] |= neighbours if neighbours.any() else True
        links[j, j] = True
    for (first, second), alive in zip(error_pairs(model), kind[m:], strict=True):
        links[model.block_of[first], model.block_of[second]] |= alive
    links |= links.T
    for middle in range(m):
        links |= links[:, middle, None] & links[middle]
    return [np.flatnonzero(row).tolist() for j, row in enumerate(links) if row[j] and not row[:j].any()]


def submodel(model: Model, members: list[int]) -> Model:
    """The measurement model of some blocks: freely correlating constructs, the error covariances within them."""
    blocks = tuple(model.blocks[j] for j in members)
    items = {item for block in blocks for item in block.items}
    return Model(blocks, (), tuple(pair for pair in model.error_covariances if set(pair) <= items))


def _measure_together(
    rows: NDArray[np.int64], members: list[int], batch: Batch, model: Model, limit: int, found: Measurement
) -> None:
    """Measures some blocks of some data sets in one factor model, and writes it into `found`."""
    part = submodel(model, members)
    items = np.flatnonzero(np.isin(model.block_of, members))
    pairs, own_pairs = error_pairs(model), error_pairs(part)
    places = np.flatnonzero(np.isin(pairs, items).all(axis=1))
    chosen = np.array(members)
    moments = Moments(np.zeros((len(rows), len(items))), batch.moments.correlations[np.ix_(rows, items, items)], np.inf)
    together = Batch.of_moments(moments).keep(batch.retained[np.ix_(rows, items)])
    fitted = minimise(together, part, TOLERANCE, limit, np.inf, None)[0]
    status = np.maximum(found.status[rows], fitted.status)
    found.status[rows] = status
    found.iterations[rows] += fitted.iterations
    good = status <= Status.INADMISSIBLE
    use, scales = rows[good], fitted.scales
    found.loadings[np.ix_(use, items)] = (scales * fitted.loadings)[good]
    found.errors[np.ix_(use, items)] = (scales**2 * (1.0 - fitted.loadings**2))[good]
    found.correlations[np.ix_(use, chosen, chosen)] = fitted.correlations[good]
    whole = np.nan_to_num(scales)  # the error covariances of an item not retained are 0
    for e, (place, (first, second)) in enumerate(zip(places, own_pairs, strict=True)):
        covariance = fitted.error_covariances[:, e] * whole[:, first] * whole[:, second]
        found.error_covariances[use, place] = covariance[good]


def mapping(found: Measurement, retained: Bools, model: Model) -> Floats:
    """M = (L'Theta^-1 L)^-1 L'Theta^-1, from items to Bartlett scores (R, m, p), with M L = 1 (Bartlett 1937).

    Where an error variance is 0 the limit: that item alone, divided by its loading.
    """
    matrix = np.zeros((len(retained), len(model.blocks), len(model.items)))
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = retained & (found.errors == 0.0)
        information = np.where(retained & ~exact, found.loadings**2 / found.errors, 0.0)
        share = information / np.add.reduceat(information, model.bounds[:-1], axis=1)[:, model.block_of]
        has_exact = np.logical_or.reduceat(exact, model.bounds[:-1], axis=1)[:, model.block_of]
        weights = np.where(retained, np.where(has_exact, exact, share) / found.loadings, 0.0)
    matrix[:, model.block_of, np.arange(len(model.items))] = weights
    alive = alive_pairs(retained, model)
    for r in np.flatnonzero(alive.any(axis=1) & (found.status <= Status.INADMISSIBLE)):
        _map_correlated(matrix[r], found, int(r), alive[r], retained[r], model)
    return matrix


def _map_correlated(matrix: Floats, found: Measurement, r: int, alive: Bools, retained: Bools, model: Model) -> None:
    """M of the blocks whose errors covary, in one data set."""
    linked = np.isin(np.arange(len(model.blocks)), model.block_of[error_pairs(model)[alive]])
    items = np.flatnonzero(retained & linked[model.block_of])
    constructs = np.flatnonzero(linked)
    loadings = np.where(model.block_of[items][:, None] == constructs, found.loadings[r, items, None], 0.0)
    weighted = np.linalg.solve(error_matrix(found, model)[r][np.ix_(items, items)], loadings)
    matrix[np.ix_(constructs, items)] = np.linalg.solve(loadings.T @ weighted, weighted.T)


def error_matrix(found: Measurement, model: Model) -> Floats:
    """Theta (R, p, p), 0 for items not retained."""
    p = len(model.items)
    theta = np.nan_to_num(found.errors)[:, :, None] * np.eye(p)
    for e, (first, second) in enumerate(error_pairs(model)):
        theta[:, first, second] = theta[:, second, first] = found.error_covariances[:, e]
    return theta
