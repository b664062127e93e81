"""Moments without a closed form: from a million simulated respondents at a fixed address of the population's own."""

from collections.abc import Iterator

import numpy as np

from sim import generate
from sim.batch import Floats, Moments
from sim.generate import Recipe
from sim.law import Law
from sim.population import Population
from sim.responses import effective_moments
from sim.streams import Address, content_key

RESPONDENTS = 1_000_000
#: Respondents held at once, each so many from a generator of their own.
_AT_ONCE = 10_000


def simulated_moments(population: Population) -> Moments:
    """Moments (n infinite, R = 1) of the answers given, or of continuous responses, from a million respondents.

    Means have a standard error of SD / 1000, covariances about sqrt(v_i v_k + c_ik^2) / 1000. Kinds of respondents are
    put on top of the simulated sincere answers in closed form. The same population has the same moments, always.
    """
    if not population.scale.is_continuous:
        return effective_moments(
            simulated_law(population), population.responses, population.model.items, population.scale
        )
    p = len(population.loadings)
    total, products = np.zeros(p), np.zeros((p, p))
    for responses, _ in _simulated(population):
        total += responses.sum(axis=0)
        products += responses.T @ responses
    directions = population.responses.directions(population.model.items)
    means = total / RESPONDENTS
    covariance = (products / RESPONDENTS - np.outer(means, means)) * np.outer(directions, directions)
    return Moments((means * directions)[None], covariance[None], np.inf)


def simulated_law(population: Population) -> Law:
    """The law of sincere answers in categories, from a million respondents."""
    thresholds = population.scale.padded(len(population.loadings))
    (p, t), m = thresholds.shape, len(population.paths)
    joint, with_scores, of_scores = np.zeros((p * t, p * t)), np.zeros((p * t, m)), np.zeros(m)
    for responses, scores in _simulated(population):
        passed = (responses[:, :, None] > thresholds).reshape(len(responses), p * t)
        # Counts of one chunk are whole numbers that single precision holds exactly.
        counted = passed.astype(np.float32)
        joint += counted.T @ counted
        with_scores += passed.T.astype(np.float64) @ scores
        of_scores += scores.sum(axis=0)
    above = np.diagonal(joint) / RESPONDENTS
    excess = (joint / RESPONDENTS - np.outer(above, above)).reshape(p, t, p, t)
    first, second = np.triu_indices(p, 1)
    slopes = with_scores / RESPONDENTS - above[:, None] * (of_scores / RESPONDENTS)
    return Law(above.reshape(p, t), excess[first, :, second], slopes.reshape(p, t, m), respondents=RESPONDENTS)


def _simulated(population: Population) -> Iterator[tuple[Floats, Floats]]:
    """Sincere responses (n, p) and construct scores (n, m), chunk by chunk."""
    drawn = population.as_answered
    recipe, address = Recipe.of(drawn), Address(0, content_key(drawn.content))
    for chunk in range(RESPONDENTS // _AT_ONCE):
        rng = address.generator("moments", chunk)
        sources = generate.sources(recipe, _AT_ONCE, rng)
        scores = generate.scores(recipe, sources)
        yield generate.measured(recipe, scores, sources), scores
