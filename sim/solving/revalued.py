"""A population that was solved, with some of its numbers replaced by given ones."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from sim.errors import InputError
from sim.parameters.shorthands import written_out
from sim.parameters.values import one_name, parameters
from sim.population.record import Population


def revalued(population: Population, values: Mapping[str, float], unmodelled: Sequence[str] = ()) -> Population:
    """The population with the parameters of these names at these values, the others as they are.

    Raises InputError for composites and second-order constructs, whose loadings are no parameters.
    """
    model = population.model
    for block in (*model.second_order, *(block for block in model.blocks if block.kind == "composite")):
        raise InputError(f"values: beside a base that was solved, {block.construct} has none; leave [values] out")
    own = written_out(model, values, unmodelled)
    named = {one_name(name) for name in own}
    kept = {name: value for name, value in _values_of(population).items() if one_name(name) not in named}
    return Population.of(model, kept | own, population.scale, population.name, population.source, unmodelled)


def _values_of(population: Population) -> dict[str, float]:
    """Every parameter of a population of common factors by its name, as `Population.of` takes it."""
    model, place = population.model, population.model.constructs.index
    found = dict(zip(parameters(model, "loading"), map(float, population.loadings), strict=True))
    found |= {f"{a}~{b}": float(population.paths[place(a), place(b)]) for a, b in model.paths}
    for a, b in combinations(model.exogenous, 2):
        found[f"{a}~~{b}"] = float(population.exogenous_correlations[place(a), place(b)])
    for (i, a), (k, b) in combinations(enumerate(model.items), 2):
        if population.error_covariances[i, k]:
            found[f"{a}~~{b}"] = float(population.error_covariances[i, k])
    return found
