"""Second-order constructs of a population: constructs whose items are constructs, their dimensions.

A dimension is D = g H + u of variance 1, H the second-order construct and g its loading. For `H =~` the u of H's
dimensions are unrelated; for `H <~` they covary so that w'u = 0, as in `sim.structures.composites`, one level up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats
from sim.model import Model


@dataclass(frozen=True)
class Dimensions:
    """Dimensions in the order of `Model.second_order`: loadings (d,), and covariances (d, d) of u, zero diagonal."""

    loadings: Floats
    covariances: Floats


NONE = Dimensions(np.empty(0), np.empty((0, 0)))


def owners(model: Model) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places among the constructs of every dimension (d,) and of its second-order construct (d,)."""
    pairs = [(block.construct, dimension) for block in model.second_order for dimension in block.items]
    place = model.constructs.index
    both = np.array([(place(dimension), place(whole)) for whole, dimension in pairs], dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def predicted(model: Model) -> Bools:
    """What each construct is drawn from (m, m) as [outcome, predictor]: paths, and a dimension's construct above."""
    part, whole = owners(model)
    found = np.array(model.path_matrix, dtype=bool)
    found[part, whole] = True
    return found


def with_dimensions(correlations: Floats, model: Model, dimensions: Dimensions) -> Floats:
    """Correlations (m, m) of all constructs, from those of all that are no dimension."""
    part, whole = owners(model)
    through = np.eye(len(correlations))
    through[part, part] = 0.0
    through[part, whole] = dimensions.loadings
    complete = through @ correlations @ through.T
    complete[np.ix_(part, part)] += dimensions.covariances
    complete[part, part] = 1.0
    return complete


def drawn_paths(
    model: Model, order: Sequence[int], paths: Floats, dimensions: Dimensions
) -> tuple[NDArray[np.int64], Floats]:
    """Constructs in the order they are drawn (m,), and all that each is drawn from, as paths (m, m).

    order: a causal order of the constructs. A dimension is drawn from its second-order construct, after all others.
    """
    drawn = np.array(order, dtype=np.int64)
    if not model.second_order:
        return drawn, paths
    part, whole = owners(model)
    complete = paths.copy()
    complete[part, whole] = dimensions.loadings
    return np.concatenate([drawn[~np.isin(drawn, part)], part]), complete
