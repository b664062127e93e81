"""GSCA with uniqueness terms (Hwang, Takane & Jung 2017), many replications at a time.

Items are Z = G C' + U D + residuals: components G of variance 1, uniquenesses U orthonormal and orthogonal to G. The
paper alternates between matrices of n rows. All that is needed of those are moments: with the components' moments with
the items, Z'G, and with each other, F = G'G, the best uniquenesses are U = Y D (D K D)^(-1/2), Y = Z - G F^-1 G'Z the
items without the components and K = Y'Y (the orthogonal Procrustes problem), so that U'Z = (D K D)^(-1/2) D K.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.composites.composite import CompositeArrays, unconnected, usable_correlations
from estimators.kernels.consistent import correct_batch
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target

#: A uniqueness under this has run to 0 and is set to it: eigenvalues, in which it enters to the fourth power, hold it
#: no better. What it would add to the loadings is its square.
LEAST_UNIQUENESS = 1e-4
#: An eigenvalue under this share of the largest is 0 but for rounding.
ROUNDING = 1e-15
#: Determinants and variances under this are 0.
SMALLEST = 1e-12
#: Rounds that acceleration looks back on, and plain rounds before it begins.
WINDOW, PLAIN = 8, 3


@dataclass(frozen=True)
class GSCAm(AlignedEstimator):
    """GSCA with a uniqueness term for every item (Hwang, Takane & Jung 2017, Frontiers in Psychology 8).

    Least squares of the items on components of variance 1 and uniquenesses that are orthogonal to them and to each
    other; as in cSEM, the structural equations do not draw on the components, and paths are OLS on the components'
    correlations. Consistent for common factors. Weights are those of composites in proportion to the loadings.
    Alternates from unit weights without uniqueness until no loading changes by `tolerance` or more. A single item has
    loading 1, and a uniqueness may end at 0. UNIDENTIFIED where a block has two items, which leave a choice of
    loadings, or n - 1 is under the number of items and components. Standard errors come from `Bootstrap`.
    """

    tolerance: float = 1e-9
    max_iterations: int = 1000

    def refusal(self, model: Model) -> str | None:
        """GSCAm needs reflective blocks, not of two items, that stand on paths."""
        for block in model.blocks:
            if block.kind != "reflective":
                return (
                    f"block {block.construct} is composite (<~), and uniqueness terms are for reflective blocks (=~); "
                    f"write `{block.construct} =~ {' + '.join(block.items)}` or choose gsca"
                )
            if len(block.items) == 2:
                return (
                    f"block {block.construct} has two items, which leave gscam a choice of loadings; "
                    "give it one item or at least three, or choose plsc"
                )
        return unconnected(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays = CompositeArrays.blank(batch, model)
        retained = batch.retained
        blocks = np.eye(len(model.blocks))[model.block_of]
        pairs = (retained.astype(np.float64) @ blocks == 2).any(axis=1)
        crowded = batch.n - 1 < retained.sum(axis=1) + len(model.blocks)
        arrays.status[(pairs | crowded) & (arrays.status == Status.OK)] = Status.UNIDENTIFIED
        items = usable_correlations(batch, arrays.status)
        settle(arrays, items, retained, blocks, self.tolerance, self.max_iterations)
        solved = (arrays.status == Status.OK)[:, None] & retained
        composites = np.where(solved, arrays.loadings, 0.0)[:, :, None] * blocks
        variances = np.diagonal(composites.swapaxes(1, 2) @ items @ composites, 0, 1, 2)
        scale = np.sqrt(np.where(variances > SMALLEST, variances, np.nan))
        arrays.weights[:] = np.where(solved, arrays.loadings / scale[:, model.block_of], np.nan)
        arrays.loadings[~retained] = np.nan
        correct_batch(arrays, np.ones_like(arrays.r2), model.path_matrix)
        return arrays.estimates(batch, model, targets, batch.moments.correlations, of_factors=True)


@dataclass(frozen=True)
class Rounds:
    """Where the alternation stands in the replications that still run.

    rows (R,): which they are; items (R, p, p); joint (R, p, m): Z'G; among (R, m, m): G'G; unique (R, p): D;
    reached, changes (R, h, size): what the last h rounds led to and by how much they changed it.
    """

    rows: np.ndarray
    items: Floats
    joint: Floats
    among: Floats
    unique: Floats
    reached: Floats
    changes: Floats

    def only(self, chosen: Bools) -> "Rounds":
        """Some of the replications."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @property
    def state(self) -> Floats:
        """Z'G, D and the correlations in G'G, a vector for each replication (R, size)."""
        lower = np.tril_indices(self.among.shape[1], -1)
        flat = self.joint.reshape(len(self.rows), self.joint.shape[1] * self.joint.shape[2])
        return np.concatenate([flat, self.unique, self.among[:, lower[0], lower[1]]], axis=1)

    def at(self, state: Floats) -> "Rounds":
        """The same replications in another state."""
        r, p, m = self.joint.shape
        joint, unique, pairs = np.split(state, [p * m, p * m + p], axis=1)
        lower, among = np.tril_indices(m, -1), np.tile(np.eye(m), (r, 1, 1))
        among[:, lower[0], lower[1]] = among[:, lower[1], lower[0]] = pairs
        return replace(self, joint=joint.reshape(r, p, m), unique=unique, among=among)


def start(items: Floats, blocks: Floats, retained: Bools) -> tuple[Rounds, Bools]:
    """Components of unit weights without uniqueness, and where they are determined (R,)."""
    r, p = retained.shape
    alone = (retained.astype(np.float64) @ blocks == 1) @ blocks.T > 0
    joint, among, sound = components(np.where(retained, 1.0, 0.0), items, items, blocks)
    size = p * blocks.shape[1] + p + blocks.shape[1] * (blocks.shape[1] - 1) // 2
    none = np.empty((r, 0, size))
    unique = np.where(retained & ~alone, 1.0, 0.0)
    return Rounds(np.arange(r), items, joint, among, unique, none, none), sound & definite(among)


def definite(among: Floats) -> Bools:
    """Where correlation matrices (R, m, m) are positive definite (R,)."""
    return np.asarray(np.linalg.eigvalsh(among)[:, 0] > SMALLEST)


def components(loadings: Floats, own: Floats, joint: Floats, blocks: Floats) -> tuple[Floats, Floats, Bools]:
    """Components in the direction of X C', of variance 1: Z'G (R, p, m) and G'G (R, m, m), from X'X and Z'X (R, p, p).

    The last is False where a component has no variance (R,).
    """
    c = loadings[:, :, None] * blocks
    products = c.swapaxes(1, 2) @ (own @ c)
    variances = np.diagonal(products, axis1=1, axis2=2)
    sound = np.asarray((variances > SMALLEST).all(axis=1))
    scale = 1.0 / np.sqrt(np.where(sound[:, None], variances, 1.0))
    among = products * scale[:, :, None] * scale[:, None, :]
    among = 0.5 * (among + among.swapaxes(1, 2))
    among[:, range(among.shape[1]), range(among.shape[1])] = 1.0
    return (joint @ c) * scale[:, None, :], among, np.asarray(sound)


def uniquenesses(now: Rounds) -> tuple[Floats, Floats, Floats]:
    """New uniquenesses D (R, p) for the components as they are, and X'X and Z'X (R, p, p) of X = Z - U D."""
    d = now.unique
    residual = now.items - now.joint @ np.linalg.solve(now.among, now.joint.swapaxes(1, 2))
    values, vectors = np.linalg.eigh(residual * d[:, :, None] * d[:, None, :])
    large = values > np.maximum(ROUNDING * values[:, -1:], 0.0)
    roots = np.where(large, 1.0 / np.sqrt(np.where(large, values, 1.0)), 0.0)
    q = (vectors * roots[:, None, :]) @ vectors.swapaxes(1, 2) @ (residual * d[:, :, None])
    own = np.diagonal(q, axis1=1, axis2=2)
    d = np.where((d > 0.0) & (own > LEAST_UNIQUENESS), own, 0.0)
    joint = now.items - q.swapaxes(1, 2) * d[:, None, :]
    squares = joint - q * d[:, :, None]
    squares[:, range(d.shape[1]), range(d.shape[1])] += d**2
    return d, squares, joint


def mixed(now: Rounds) -> Rounds:
    """The last states, mixed so that their changes cancel best (Anderson 1965); as they are where that cannot be."""
    state = now.state
    _, p, m = now.joint.shape
    steps, bends = np.diff(now.reached, axis=1), np.diff(now.changes, axis=1)
    shares = np.linalg.pinv(bends.swapaxes(1, 2), rcond=1e-10) @ now.changes[:, -1, :, None]
    ahead = state - (steps.swapaxes(1, 2) @ shares)[:, :, 0]
    place = slice(p * m, p * m + p)
    gone = state[:, place] == 0.0
    ahead[:, place] = np.where(gone, 0.0, ahead[:, place])
    trial = now.at(ahead)
    possible = (gone | (trial.unique > LEAST_UNIQUENESS)).all(axis=1) & definite(trial.among)
    # Where a mixture is impossible, the rounds before are forgotten: alike rounds have no differences to mix.
    reached = np.where(possible[:, None, None], now.reached, now.reached[:, -1:])
    changes = np.where(possible[:, None, None], now.changes, now.changes[:, -1:])
    return replace(now.at(np.where(possible[:, None], ahead, state)), reached=reached, changes=changes)


def settle(
    arrays: CompositeArrays, items: Floats, retained: Bools, blocks: Floats, tolerance: float, most: int
) -> None:
    """Alternate until no loading changes by `tolerance`; fills loadings, correlations, status and iterations."""
    now, sound = start(items, blocks, retained)
    running = arrays.status == Status.OK
    arrays.status[running & ~sound] = Status.SINGULAR
    now = now.only(running & sound)
    done = 0
    while len(now.rows) and done < most:
        done += 1
        before, loadings = now.state, (now.joint * blocks).sum(axis=2)
        unique, own, joint = uniquenesses(now)
        joint, among, sound = components(loadings, own, joint, blocks)
        now = replace(now, joint=joint, among=among, unique=unique)
        reached = (joint * blocks).sum(axis=2)
        settled = np.abs(reached - loadings).max(axis=1) < tolerance
        rows, sound = now.rows, sound & (definite(among) | settled)
        arrays.iterations[rows] = done
        arrays.status[rows[~sound]] = Status.SINGULAR
        arrays.loadings[rows[settled]] = reached[settled]
        arrays.correlations[rows[settled]] = among[settled]
        state = now.state[:, None]
        history = {
            "reached": np.concatenate([now.reached[:, -WINDOW:], state], axis=1),
            "changes": np.concatenate([now.changes[:, -WINDOW:], state - before[:, None]], axis=1),
        }
        now = replace(now, **history).only(sound & ~settled)
        if done > PLAIN and len(now.rows):
            now = mixed(now)
    arrays.status[now.rows] = Status.NOT_CONVERGED
