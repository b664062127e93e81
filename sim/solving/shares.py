"""Thresholds that give answers the shares that a population file asks for, whatever the responses' distribution."""

from collections.abc import Collection
from dataclasses import replace

from scipy.special import ndtr

from sim.answers.likert import Scale
from sim.implied.implied import implied
from sim.population.record import Population
from sim.structures import conditional


def keeping_shares(population: Population, items: Collection[str]) -> Population:
    """The population with thresholds that give answers to `items` the shares that its own give normal responses."""
    follows = implied(population)
    drawn = follows.as_answered
    normal_sources = drawn.items_drawn is None and population.distribution.normal_sources
    if not items or population.scale.is_continuous or (normal_sources and not population.products.effects):
        return population
    above = ndtr(-population.scale.padded(len(population.loadings)))
    found = drawn.items_drawn.thresholds(above) if drawn.items_drawn else None
    if normal_sources:
        found = conditional.thresholds(drawn.structure, drawn.thresholds, above)
    table = follows.simulation.quantiles(above) if found is None else found
    cuts = (
        tuple(row[: len(given)].tolist()) if item in items else given
        for item, row, given in zip(population.model.items, table, population.scale.thresholds, strict=True)
    )
    return replace(population, scale=Scale(tuple(cuts)))
