"""Simulated laws: against the closed forms of a population that has them."""

from dataclasses import replace

import numpy as np
import pytest

from sim.answers.likert import Scale
from sim.distributions.law import Law
from sim.implied.implied import implied
from sim.implied.simulated import RESPONDENTS
from sim.population.record import Population
from tests.two_constructs import CONTINUOUS, LIKERT, WAYS


@pytest.fixture(scope="module")
def law() -> Law:
    return implied(LIKERT).simulation.law()


@pytest.mark.acceptance
def test_a_simulated_law_is_the_exact_one_but_for_chance(law: Law) -> None:
    exact = implied(LIKERT).law
    # Shares have standard error sqrt(P (1 - P) / N), joint ones at most sqrt(1 / 4 N); 24 and 240 of them.
    assert (np.abs(law.above - exact.above) < 4 * np.sqrt(exact.above * (1 - exact.above) / RESPONDENTS)).all()
    assert np.abs(law.excess - exact.excess).max() < 4.5 * 0.5 / np.sqrt(RESPONDENTS)
    # The product of an indicator and a standard normal has a variance of at most 1.
    assert np.abs(law.slopes - exact.slopes).max() < 4 / np.sqrt(RESPONDENTS)
    assert law.respondents == RESPONDENTS
    assert law.correlations is None


@pytest.mark.acceptance
def test_ways_of_answering_come_on_top_of_simulated_answers() -> None:
    given = replace(LIKERT, responses=WAYS["all at once"])
    simulated = given.responses.on_law(implied(given).simulation.law(), given.setting).moments
    exact = implied(given).likert_moments
    variances = np.diag(exact.covariances[0])
    assert (np.abs(simulated.means[0] - exact.means[0]) < 4 * np.sqrt(variances / RESPONDENTS)).all()
    # A product of two answers about their means has a variance of at most sqrt(m4 m4), and m4 <= 16 variance here.
    largest = 4 * np.sqrt(16 * np.sqrt(np.outer(variances, variances)) / RESPONDENTS)
    assert (np.abs(simulated.covariances[0] - exact.covariances[0]) < largest).all()


def test_a_population_has_the_same_simulated_law_whenever_it_is_asked() -> None:
    small = Population.of(
        CONTINUOUS.model,
        dict.fromkeys((t.name for t in CONTINUOUS.model.targets if t.kind == "loading"), 0.6) | {"G~F": 0.3},
        Scale.from_shares((0.5, 0.5), 6),
    )
    assert np.array_equal(implied(small).simulation.law().above, implied(replace(small)).simulation.law().above)
