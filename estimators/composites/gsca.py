"""Generalized structured component analysis (Hwang & Takane 2004)."""

from dataclasses import dataclass

from estimators.base import Estimates, beyond_names
from estimators.composites.composite import CompositeArrays, blocks_of
from estimators.composites.fitted import FittedComposites
from estimators.kernels.gsca import gsca_batch
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class GSCA(FittedComposites):
    """GSCA on the items' correlations (Hwang & Takane 2004, Psychometrika 69).

    Components of variance 1 minimise the sum of squares that is left of the items of reflective blocks, each predicted
    by its own component, and of the components that paths lead to, together. Items of composite blocks (`<~`) only form
    theirs. Iterates from unit weights until no standardised weight changes by `tolerance` or more. Loadings are
    item-component correlations. No sign is changed afterwards. A block of linearly dependent items is SINGULAR.
    Standard errors come from `Bootstrap`.
    """

    tolerance: float = 1e-7
    max_iterations: int = 300

    def refusal(self, model: Model) -> str | None:
        """A component that neither predicts items nor stands on a path is not defined."""
        if told := beyond_names(model, "GSCA", self):
            return told
        for block in model.blocks:
            if block.kind == "composite" and block.construct not in model.linked:
                return (
                    f"block {block.construct} is composite (<~) and stands on no path, so nothing determines it; "
                    f"add a path or write `{block.construct} =~ {' + '.join(block.items)}`"
                )
        return None

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays = self.fitted_arrays(batch, model)
        return arrays.estimates(batch, model, targets, batch.moments.correlations, fitted=True)

    def fitted_arrays(self, batch: Batch, model: Model) -> CompositeArrays:
        """The solution of every replication."""
        arrays = CompositeArrays.blank(batch, model)
        gsca_batch(
            batch.moments.correlations, batch.retained, blocks_of(model), model.reflective,
            self.tolerance, self.max_iterations, arrays,
        )  # fmt: skip
        return arrays
