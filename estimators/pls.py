"""Partial least squares path modelling, mode A (Wold 1982; Lohmoeller 1989, ch. 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, Self

from estimators.base import Estimates
from estimators.composites import CompositeArrays, unconnected
from estimators.kernels import pls as kernel
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target

Scheme = Literal["path", "centroid", "factorial"]
SCHEMES: dict[Scheme, int] = {"path": kernel.PATH, "centroid": kernel.CENTROID, "factorial": kernel.FACTORIAL}


@dataclass(frozen=True)
class PLS:
    """PLS on the items' correlations: composites of mode A, inner weights by `scheme`, paths by OLS on composites.

    Iterates from unit weights until no standardised weight changes by `tolerance` or more; the defaults are SmartPLS's
    tolerance and limit. Composite loadings are item-composite correlations. No sign is changed afterwards. Standard
    errors come from `Bootstrap`.
    """

    scheme: Scheme = "path"
    tolerance: float = 1e-7
    max_iterations: int = 300

    def refusal(self, model: Model) -> str | None:
        """PLS needs every construct on some path."""
        return unconnected(model)

    def without_inference(self) -> Self:
        """PLS alone gives values only."""
        return self

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        return self._solved(batch, model).estimates(batch, model, wanted, batch.moments.correlations)

    def solve(self, batch: Batch, model: Model) -> CompositeArrays:
        """The whole PLS solution of every replication, the caller's to change."""
        return self._solved(batch, model).copied()

    def _solved(self, batch: Batch, model: Model) -> CompositeArrays:
        """The same solution, shared by all methods that start from it."""
        settings = tuple(getattr(self, part.name) for part in fields(PLS))
        key = (PLS, settings, model.syntax, batch.retained.tobytes())
        return batch.once(key, lambda: self._solve(batch, model))

    def _solve(self, batch: Batch, model: Model) -> CompositeArrays:
        arrays = CompositeArrays.blank(batch, model)
        kernel.pls_batch(
            batch.moments.correlations, batch.retained, model.bounds, model.path_matrix,
            SCHEMES[self.scheme], self.tolerance, self.max_iterations,
            arrays.weights, arrays.loadings, arrays.correlations, arrays.paths, arrays.r2,
            arrays.status, arrays.iterations,
        )  # fmt: skip
        return arrays
