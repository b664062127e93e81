"""Partial least squares path modelling (Wold 1982; Lohmoeller 1989, ch. 2)."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from estimators.base import Estimates, beyond_names
from estimators.composites.composite import CompositeArrays, Latest, blocks_of, unconnected
from estimators.composites.fitted import FittedComposites
from estimators.kernels import pls as kernel
from estimators.kernels.consistent import rho_a_batch
from estimators.shared.errors import joined
from estimators.shared.parts import origin, part_of
from estimators.solution import check_first_order
from sim.batch import Batch, Bools
from sim.errors import unknown
from sim.model import Model
from sim.targets import Target

Scheme = Literal["path", "centroid", "factorial"]
SCHEMES: dict[Scheme, int] = {"path": kernel.PATH, "centroid": kernel.CENTROID, "factorial": kernel.FACTORIAL}


#: The settings of `modes` that hold for all blocks: reflective blocks A and composite ones B, or one for all.
MODES = ("by block", "A", "B")


@dataclass(frozen=True)
class PLS(FittedComposites):
    """PLS on the items' correlations: composites of mode A or B, inner weights by `scheme`, paths by OLS on composites.

    `modes`: "by block" (mode A for `=~`, mode B for `<~`), "A", "B", or a table of constructs with "A" or "B", the rest
    by block. Mode A weighs items by their covariances with the inner proxy, mode B by regression of the proxy on them.
    Iterates from unit weights until no standardised weight changes by `tolerance` or more; the defaults are SmartPLS's
    tolerance and limit. Composite loadings are item-composite correlations. No sign is changed afterwards. rho_A is
    that of mode A blocks, as in `ConsistentPLS`; beside it the distances of fit alone take notice of error covariances.
    A mode B block of linearly dependent items is SINGULAR. Standard errors: see `Bootstrap`.
    """

    scheme: Scheme = "path"
    tolerance: float = 1e-7
    max_iterations: int = 300
    modes: str | Mapping[str, str] = "by block"

    #: The method in messages.
    called: ClassVar[str] = "PLS"

    def refusal(self, model: Model) -> str | None:
        """PLS needs every construct on some path, and modes of constructs that exist."""
        if not isinstance(self.modes, str):
            for construct in self.modes:
                if construct not in model.constructs:
                    return f"modes: {unknown('construct', construct, model.constructs)}"
        return beyond_names(model, self.called, self) or unconnected(model)

    def mode_b(self, model: Model) -> Bools:
        """True for the constructs whose blocks are of mode B (m,)."""
        check_first_order(model)
        if isinstance(self.modes, str) and self.modes != "by block":
            return np.full(len(model.constructs), self.modes == "B")
        table: Mapping[str, str] = {} if isinstance(self.modes, str) else self.modes
        by_block = ("A" if reflective else "B" for reflective in model.reflective)
        return np.array([table.get(c, mode) == "B" for c, mode in zip(model.constructs, by_block, strict=True)])

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays = self._solved(batch, model)
        if all(target.kind == "loading" for target in targets):
            return arrays.of_loadings(batch, model, targets)
        rho = np.full(arrays.r2.shape, np.nan)
        if any(target.kind == "rho_a" for target in targets):
            rho_a_batch(
                batch.moments.correlations, arrays.weights, batch.retained, joined(model), model.bounds,
                self.mode_b(model), arrays.status, rho,
            )  # fmt: skip
        return arrays.estimates(batch, model, targets, batch.moments.correlations, rho, fitted=True)

    def solve(self, batch: Batch, model: Model) -> CompositeArrays:
        """The whole PLS solution of every replication, the caller's to change."""
        return self._solved(batch, model).copied()

    def fitted_arrays(self, batch: Batch, model: Model) -> CompositeArrays:
        """The PLS solution, shared and not to be changed."""
        return self._solved(batch, model)

    def _solved(self, batch: Batch, model: Model) -> CompositeArrays:
        """The PLS solution of the batch, found once for all methods that start from it or from what it is a part of."""
        mode_b = self.mode_b(model)
        settings = (PLS, self.scheme, self.tolerance, self.max_iterations, mode_b.tobytes(), model.syntax)
        key = (*settings, batch.retained.tobytes())
        return batch.once(key, lambda: self._found(batch, model, mode_b, settings))

    def _found(self, batch: Batch, model: Model, mode_b: Bools, settings: tuple[Hashable, ...]) -> CompositeArrays:
        """The solution, as far as it is known of these data sets with these items; the others are solved."""
        larger = part_of(batch)
        if larger is None:
            latest: Latest | None = batch.found.get((Latest, *settings))
            return self._solve(batch, model, mode_b) if latest is None else self._rest(latest, batch, model, mode_b)
        whole, places = larger
        known: CompositeArrays | None = whole.found.get((*settings, whole.retained.tobytes()))
        if known is not None and origin(batch) is not None:
            return known.rows(places)
        arrays = self._solve(batch, model, mode_b)
        latest = whole.once((Latest, *settings), lambda: Latest.begun(whole, model, known))
        latest.take(places, batch.retained, arrays)
        return arrays

    def _rest(self, latest: Latest, batch: Batch, model: Model, mode_b: Bools) -> CompositeArrays:
        """The solution of a batch whose parts were solved before; those of the same items are not solved again."""
        known = latest.knows(batch.retained)
        arrays = latest.arrays.copied()
        rest = np.flatnonzero(~known)
        if len(rest):
            arrays.put(rest, self._solve(batch.rows(rest), model, mode_b))
        return arrays

    def _solve(self, batch: Batch, model: Model, mode_b: Bools) -> CompositeArrays:
        arrays = CompositeArrays.blank(batch, model)
        kernel.pls_batch(
            *batch.moments.placed_correlations, batch.retained, blocks_of(model), mode_b, SCHEMES[self.scheme],
            self.tolerance, self.max_iterations, arrays,
        )  # fmt: skip
        return arrays
