"""Consistent partial least squares (Dijkstra & Henseler 2015)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, beyond_names
from estimators.composites.composite import CompositeArrays, blocks_of
from estimators.composites.pls import PLS
from estimators.kernels.consistent import disattenuate
from estimators.shared.errors import dependent_errors, joined
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class ConsistentPLS(PLS):
    """PLS corrected for attenuation by rho_A: consistent for common factors measured by reflective blocks.

    Weights as in `PLS`; reflective blocks' correlations are divided by the square roots of their rho_A, loadings are
    w sqrt(rho_A) / w'w, paths are OLS on the corrected correlations. AVE and composite reliability are those of the
    corrected loadings. Composite blocks (`<~`) of either mode and single items are left as they are. Settings are those
    of `PLS`; rho_A holds for mode A alone, so a reflective block may not be of mode B.

    Errors of items of one block may covary: mode A weights, which rest on covariances with other blocks, are in
    proportion to the loadings all the same, and rho_A leaves such pairs out (Rademaker, Schuberth & Dijkstra 2019,
    Internet Research 29(3), 448-463). Between blocks errors may not, for weights then hold them.
    """

    called: ClassVar[str] = "consistent PLS"
    #: Methods for models that it refuses.
    others: ClassVar[tuple[str, ...]] = ("ml", "sam", "miiv")

    def refusal(self, model: Model) -> str | None:
        """What PLS refuses, reflective blocks of mode B, and errors that covary between blocks."""
        if told := beyond_names(model, self.called, self) or dependent_errors(model, self.called, self.others, True):
            return told
        for block, mode_b in zip(model.blocks, self.mode_b(model), strict=True):
            if block.kind == "reflective" and mode_b and len(block.items) > 1:
                return (
                    f"block {block.construct} is reflective (=~) and of mode B, for which rho_A is no reliability; "
                    f"give it mode A, or write `{block.construct} <~ {' + '.join(block.items)}` to leave it uncorrected"
                )
        return super().refusal(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays, rho = self._corrected(batch, model)
        return arrays.estimates(batch, model, targets, batch.moments.correlations, rho, of_factors=True, fitted=True)

    def fitted_arrays(self, batch: Batch, model: Model) -> CompositeArrays:
        """The solution after the correction."""
        return self._corrected(batch, model)[0]

    def _corrected(self, batch: Batch, model: Model) -> tuple[CompositeArrays, Floats]:
        """The solution after the correction, and rho_A (R, m)."""
        arrays = self.solve(batch, model)
        rho = np.full(arrays.r2.shape, np.nan)
        disattenuate(
            batch.moments.correlations, batch.retained, joined(model), blocks_of(model), model.reflective, arrays, rho
        )  # fmt: skip
        return arrays, rho
