"""Whether a population exists: its numbers, its mechanisms, and those of them that do not go together."""

from typing import TYPE_CHECKING

import numpy as np

from sim.answers.likert import MOST
from sim.batch import Floats
from sim.errors import InputError
from sim.implied import conditional

if TYPE_CHECKING:
    from sim.population.record import Population

#: Mechanisms that say nothing of the responses or of how they are answered.
OF_SAMPLES = frozenset({"missing", "sampling"})
#: Mechanisms that leave every continuous answer standard normal; of groups, each one is checked for itself.
_STANDARD_NORMAL = frozenset({"responses", "reading", "model_error", "groups"})
#: Mechanisms under which composites of responses are not what another reading says.
_NOT_READ = frozenset({"products", "distribution", "sampling", "model_error"})


def check(population: "Population") -> None:
    """Raises InputError, with the population's name and what to change, where there is no such population."""
    try:
        _check_numbers(population)
        _check_mechanisms(population)
        _check_together(population)
        _check_matrix("construct correlations", population.construct_correlations, "lower the correlations in size")
        _check_matrix("error covariances", population.error_matrix, "lower them in size")
        if population.products.effects and not population.scale.is_continuous:
            _check_cut_products(population)
        _ = population.as_answered.items_drawn, population.given
    except InputError as error:
        told = str(error).removeprefix(f"population {population.name}: ")
        raise InputError(f"population {population.name}: {told}") from None


def _check_numbers(population: "Population") -> None:
    """Loadings within -1 to 1, and thresholds for every item."""
    if population.model.second_order:
        _ = population.upper
    beyond = np.flatnonzero(np.abs(population.loadings) > 1)
    if beyond.size:
        items = ", ".join(f"{population.model.items[i]} {population.loadings[i]:.4g}" for i in beyond)
        raise InputError(f"loadings beyond 1 ({items}); a standardised loading lies in -1 to 1")
    given, needed = len(population.scale.thresholds), len(population.loadings)
    if given and given != needed:
        raise InputError(f"thresholds for {given} items, the model has {needed}")


def _check_mechanisms(population: "Population") -> None:
    """Each mechanism for itself."""
    items = population.model.items
    population.products.check(population.model, population.distribution)
    population.model_error.check(population.model)
    population.groups.check(population.model, population.mechanisms)
    population.responses.check(items, population.scale)
    ways = population.responses
    population.distribution.check(items, ways.shared + ways.single_informant > 0)
    population.missing.check(items)
    population.sampling.check()
    population.reading.check(population.model)


def _check_together(population: "Population") -> None:
    """Mechanisms that are known to go together, and no others."""
    distribution, sampling = population.distribution, population.sampling
    second = population.model.second_order[0].construct if population.model.second_order else ""
    clustered = sampling.icc or sampling.icc_errors
    if sampling.given and (distribution.items or distribution.standardised or (clustered and distribution.given)):
        raise InputError(
            "[sampling] goes with distributions of constructs and errors, without icc; leave out items and "
            "standardised of [distribution], or one of the sections"
        )
    if sampling.given and second:
        raise InputError(f"[sampling] goes with first-order constructs only; leave it out, or {second}")
    if population.reading.given:
        _check_reading(population)
    unknown_by = population.mechanisms.keys() - OF_SAMPLES - _STANDARD_NORMAL
    if population.scale.is_continuous and not population.missing.completely_at_random and unknown_by:
        raise InputError(
            f"missing.strength needs the distribution of the answers to {population.missing.depends_on}, which "
            f"{', '.join(sorted(unknown_by))} leaves unknown; give [scale], or leave one of the two out"
        )


def _check_cut_products(population: "Population") -> None:
    """Categories few enough, and constructs too, for what the cut leaves to be worked out."""
    most = max(population.scale.categories)
    if most > MOST:
        raise InputError(
            f"products go with up to {MOST} categories, and a scale has {most}; leave out the products, or give fewer "
            "categories in place of a slider"
        )
    if population.distribution.normal_sources:
        conditional.check(population.as_answered)


def _check_reading(population: "Population") -> None:
    """What another reading's formulas do not cover: an informant's views are of the constructs as written."""
    others = [*sorted(_NOT_READ & population.mechanisms.keys())]
    others += ["responses.single_informant"] * bool(population.responses.single_informant)
    if others:
        raise InputError(f"[reading] does not go with {', '.join(others)}; leave one of them out")


def _check_matrix(what: str, matrix: Floats, remedy: str) -> None:
    """A covariance matrix has no negative eigenvalue."""
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest < -1e-10:
        raise InputError(f"the {what} are not positive definite (smallest eigenvalue {lowest:.4g}); {remedy}")
