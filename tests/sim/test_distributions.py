"""Distributions other than the normal: draws against stated moments, shares and shapes, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.stats import multivariate_normal

from estimators.polychoric import influence, polychorics
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.batch import Batch, Floats
from sim.distributions.intermediate import intermediate_correlations
from sim.distributions.itemwise import ValeMaurelli
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings, marginals
from sim.population.record import Population
from sim.streams import Address
from sim.structures.distribution import Distribution
from sim.structures.generate import responses
from tests.distributed_worlds import CONTINUOUS, FIVE, LIKERT, LOADINGS, MODEL, WORLDS, P, of, world
from tests.draws import MANY, assert_a_draw_agrees, drawn
from tests.full import FULL

HERE = Address(7, "5a" * 32)


#: Worlds that draw little enough for every run of the tests; the marked tests have them all.
QUICK = ["within sample", "chi-square constructs", "Vale-Maurelli", "Vale-Maurelli, falling in places", "t copula"]


def shapes(answers: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Skewness and excess kurtosis (p,) with their standard errors, from the spread of 40 parts."""
    parts = answers.reshape(40, -1, answers.shape[1])
    z = (parts - parts.mean(axis=1, keepdims=True)) / parts.std(axis=1, keepdims=True)
    skewness, kurtosis = (z**3).mean(axis=1), (z**4).mean(axis=1) - 3
    whole = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    errors = (skewness.std(axis=0) / np.sqrt(39), kurtosis.std(axis=0) / np.sqrt(39))
    return (whole**3).mean(axis=0), (whole**4).mean(axis=0) - 3, *errors


def assert_shapes_agree(population: Population, answers: Floats) -> None:
    """Skewness and kurtosis of the answers lie within 4 standard errors of the stated ones, simulation's own added."""
    skewness, kurtosis, skewness_error, kurtosis_error = shapes(answers)
    more = np.sqrt(1 + (len(answers) / implied(population).simulated if implied(population).simulated else 0))
    for i, stated in enumerate(marginals(population)):
        assert abs(skewness[i] - stated.skewness) < 4 * skewness_error[i] * more, stated
        assert abs(kurtosis[i] - stated.kurtosis) < 4 * kurtosis_error[i] * more, stated


# --- draws ---


@pytest.mark.parametrize("scale", ["continuous", "Likert"])
@pytest.mark.parametrize("name", QUICK)
def test_a_draw_has_the_stated_moments(name: str, scale: str) -> None:
    assert_a_draw_agrees(world(name, scale), 20_000, 21)


@pytest.mark.acceptance
@pytest.mark.parametrize("scale", ["continuous", "Likert"])
@pytest.mark.parametrize("name", list(WORLDS)[:: 1 if FULL else 5])
def test_a_very_large_draw_has_the_stated_moments_and_shapes(name: str, scale: str) -> None:
    answers = assert_a_draw_agrees(world(name, scale), MANY, 22)
    assert_shapes_agree(world(name, scale), answers)


@pytest.mark.parametrize("name", QUICK)
def test_answers_have_the_shares_of_the_file(name: str) -> None:
    population = world(name)
    # Simulated thresholds are rounded to four decimals: a share moves by less than 1e-4 times the density.
    tolerance = 2e-4 if implied(population).simulated else 1e-12
    for marginal in marginals(population):
        assert np.allclose(marginal.shares, FIVE, rtol=0, atol=tolerance)
    answers = drawn(population, 20_000, 24)
    shares = np.stack([(answers == k).mean(axis=0) for k in range(1, 6)], axis=1)
    assert (np.abs(shares - FIVE) < 4.2 * np.sqrt(np.array(FIVE) / 20_000)).all()


def test_items_of_one_distribution_have_one_simulated_marginal() -> None:
    same = Population.of(MODEL, dict.fromkeys(LOADINGS, 0.7) | {"F=~x3": -0.7, "G~F": 0.4, "G~H": 0.3, "x1~~y1": 0.1})
    skewed = Distribution(exogenous="exponential", disturbances="uniform", errors="exponential")
    population = of(skewed, replace(same, scale=LIKERT.scale))
    x1, x2, x3, z1, z2, y1, y2, y3 = population.scale.thresholds
    assert x1 == x2 != x3
    assert z1 == z2
    assert y2 == y3
    assert y1 != y2  # its error is made of x1's and of its own
    shown = marginals(population)
    assert shown[0].shares == shown[1].shares
    assert shown[0].shares != shown[2].shares


@pytest.mark.parametrize("name", WORLDS)
def test_data_sets_depend_on_their_place_alone(name: str) -> None:
    population = replace(LIKERT, distribution=WORLDS[name])
    whole = draw_block(population, 30, HERE, 1, 9).raw
    assert np.array_equal(draw_block(population, 30, HERE, 1, 4).raw, whole[:4])
    assert not np.array_equal(whole[0], whole[1])


# --- sources ---


def test_within_samples_every_source_is_standardised() -> None:
    population = replace(CONTINUOUS, distribution=Distribution(standardised="within sample"))
    recipe = implied(population).recipe
    # From responses back to sources: loadings 1 and no errors leave the constructs alone.
    sources = recipe.distribution.sources(recipe.exogenous, P, 25, np.random.default_rng(1))
    assert np.allclose(sources.mean(axis=0), 0, rtol=0, atol=1e-15)
    assert np.allclose((sources**2).mean(axis=0), 1, rtol=0, atol=1e-14)
    own = np.random.default_rng(1).standard_normal((25, recipe.sources))
    assert np.allclose(sources, (own - own.mean(axis=0)) / own.std(axis=0), rtol=0, atol=1e-14)
    answers = draw(population, 25, 1, np.random.default_rng(1))[0]
    assert np.allclose(answers, responses(recipe, sources), rtol=0, atol=1e-14)
    assert np.allclose(answers.mean(axis=0), 0, rtol=0, atol=1e-14)


def test_small_samples_standardised_within_have_the_covariance_on_average() -> None:
    population = replace(CONTINUOUS, distribution=Distribution(standardised="within sample"))
    answers = draw(population, 10, 4000, np.random.default_rng(2))
    products = np.einsum("rni,rnk->rik", answers, answers) / 10
    errors = products.std(axis=0) / np.sqrt(len(products))
    assert (np.abs(products.mean(axis=0) - CONTINUOUS.structure.covariance) < 4 * errors + 1e-12).all()


def test_which_sources_have_which_distribution() -> None:
    exogenous = implied(CONTINUOUS).recipe.exogenous
    assert exogenous.tolist() == [True, True, False]
    chosen = Distribution(exogenous="exponential", disturbances="uniform", errors="t", df=30)
    sources = chosen.sources(exogenous, P, 4000, np.random.default_rng(3))
    assert sources[:, :2].min() > -1  # an exponential starts at -1
    assert np.abs(sources[:, 2]).max() <= np.sqrt(3)  # a uniform ends there
    assert np.abs(sources[:, 3:]).max() > np.sqrt(3)
    assert sources[:, 3:].min() < -1


def test_shapes_of_responses_by_hand() -> None:
    skewness, kurtosis = implied(replace(CONTINUOUS, distribution=Distribution(exogenous="exponential"))).shapes
    # x1 is .8 F + .6 e, F of skewness 2 and excess kurtosis 6.
    assert skewness[0] == pytest.approx(2 * 0.8**3)
    assert kurtosis[0] == pytest.approx(6 * 0.8**4)
    # H is .3 F + sqrt(1 - .09) of a source of its own.
    assert skewness[3] == pytest.approx(0.8**3 * 2 * (0.3**3 + (1 - 0.09) ** 1.5))
    assert [marginal.skewness for marginal in marginals(CONTINUOUS)] == [0.0] * P


# --- Vale & Maurelli ---


def test_intermediate_correlations_by_integration() -> None:
    found = implied(replace(CONTINUOUS, distribution=WORLDS["Vale-Maurelli"])).items_drawn
    assert isinstance(found, ValeMaurelli)
    f, g = found.polynomials[0], found.polynomials[3]
    rho = found.correlations[0, 3]
    joint = multivariate_normal(cov=[[1, rho], [rho, 1]])
    value, _ = dblquad(lambda y, x: f(np.asarray(x)) * g(np.asarray(y)) * joint.pdf([x, y]), -7, 7, -7, 7, epsabs=1e-7)
    assert value == pytest.approx(CONTINUOUS.structure.covariance[0, 3], abs=1e-6)
    b, c, d = f.b, f.c, f.d
    # Vale & Maurelli (1983), eq. 11, for two items of one shape.
    assert rho * (b * b + 6 * b * d + 9 * d * d) + 2 * c * c * rho**2 + 6 * d * d * rho**3 == pytest.approx(
        CONTINUOUS.structure.covariance[0, 3], abs=1e-13
    )


def test_polychoric_correlations_tend_to_the_intermediate_ones_where_polynomials_rise() -> None:
    population = of(WORLDS["Vale-Maurelli"])
    assert np.array_equal(
        implied(population).polychoric_moments.covariances[0], implied(population).items_drawn.correlations
    )


@pytest.mark.parametrize("name", ["Vale-Maurelli, falling in places", "chi-square constructs"])
def test_other_polychoric_correlations_tend_to_what_a_large_draw_shows(name: str) -> None:
    population, n = world(name), 100_000
    assert implied(population).law.correlations is None
    found = polychorics(Batch.of(draw(population, n, 1, np.random.default_rng(14))))
    # Respondents' influences on a correlation have mean 0; its standard error is their root mean square / sqrt(n).
    over = 1 / n + (1 / implied(population).simulated if implied(population).simulated else 0)
    errors = np.sqrt((influence(found, 0) ** 2).mean(axis=0) * over)
    pairs = np.triu_indices(P, 1)
    difference = found.correlations[0][pairs] - implied(population).polychoric_moments.covariances[0][pairs]
    assert (np.abs(difference) < 4 * errors).all()


@pytest.mark.parametrize("name", ["Vale-Maurelli", "Vale-Maurelli, falling in places"])
def test_what_an_answer_tells_of_its_response(name: str) -> None:
    population = world(name)
    continuous = replace(population, scale=Scale.continuous())
    seeds = [np.random.default_rng(5), np.random.default_rng(5)]
    cut, uncut = (draw(p, 50_000, 1, seed)[0] for p, seed in zip((population, continuous), seeds, strict=True))
    for i, loading in enumerate(answer_loadings(population)):
        found = np.corrcoef(cut[:, i], uncut[:, i])[0, 1] * CONTINUOUS.loadings[i]
        # A correlation of about .9 has a standard error under 1 / sqrt(n), whatever the kurtosis here.
        assert loading == pytest.approx(found, abs=4 / np.sqrt(50_000))


@pytest.mark.parametrize(
    "normal", [Distribution(items="vale-maurelli"), Distribution(items="copula", marginal="normal")]
)
def test_normal_items_are_the_normal_population(normal: Distribution) -> None:
    population = replace(LIKERT, distribution=normal)
    assert np.allclose(implied(population).items_drawn.correlations, LIKERT.structure.covariance, rtol=0, atol=1e-14)
    assert np.allclose(
        implied(population).likert_moments.covariances, implied(LIKERT).likert_moments.covariances, rtol=0, atol=1e-13
    )
    assert np.allclose(answer_loadings(population), answer_loadings(LIKERT), rtol=0, atol=1e-13)


# --- independent generators ---


def test_independent_generators_have_the_covariance_and_cumulants_by_hand() -> None:
    table = {item: 0.2 + 0.1 * i for i, item in enumerate(MODEL.items)}
    chosen = Distribution(items="independent generator", skewness=table, kurtosis=1.5)
    items = implied(replace(CONTINUOUS, distribution=chosen)).items_drawn
    assert np.allclose(items.root @ items.root.T, CONTINUOUS.structure.covariance, rtol=0, atol=1e-14)
    for i, item in enumerate(MODEL.items):
        own = [(a, f.moments) for a, f in zip(items.root[i], items.generators, strict=True)]
        assert sum(a**3 * moments[1] for a, moments in own) == pytest.approx(table[item], abs=1e-12)
        assert sum(a**4 * moments[2] for a, moments in own) == pytest.approx(1.5, abs=1e-12)


# --- ways of answering on top ---


@pytest.mark.parametrize("name", ["Vale-Maurelli, falling in places", "chi-square constructs", "within sample"])
def test_ways_of_answering_come_on_top(name: str) -> None:
    ways = Responses(("x2", "y3"), 0.1, 0.05, 0.05, 0.1, 0.15, 0.2)
    population = replace(world(name), responses=ways)
    assert_a_draw_agrees(population, 40_000, 25)
    answers = drawn(population, 40_000, 25)
    shares = np.stack([(answers == k).mean(axis=0) for k in range(1, 6)], axis=1)
    stated = np.array([marginal.shares for marginal in marginals(population)])
    # Simulated shares have an error of their own, a fifth of this.
    assert (np.abs(shares - stated) < 4.3 * np.sqrt(stated / 40_000)).all()


# --- refusals ---

REFUSED = [
    (Distribution(standardised="yes"), r"distribution.standardised: way 'yes' is not known"),
    (Distribution(exogenous="gamma"), r"distribution.exogenous: distribution 'gamma' is not known .allowed: normal"),
    (Distribution(constructs="t", errors="t", exogenous="t", df=5), r"distribution.constructs is of exogenous const"),
    (Distribution(constructs="chi-square"), r"distribution.df is 0; chi-square needs a number above 0"),
    (Distribution(errors="lognormal", sigma=-1), r"distribution.sigma is -1; lognormal needs a number above 0"),
    (Distribution(errors="t", df=4), r"distribution.df is 4; t needs more than 4, or it has no kurtosis"),
    (Distribution(errors="uniform", df=4), r"distribution.df is of chi-square and t, which is not asked for"),
    (Distribution(skewness=1.0), r'distribution.skewness is of items; give items = "vale-maurelli" or items = "indep'),
    (Distribution(items="vale"), r"distribution.items: method 'vale' is not known"),
    (Distribution(items="vale-maurelli", errors="t", df=5), r"distribution.errors is of sources, and items by vale-m"),
    (Distribution(items="vale-maurelli", standardised="within sample"), r"distribution.standardised is of sources"),
    (Distribution(items="vale-maurelli", marginal="t", df=5), r'marginal is of items; give items = "copula" too'),
    (Distribution(items="copula"), r"distribution.marginal is missing; a copula needs one of normal, chi-square, t"),
    (Distribution(items="copula", marginal="beta"), r"distribution.marginal: distribution 'beta' is not known"),
    (Distribution(items="copula", marginal="t", df=3), r"distribution.df is 3; t needs more than 4"),
    (Distribution(items="copula", marginal="uniform", copula="clayton"), r"copula: copula 'clayton' is not known"),
    (Distribution(items="copula", marginal="uniform", copula="t"), r"copula_df is 0; a t copula needs 1 or more"),
    (Distribution(items="copula", marginal="uniform", copula_df=4), r"copula_df is 4; a t copula needs 1 or more, and"),
    (
        Distribution(items="independent generator", skewness=1.2, kurtosis=0.8),
        r"population unnamed: independent generator: the variable behind x1 would need skewness 1.* and excess "
        r"kurtosis .*; Fleishman's method reaches no excess kurtosis under",
    ),
    (Distribution(items="vale-maurelli", skewness={"x9": 1}), r"distribution.skewness: item 'x9' is not known"),
    (Distribution(items="vale-maurelli", kurtosis={"x1": 1}), r"distribution.kurtosis: no number is given for x2, x3"),
    (Distribution(items="vale-maurelli", skewness=2, kurtosis=4), r"population unnamed: Fleishman's method reaches no"),
    (
        Distribution(items="vale-maurelli", skewness={i: 2 * (-1) ** k for k, i in enumerate(MODEL.items)}, kurtosis=6),
        r"population unnamed: Vale-Maurelli: y1 and y2 correlate 0.675 in the model, and with their distributions -1 "
        r"to 0.6062 is possible; lower the correlation",
    ),
]


@pytest.mark.parametrize(("distribution", "message"), REFUSED)
def test_distributions_that_cannot_be_are_refused(distribution: Distribution, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(CONTINUOUS, distribution=distribution)


def test_errors_that_are_not_normal_do_not_go_with_shared_normal_factors() -> None:
    with pytest.raises(InputError, match=r"distribution.errors = uniform does not go with responses.acquiescence"):
        replace(CONTINUOUS, distribution=Distribution(errors="uniform"), responses=Responses(acquiescence=0.1))


def test_intermediate_correlations_that_no_normals_have_are_refused() -> None:
    # Transformed correlations are .95 of the normals' for the first item and the same for the other two: .9 needs .947
    # twice, which leaves at least 2 x .947^2 - 1 = .795 to the third pair.
    wanted = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.7], [0.9, 0.7, 1.0]])
    series = np.stack([np.zeros((3, 3)), np.array([[1.0, 0.95, 0.95], [0.95, 1.0, 1.0], [0.95, 1.0, 1.0]])])
    assert np.linalg.eigvalsh(wanted)[0] > 0
    with pytest.raises(InputError, match=r"made-up: the intermediate correlations are not positive definite .smallest"):
        intermediate_correlations(wanted, series, ["a", "b", "c"], "made-up")


def test_one_respondent_cannot_be_standardised() -> None:
    population = replace(CONTINUOUS, distribution=Distribution(standardised="within sample"))
    with pytest.raises(InputError, match=r"n = 1: sources cannot be standardised within a sample of one"):
        draw(population, 1, 1, np.random.default_rng(1))
