"""Items by a copula: intermediate correlations against integration and closed forms, quantiles, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm
from scipy.stats import t as student

from sim.distributions.families import Family
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.implied.implied import implied
from sim.population.record import Population
from sim.structures.distribution import Distribution
from sim.structures.generate import cut
from tests.distributed_worlds import CONTINUOUS, LOADINGS, MODEL, WORLDS, P, of, world

MARGINALS = {
    "chi-square": Distribution(items="copula", marginal="chi-square", df=3),
    "chi-square of 1": Distribution(items="copula", marginal="chi-square", df=1),
    "heavy": Distribution(items="copula", marginal="t", df=5),
    "lognormal": Distribution(items="copula", marginal="lognormal", sigma=0.5),
    "uniform": Distribution(items="copula", marginal="uniform"),
    "exponential": Distribution(items="copula", marginal="exponential"),
}


@pytest.mark.parametrize("name", MARGINALS)
def test_intermediate_correlations_of_a_normal_copula_by_integration(name: str) -> None:
    population = replace(CONTINUOUS, distribution=MARGINALS[name])
    items = implied(population).items_drawn
    z, width = np.linspace(-10, 10, 2001, retstep=True)
    for pair in [(0, 1), (0, 3), (5, 6)]:
        rho = items.correlations[pair]
        joint = np.exp(-(z[:, None] ** 2 - 2 * rho * z[:, None] * z + z**2) / (2 * (1 - rho**2)))
        values = items.marginal.of_normal(z)
        value = values @ joint @ values * width**2 / (2 * np.pi * np.sqrt(1 - rho**2))
        # The series is cut at 200 terms: what is left is a share of a variance times .77^200.
        assert value == pytest.approx(CONTINUOUS.structure.covariance[pair], abs=1e-8)


def test_uniform_items_and_lognormal_ones_have_closed_forms() -> None:
    uniform = implied(replace(CONTINUOUS, distribution=MARGINALS["uniform"])).items_drawn
    # Pearson (1907): the correlation of uniforms is 6 / pi asin(rho / 2).
    assert np.allclose(
        6 / np.pi * np.arcsin(uniform.correlations / 2), CONTINUOUS.structure.covariance, rtol=0, atol=1e-9
    )
    lognormal = implied(replace(CONTINUOUS, distribution=MARGINALS["lognormal"])).items_drawn
    after = np.expm1(0.25 * lognormal.correlations) / np.expm1(0.25)
    assert np.allclose(after, CONTINUOUS.structure.covariance, rtol=0, atol=1e-12)


def test_correlations_beyond_what_marginals_allow_are_refused() -> None:
    negative = Population.of(MODEL, LOADINGS | {"G~F": 0.4, "G~H": 0.3, "F=~x2": -0.9})
    # Exponentials that run against each other correlate 1 - pi^2 / 6 = -.6449 (Frechet's bound).
    message = r"copula: x1 and x2 correlate -0.72 in the model, and with their distributions -0.644. to 1 is possible"
    for copula in (Distribution(items="copula", marginal="exponential"), WORLDS["t copula"]):
        with pytest.raises(InputError, match=message):
            replace(negative, distribution=copula)


def test_the_t_copula_is_the_normal_one_where_its_df_are_many() -> None:
    many = of(Distribution(items="copula", copula="t", copula_df=1e6, marginal="exponential"))
    normal = of(Distribution(items="copula", marginal="exponential"))
    assert np.allclose(
        implied(many).items_drawn.correlations, implied(normal).items_drawn.correlations, rtol=0, atol=1e-5
    )
    assert np.allclose(
        implied(many).likert_moments.covariances, implied(normal).likert_moments.covariances, rtol=0, atol=1e-5
    )
    assert np.array_equal(implied(normal).polychoric_moments.covariances[0], implied(normal).items_drawn.correlations)


@pytest.mark.parametrize("name", [*MARGINALS, "t copula", "t copula of normals"])
def test_responses_are_quantiles(name: str) -> None:
    items = implied(replace(CONTINUOUS, distribution=(MARGINALS | WORLDS)[name])).items_drawn
    latent = np.concatenate([items.latent(2000, np.random.default_rng(9)), np.full((1, P), 7.9), np.full((1, P), -7.9)])
    probabilities = norm.cdf(-np.abs(latent)) if np.isinf(items.df) else student.cdf(-np.abs(latent), items.df)
    exact = items.marginal.of_normal(np.sign(latent) * -norm.ppf(probabilities))
    assert np.allclose(items.responses(latent), exact, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["normal copula", "t copula"])
def test_answers_are_those_of_the_responses_cut(name: str) -> None:
    population = world(name)
    items = implied(population).items_drawn
    latent = items.latent(5000, np.random.default_rng(6))
    answers = draw(population, 5000, 1, np.random.default_rng(6))[0]
    assert np.array_equal(answers, cut(items.responses(latent), population.scale.padded(P)))


@pytest.mark.parametrize(
    "family",
    [
        *(Family("normal"), Family("chi-square", 1), Family("chi-square", 30), Family("t", 5), Family("t", 40)),
        *(Family("lognormal", sigma=0.3), Family("uniform"), Family("exponential")),
    ],
    ids=lambda family: f"{family.name} {family.df:g}",
)
def test_families_have_their_moments_and_their_quantiles(family: Family) -> None:
    z, width = np.linspace(-20, 20, 80_001, retstep=True)
    x, density = family.of_normal(z), np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * width
    mean, variance, third, fourth = (float(density @ x**k) for k in (1, 2, 3, 4))
    assert np.allclose((mean, variance), (0, 1), rtol=0, atol=1e-9)
    assert third == pytest.approx(family.skewness, abs=1e-8)
    assert fourth - 3 == pytest.approx(family.kurtosis, abs=1e-6 * (1 + abs(family.kurtosis)))
    inside = np.abs(z) < 3
    assert np.allclose(family.to_normal(x[inside]), z[inside], rtol=0, atol=1e-6)
    sample = family.draw(np.random.default_rng(8), (20_000,))
    below = ndtr(family.to_normal(sample))
    # Probabilities are uniform: Kolmogorov's distance exceeds 1.95 / sqrt(n) once in a thousand times.
    assert np.abs(np.sort(below) - (np.arange(20_000) + 0.5) / 20_000).max() < 1.95 / np.sqrt(20_000)
