"""Quantities that follow from a solution and the items' moments, the same way for every method."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from estimators.kernels.reliability import alpha_batch
from estimators.solution import Solution
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Kind, Target


@dataclass(frozen=True)
class Given:
    """What quantities are made from: a method's solution and the items it was found on.

    items (R, p, p): the covariances or correlations whose sums the method's scores are; retained (R, p); n respondents.
    """

    solution: Solution
    items: Floats
    retained: Bools
    n: float
    model: Model


def completed(solution: Solution, items: Floats, batch: Batch, model: Model, targets: Sequence[Target]) -> Solution:
    """The solution with those quantities that the targets name and the method has not given itself."""
    given = Given(solution, items, batch.retained, batch.n, model)
    missing = {target.kind for target in targets if target.kind in QUANTITIES} - set(solution.measures)
    return replace(solution, measures={**solution.measures, **{kind: QUANTITIES[kind](given) for kind in missing}})


def block_sums(values: Floats, model: Model) -> Floats:
    """Sums over each block's items, NaN counting as zero: (R, p) -> (R, m)."""
    return np.add.reduceat(np.nan_to_num(values), model.bounds[:-1], axis=1)


def average_variance_extracted(given: Given) -> Floats:
    """AVE of each construct, the mean squared loading of its items (R, m) (Fornell & Larcker 1981)."""
    loadings, model = given.solution.loadings, given.model
    return _ratio(block_sums(loadings**2, model), block_sums((~np.isnan(loadings)).astype(np.float64), model))


def composite_reliability(given: Given) -> Floats:
    """rho_c of each construct from standardised loadings (R, m) (Werts, Linn & Joreskog 1974)."""
    loadings, model = given.solution.loadings, given.model
    squared_sum = block_sums(loadings, model) ** 2
    return _ratio(squared_sum, squared_sum + block_sums(1.0 - loadings**2, model))


def cronbach_alpha(given: Given) -> Floats:
    """Alpha of each block's retained items from `items` (R, m), NaN for a single item (Cronbach 1951)."""
    alpha = np.empty((len(given.items), len(given.model.blocks)))
    alpha_batch(given.items, given.retained, given.model.bounds, alpha)
    return alpha


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return numerator / np.where(denominator == 0, np.nan, denominator)


#: The one list of derived quantities. A new one is a function here, or in a file of its own, and a line.
QUANTITIES: Mapping[Kind, Callable[[Given], Floats]] = {
    "alpha": cronbach_alpha,
    "rho_c": composite_reliability,
    "ave": average_variance_extracted,
}
