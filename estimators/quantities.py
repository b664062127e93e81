"""Completing a solution by the quantities that follow from it, the same way for every method."""

from collections.abc import Sequence
from dataclasses import replace

from estimators.solution import Solution
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
