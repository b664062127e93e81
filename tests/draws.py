"""Large draws, and whether they have the moments that their population states."""

import numpy as np

from sim.batch import Floats, Moments
from sim.drawing.draw import draw
from sim.implied.implied import implied
from sim.population.record import Population
from tests.full import FULL

#: Respondents of a very large draw.
MANY = 1_000_000 if FULL else 300_000


def drawn(population: Population, n: int, seed: int) -> Floats:
    """n respondents (n, p), in data sets of 20,000."""
    sets = [draw(population, 20_000, 1, np.random.default_rng([seed, i]))[0] for i in range(n // 20_000)]
    return np.concatenate(sets).astype(np.float64)


def assert_a_draw_agrees(population: Population, n: int, seed: int, claimed: Moments | None = None) -> Floats:
    """Draws n respondents (n, p): means and covariances lie within 4 standard errors of those stated or claimed.

    The errors are the data's: the SD of answers and of the products of their deviations over sqrt(n); a simulated
    moment has the same with its own number of respondents. Within samples means are 0 without any error, and groups of
    fixed sizes only take variance away.
    """
    answers, stated = drawn(population, n, seed), claimed or implied(population).likert_moments
    assert len(answers) == n
    over = 1 / n + (1 / implied(population).simulated if implied(population).simulated else 0)
    deviations = answers - stated.means[0]
    assert (np.abs(deviations.mean(axis=0)) < 4 * np.sqrt(deviations.var(axis=0) * over) + 1e-12).all()
    covariances = deviations.T @ deviations / n
    errors = np.sqrt(((deviations**2).T @ deviations**2 / n - covariances**2) * over)
    assert (np.abs(covariances - stated.covariances[0]) < 4 * errors + 1e-12).all()
    return answers
