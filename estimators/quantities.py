"""From a solution to estimates: the quantities that follow from it are added, the same way for every method."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates
from estimators.solution import Solution, no_block_short, without_fatal
from sim.batch import Batch, Floats
from sim.model import Model
from sim.quantities import QUANTITIES, Given
from sim.targets import Target


def completed(solution: Solution, items: Floats, batch: Batch, model: Model, targets: Sequence[Target]) -> Solution:
    """The solution with those quantities that the targets name and the method has not given itself.

    items (R, p, p): covariances or correlations of the items whose unweighted sums alpha and omega are about.
    """
    given = Given(
        model, batch.n, solution.paths, solution.loadings, solution.correlations, solution.r2, items, batch.retained
    )
    missing = {target.kind for target in targets if target.kind in QUANTITIES} - set(solution.measures)
    return replace(solution, measures={**solution.measures, **{kind: QUANTITIES[kind](given) for kind in missing}})


def estimates_of(
    solution: Solution,
    items: Floats,
    status: NDArray[np.int8],
    iterations: NDArray[np.int32],
    batch: Batch,
    model: Model,
    targets: Sequence[Target],
) -> Estimates:
    """Values of the targets, without inference, of a method that drops nothing; items as in `completed`."""
    return stated(completed(solution, items, batch, model, targets), status, iterations, batch, model, targets)


def stated(
    solution: Solution,
    status: NDArray[np.int8],
    iterations: NDArray[np.int32],
    batch: Batch,
    model: Model,
    targets: Sequence[Target],
) -> Estimates:
    """Values of targets that the solution holds already, as in `estimates_of`."""
    return Estimates(
        targets=tuple(targets),
        value=without_fatal(solution.values(model, targets), status),
        status=status,
        retained=batch.retained,
        short=no_block_short(batch, model),
        iterations=iterations,
    )
