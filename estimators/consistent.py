"""Consistent partial least squares (Dijkstra & Henseler 2015)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from estimators.base import Estimates
from estimators.composites import unconnected
from estimators.kernels.consistent import disattenuate
from estimators.pls import PLS, Scheme
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class ConsistentPLS:
    """PLS corrected for attenuation by rho_A: consistent for common factors measured by reflective blocks.

    Mode A weights as in `PLS`; reflective blocks' correlations are divided by the square roots of their rho_A, loadings
    are w sqrt(rho_A) / w'w, paths are OLS on the corrected correlations. AVE and composite reliability are those of the
    corrected loadings. Composite blocks (`<~`) and single items are left as they are.
    """

    scheme: Scheme = "path"
    tolerance: float = 1e-7
    max_iterations: int = 300

    def refusal(self, model: Model) -> str | None:
        """Like PLS, it needs every construct on some path."""
        return unconnected(model)

    def without_inference(self) -> Self:
        """Consistent PLS alone gives values only."""
        return self

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        wanted = model.targets if targets is None else tuple(targets)
        arrays = PLS(self.scheme, self.tolerance, self.max_iterations).solve(batch, model)
        rho = np.full(arrays.r2.shape, np.nan)
        disattenuate(
            batch.moments.correlations, batch.retained, model.bounds, model.path_matrix, model.reflective,
            arrays.weights, arrays.loadings, arrays.correlations, arrays.paths, arrays.r2, rho, arrays.status,
        )  # fmt: skip
        return arrays.estimates(batch, model, wanted, batch.moments.correlations, rho)
