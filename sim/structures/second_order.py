"""Second-order constructs of a population: constructs whose items are constructs, their dimensions.

A dimension is D = g H + u of variance 1, H the second-order construct and g its loading. For `H =~` the u of H's
dimensions are unrelated; for `H <~` they covary so that w'u = 0, as in `sim.structures.composites`, one level up.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats
from sim.model import Model
from sim.stages import stage_two

if TYPE_CHECKING:
    from sim.population.record import Population


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


def drawn_paths(population: "Population") -> tuple[NDArray[np.int64], Floats]:
    """Constructs in the order they are drawn (m,), and all that each is drawn from, as paths (m, m).

    A dimension is drawn from its second-order construct, when all others are there.
    """
    model = population.model
    order = np.array(population.order, dtype=np.int64)
    if not model.second_order:
        return order, population.paths
    part, whole = owners(model)
    paths = population.paths.copy()
    paths[part, whole] = population.dimensions.loadings
    return np.concatenate([order[~np.isin(order, part)], part]), paths


def upper(population: "Population") -> "Population":
    """The population in which dimensions are items: of its second-order constructs, beside the other constructs."""
    model = stage_two(population.model)
    old = population.model
    kept = [old.constructs.index(construct) for construct in model.constructs]
    own = [i for i, item in enumerate(old.items) if item in model.items]
    p = len(own)
    errors = np.zeros((len(model.items), len(model.items)))
    errors[:p, :p] = population.error_covariances[np.ix_(own, own)]
    errors[p:, p:] = population.dimensions.covariances
    return type(population)(
        model,
        np.concatenate([population.loadings[own], population.dimensions.loadings]),
        population.paths[np.ix_(kept, kept)],
        population.exogenous_correlations[np.ix_(kept, kept)],
        errors,
        name=population.name,
    )


def lower(population: "Population") -> "Population":
    """The population of the first-order constructs, dimensions or not, as correlated constructs with their items."""
    first = len(population.model.blocks)
    return type(population)(
        Model(population.model.blocks),
        population.loadings,
        np.zeros((first, first)),
        population.construct_correlations[:first, :first],
        population.error_covariances,
        name=population.name,
    )
