"""GSCA with uniqueness terms (Hwang, Takane & Jung 2017)."""

from dataclasses import dataclass

import numpy as np

from estimators.base import Estimates, Status, beyond_names
from estimators.composites.composite import CompositeArrays, unconnected, usable_correlations
from estimators.composites.fitted import FittedComposites
from estimators.kernels.consistent import correct_batch
from estimators.kernels.gscam import gscam_batch
from estimators.shared.errors import dependent_errors
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target

#: Variances under this are 0.
SMALLEST = 1e-12


@dataclass(frozen=True)
class GSCAm(FittedComposites):
    """GSCA with a uniqueness term for every item (Hwang, Takane & Jung 2017, Frontiers in Psychology 8).

    Least squares of the items on components of variance 1 and uniquenesses that are orthogonal to them and to each
    other; as in cSEM, the structural equations do not draw on the components, and paths are OLS on the components'
    correlations. Consistent for common factors. Weights are those of composites in proportion to the loadings.
    Alternates from unit weights without uniqueness until no loading changes by `tolerance` or more; the rounds may have
    several ends, and the one is taken that they lead to from there. A single item has loading 1 and no uniqueness, and
    the uniqueness of any item may end at 0. UNIDENTIFIED where a block has two items, which leave a choice of
    loadings, or n - 1 is under the number of items and components. Standard errors come from `Bootstrap`.
    """

    tolerance: float = 1e-9
    max_iterations: int = 1000

    def refusal(self, model: Model) -> str | None:
        """GSCAm needs reflective blocks, not of two items, that stand on paths, and independent errors."""
        if told := beyond_names(model, "GSCAm") or dependent_errors(model, "GSCAm", ("ml", "sam", "miiv")):
            return told
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
        arrays = self.fitted_arrays(batch, model)
        return arrays.estimates(batch, model, targets, batch.moments.correlations, of_factors=True, fitted=True)

    def fitted_arrays(self, batch: Batch, model: Model) -> CompositeArrays:
        """The solution of every replication."""
        arrays = CompositeArrays.blank(batch, model)
        retained = batch.retained
        blocks = np.eye(len(model.blocks))[model.block_of]
        pairs = (retained.astype(np.float64) @ blocks == 2).any(axis=1)
        crowded = batch.n - 1 < retained.sum(axis=1) + len(model.blocks)
        arrays.status[(pairs | crowded) & (arrays.status == Status.OK)] = Status.UNIDENTIFIED
        items = usable_correlations(batch, arrays.status)
        gscam_batch(
            batch.moments.correlations, retained, model.bounds, self.tolerance, self.max_iterations,
            arrays.loadings, arrays.correlations, arrays.status, arrays.iterations,
        )  # fmt: skip
        solved = (arrays.status == Status.OK)[:, None] & retained
        composites = np.where(solved, arrays.loadings, 0.0)[:, :, None] * blocks
        variances = np.diagonal(composites.swapaxes(1, 2) @ items @ composites, 0, 1, 2)
        scale = np.sqrt(np.where(variances > SMALLEST, variances, np.nan))
        arrays.weights[:] = np.where(solved, arrays.loadings / scale[:, model.block_of], np.nan)
        arrays.loadings[~retained] = np.nan
        correct_batch(arrays, np.ones_like(arrays.r2), model.path_matrix)
        return arrays
