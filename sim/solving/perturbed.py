"""A population with model error: error covariances such that the model's RMSEA is the target."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.optimize import brentq

from sim.batch import Floats
from sim.errors import InputError
from sim.implied.misfit import degrees_of_freedom, population_rmsea
from sim.population.record import Population
from sim.streams import Address, content_key
from sim.structures.model_error import TKL, WU_BROWNE, inverse_wishart, minor_factor_correlations

#: Error covariances are rounded to so many decimals, so that a last bit from the solver changes no stream.
_DECIMALS = 9
_MOST_SHARE = 1.0 - 1e-6


def with_model_error(population: Population) -> Population:
    """The population with the error covariances that its `model_error` asks for; itself where it asks for none.

    The target is the RMSEA of the model fitted to the population by maximum likelihood (`sim.implied.misfit`), error
    covariances of its own included, and is met to 1e-6. Loadings, paths and correlations stay, every response keeps
    variance 1. Raises InputError where the target cannot be reached, or the errors would have no covariance matrix.
    """
    asked = population.model_error
    if not asked.rmsea:
        return population
    if degrees_of_freedom(population.model) < 1:
        raise InputError(f"population {population.name}: the model has no degrees of freedom, so no RMSEA; add items")
    own = population_rmsea(population.structure, population.structure.covariance)
    if own >= asked.rmsea:
        raise InputError(
            f"population {population.name}: without model error the model has an RMSEA of {own:.4g} already, from "
            f"error covariances that it lacks; raise model_error.rmsea = {asked.rmsea:g} above that, or remove them"
        )
    rng = Address(asked.seed, content_key({"model": population.model.syntax})).generator("model error", 0)
    errors = (_with_minor_factors if asked.method == TKL else _drawn)(population, rng)
    matrix = errors + np.diag(1.0 - population.loadings**2)
    if (lowest := float(np.linalg.eigvalsh(matrix)[0])) < -1e-10:
        instead = f'model_error.method = "{TKL}", ' if asked.method == WU_BROWNE else ""
        raise InputError(
            f"population {population.name}: model error of RMSEA {asked.rmsea:g} leaves errors without a covariance "
            f"matrix (smallest eigenvalue {lowest:.4g}); choose {instead}another model_error.seed, a smaller target or "
            "lower loadings"
        )
    return replace(population, error_covariances=errors)


def _with_minor_factors(population: Population, rng: np.random.Generator) -> Floats:
    """Error covariances (p, p) with the share of every unique variance that goes to minor factors solved."""
    asked, p = population.model_error, len(population.loadings)
    correlations = minor_factor_correlations(p, asked.minor_factors, asked.epsilon, rng)
    deviations = np.sqrt(1.0 - population.loadings**2)
    minor = np.outer(deviations, deviations) * (correlations - np.eye(p))

    def errors(share: float) -> Floats:
        return population.error_covariances + share * minor

    return _solved(population, errors, _MOST_SHARE)


def _drawn(population: Population, rng: np.random.Generator) -> Floats:
    """Error covariances (p, p) with the precision of the inverse Wishart distribution solved."""
    p, known = len(population.loadings), population.structure.covariance
    normals, uniforms = rng.standard_normal((p, p)), rng.random(p)
    without = known - population.error_covariances

    def errors(distance: float) -> Floats:
        drawn = inverse_wishart(known, distance**-2, normals, uniforms) - without
        return np.asarray(drawn - np.diag(np.diag(drawn)))

    return _solved(population, errors, p**-0.5)


def _solved(population: Population, errors: Callable[[float], Floats], most: float) -> Floats:
    """Error covariances at the number, up to `most`, where the RMSEA, which rises with it, is the target."""
    asked = population.model_error
    without = population.structure.covariance - population.error_covariances

    @cache
    def beyond(at: float) -> float:
        return population_rmsea(population.structure, without + errors(at)) - asked.rmsea

    low, high = most * 1e-6, most / 10
    while (reached := beyond(high) + asked.rmsea) < asked.rmsea:
        if high == most:
            raise InputError(
                f"population {population.name}: model error of this kind reaches an RMSEA of {reached:.4g} at most, "
                f"not {asked.rmsea:g}; lower model_error.rmsea, the loadings or, with {TKL}, minor_factors"
            )
        low, high = high, min(most, high * max(1.2, 1.2 * asked.rmsea / max(reached, 1e-12)))
    return np.round(errors(brentq(beyond, low, high, xtol=1e-12, rtol=1e-9)), _DECIMALS)
