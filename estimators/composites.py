"""What every method on composites shares: the solution from its arrays, and checks of the model."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.solution import Solution, average_variance_extracted, composite_reliability, cronbach_alpha
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target


def with_reliabilities(solution: Solution, batch: Batch, model: Model, targets: Sequence[Target]) -> Solution:
    """The solution with those of alpha, rho_c and AVE that `targets` ask for.

    Composite reliability and AVE are those of the composite loadings; alpha that of the standardised items.
    """
    kinds = {target.kind for target in targets}
    return replace(
        solution,
        alpha=cronbach_alpha(batch.moments.correlations, batch.retained, model) if "alpha" in kinds else None,
        rho_c=composite_reliability(solution.loadings, model) if "rho_c" in kinds else None,
        ave=average_variance_extracted(solution.loadings, model) if "ave" in kinds else None,
    )


def unconnected(model: Model) -> str | None:
    """The refusal of a method that needs every construct on some path, or None."""
    linked = {construct for path in model.paths for construct in path}
    lonely = ", ".join(construct for construct in model.constructs if construct not in linked)
    if lonely:
        return f"{lonely} stands on no path; this method needs every construct on one: add a path or drop the block"
    return None


def empty_blocks(retained: Bools, model: Model) -> Bools:
    """Replications in which some block has no item left (R,)."""
    counts = np.add.reduceat(retained.astype(np.int64), model.bounds[:-1], axis=1)
    return np.asarray((counts == 0).any(axis=1))


def no_block_short(batch: Batch, model: Model) -> Bools:
    """`Estimates.short` of a method that drops nothing (R, m)."""
    return np.zeros((len(batch), len(model.blocks)), dtype=bool)


def blank_fatal(values: Floats, status: NDArray[np.int8]) -> Floats:
    """Values (R, q) with NaN in the replications whose status is fatal."""
    return np.where((status > Status.INADMISSIBLE)[:, None], np.nan, values)
