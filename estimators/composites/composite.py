"""What every method on composites shares: the arrays it fills, the way from them to estimates, checks of the model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Status
from estimators.composites.implied import fit_distances
from estimators.kernels.composites import Blocks, Composites
from estimators.quantities import estimates_of, stated
from estimators.solution import Solution, check_first_order, constant_items
from sim.batch import Batch, Bools, Floats, pairs_of
from sim.model import Model
from sim.targets import Kind, Target

#: As plain numbers, which are compared faster.
OK, UNIDENTIFIED = int(Status.OK), int(Status.UNIDENTIFIED)


class CompositeArrays(Composites):
    """The outputs of a composite method, filled in place; NaN until then and where nothing can be said.

    weights, loadings (R, p); correlations, paths (R, m, m); r2 (R, m); status, iterations (R,).
    """

    __slots__ = ()

    @classmethod
    def blank(cls, batch: Batch, model: Model) -> "CompositeArrays":
        """Empty arrays; the status tells of constant items and of blocks without any item."""
        check_first_order(model)
        r, m, p = len(batch), len(model.blocks), len(model.items)
        status = constant_items(batch)
        status[empty_blocks(batch.retained, model) & (status == OK)] = UNIDENTIFIED
        return cls(
            weights=np.full((r, p), np.nan),
            loadings=np.full((r, p), np.nan),
            correlations=np.full((r, m, m), np.nan),
            paths=np.full((r, m, m), np.nan),
            r2=np.full((r, m), np.nan),
            status=status,
            iterations=np.zeros(r, dtype=np.int32),
        )

    def copied(self) -> "CompositeArrays":
        """A copy, so that what is written into it leaves these arrays alone."""
        return CompositeArrays._make(part.copy() for part in self)

    def rows(self, some: NDArray[np.integer]) -> "CompositeArrays":
        """The arrays of some replications."""
        return CompositeArrays._make(part[some] for part in self)

    def put(self, some: NDArray[np.integer], arrays: "CompositeArrays") -> None:
        """Write the arrays of some replications into these, in place."""
        for name in self._fields:
            getattr(self, name)[some] = getattr(arrays, name)

    def of_loadings(self, batch: Batch, model: Model, targets: Sequence[Target]) -> Estimates:
        """Estimates of loadings alone, which rules ask for in many rounds: nothing else is worked out."""
        solution = Solution(self.paths, self.loadings, self.correlations, self.r2)
        return stated(solution, self.status, self.iterations, batch, model, targets)

    def estimates(
        self,
        batch: Batch,
        model: Model,
        targets: Sequence[Target],
        items: Floats,
        rho_a: Floats | None = None,
        of_factors: bool = False,
        fitted: bool = False,
    ) -> Estimates:
        """Estimates of the targets; items as in `quantities.completed`; rho_a (R, m) where there is one.

        of_factors: whether the loadings are those of factors. Of composites they give no omega, for the sum itself it
        would be 1. fitted: whether these arrays are a model whose fit to the `items`, then correlations, can be told.
        """
        measures: dict[Kind, Floats] = {} if rho_a is None else {"rho_a": rho_a}
        if not of_factors:
            measures["omega"] = np.full(self.r2.shape, np.nan)
        if fitted:
            measures |= fit_distances(model, items, batch.retained, self, targets)
        solution = Solution(self.paths, self.loadings, self.correlations, self.r2, self.weights, measures)
        return estimates_of(solution, items, self.status, self.iterations, batch, model, targets)


@dataclass(frozen=True)
class Latest:
    """The latest solution of every data set of a batch whose parts were solved one after another.

    retained (R, p): the items it rests on; none where there is no solution yet.
    """

    retained: Bools
    arrays: CompositeArrays

    @classmethod
    def begun(cls, batch: Batch, model: Model, known: CompositeArrays | None) -> "Latest":
        """The solution of the whole batch where there is one, otherwise none so far."""
        if known is not None:
            return cls(batch.retained.copy(), known.copied())
        return cls(np.zeros_like(batch.retained), CompositeArrays.blank(batch, model))

    def take(self, places: NDArray[np.integer], retained: Bools, arrays: CompositeArrays) -> None:
        """The solution of the data sets at these places with the items retained (k, p) is the latest now."""
        self.retained[places] = retained
        self.arrays.put(places, arrays)

    def knows(self, retained: Bools) -> Bools:
        """Where the latest solution is that of the items retained (R, p): (R,)."""
        return np.asarray((self.retained == retained).all(axis=1) & retained.any(axis=1))


def blocks_of(model: Model) -> Blocks:
    """The model as the compiled loops take it."""
    return Blocks(model.bounds, model.path_matrix)


def usable_correlations(batch: Batch, status: NDArray[np.int8]) -> Floats:
    """Correlations (R, p, p) of the retained items of replications that are OK so far, 0 elsewhere."""
    usable = pairs_of(batch.retained) & (status == Status.OK)[:, None, None]
    return np.where(usable, batch.moments.correlations, 0.0)


def unconnected(model: Model) -> str | None:
    """The refusal of a method that needs every construct on some path, or None."""
    lonely = ", ".join(construct for construct in model.constructs if construct not in model.linked)
    if lonely:
        return f"{lonely} stands on no path; this method needs every construct on one: add a path or drop the block"
    return None


def empty_blocks(retained: Bools, model: Model) -> Bools:
    """Replications in which some block has no item left (R,)."""
    filled = np.logical_or.reduceat(retained, model.bounds[:-1], axis=1)
    return np.asarray(~filled.all(axis=1))
