"""Partial least squares path modelling, mode A (Wold 1982; Lohmoeller 1989, ch. 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from estimators.base import Estimates, Status
from estimators.composites import blank_fatal, empty_blocks, no_block_short, unconnected, with_reliabilities
from estimators.kernels import pls as kernel
from estimators.solution import Solution, constant_items
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
        r, m, p = len(batch), len(model.blocks), len(model.items)
        status = constant_items(batch)
        status[empty_blocks(batch.retained, model) & (status == Status.OK)] = Status.UNIDENTIFIED
        iterations = np.zeros(r, dtype=np.int32)
        weights, loadings = np.full((r, p), np.nan), np.full((r, p), np.nan)
        correlations, paths, r2 = np.full((r, m, m), np.nan), np.full((r, m, m), np.nan), np.full((r, m), np.nan)
        kernel.pls_batch(
            batch.moments.correlations, batch.retained, model.bounds, model.path_matrix,
            SCHEMES[self.scheme], self.tolerance, self.max_iterations,
            weights, loadings, correlations, paths, r2, status, iterations,
        )  # fmt: skip
        solution = with_reliabilities(Solution(paths, loadings, correlations, r2, weights), batch, model, wanted)
        return Estimates(
            targets=wanted,
            value=blank_fatal(solution.values(model, wanted), status),
            status=status,
            retained=batch.retained,
            short=no_block_short(batch, model),
            iterations=iterations,
        )
