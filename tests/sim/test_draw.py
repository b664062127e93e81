"""Draws: the same address gives the same numbers, and many numbers give the population's moments."""

import hashlib

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim import catalogue
from sim.answers.likert import Scale
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.streams import BLOCK, PURPOSES, Address, content_key
from sim.structures import generate
from tests import plain

HERE = Address(20210901, hashlib.sha256(b"somewhere").hexdigest())
#: Single-item construct S, constructs in an order that is not the causal one, correlated errors, a negative loading.
TANGLED = Population.of(
    Model.parse("Y =~ y1 + y2\nM =~ m1 + m2 + m3\nS =~ s1\nA =~ a1 + a2\nY ~ M + S\nM ~ S + A"),
    {
        "Y=~y1": 0.8, "Y=~y2": 0.7, "M=~m1": 0.9, "M=~m2": 0.6, "M=~m3": -0.5, "S=~s1": 1.0,
        "A=~a1": 0.75, "A=~a2": 0.65,
        "Y~M": 0.4, "Y~S": -0.3, "M~S": 0.3, "M~A": 0.35, "S~~A": 0.25, "y1~~m2": 0.2, "a1~~a2": -0.15,
    },
)  # fmt: skip


def cut(population: Population, shares: tuple[float, ...]) -> Population:
    """The same population answered on categories."""
    scale = Scale.from_shares(shares, len(population.loadings))
    parts = (population.model, population.loadings, population.paths, population.exogenous_correlations)
    return Population(*parts, population.error_covariances, scale)


LIKERT = cut(TANGLED, (0.07, 0.17, 0.30, 0.30, 0.16))


@pytest.mark.parametrize("population", [TANGLED, LIKERT], ids=["continuous", "likert"])
def test_the_same_address_gives_the_same_numbers(population: Population) -> None:
    first, again = (draw_block(population, 20, HERE, 3, 10) for _ in range(2))
    assert np.array_equal(first.raw, again.raw)
    assert np.array_equal(first.replications, 3 * BLOCK + np.arange(10))
    assert first.address == HERE


@pytest.mark.parametrize("population", [TANGLED, LIKERT], ids=["continuous", "likert"])
def test_first_replications_do_not_depend_on_how_many_are_drawn(population: Population) -> None:
    whole = draw_block(population, 15, HERE, 0)
    assert len(whole) == BLOCK
    for size in (1, 7, 255):
        assert np.array_equal(draw_block(population, 15, HERE, 0, size).raw, whole.raw[:size])


def test_blocks_purposes_seeds_and_keys_have_streams_of_their_own() -> None:
    other_key = Address(HERE.seed, hashlib.sha256(b"elsewhere").hexdigest())
    generators = {
        "block 0": HERE.generator("data", 0),
        "block 1": HERE.generator("data", 1),
        "resamples of replication 0": HERE.generator("bootstrap", 0),
        "resamples of replication 1": HERE.generator("bootstrap", 1),
        "next seed": Address(HERE.seed + 1, HERE.key).generator("data", 0),
        "other key": other_key.generator("data", 0),
    }
    numbers = {name: tuple(rng.integers(0, 2**63, size=64).tolist()) for name, rng in generators.items()}
    # Not only the sequences, no single number of one stream comes in another: consecutive seeds must not overlap.
    assert len(set().union(*numbers.values())) == 64 * len(numbers)


def test_the_words_of_purposes_are_never_renumbered() -> None:
    assert PURPOSES["data"] == 1
    assert PURPOSES["bootstrap"] == 2
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_an_address_tells_apart_all_words_of_its_key() -> None:
    keys = ["0" * i + "1" + "0" * (63 - i) for i in range(64)]
    assert len({int(Address(1, key).generator("data", 0).integers(0, 2**63)) for key in keys}) == 64


def test_a_content_key_depends_on_content_and_not_on_its_order() -> None:
    assert content_key({"a": 1, "b": [0.1, 0.2]}) == content_key({"b": [0.1, 0.2], "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})
    assert content_key({"a": 0.1}) != content_key({"a": 0.1 + 2**-55})
    with pytest.raises(ValueError, match="JSON"):
        content_key({"a": float("nan")})


def test_blocks_are_unrelated() -> None:
    first, second = (draw_block(TANGLED, 40, HERE, block, 100).raw.ravel() for block in (0, 1))
    # Two unrelated series of N standardised numbers correlate with variance sum_ij r_ij^2 / N^2, where r_ij are the
    # correlations within one series: here those of the p items of one respondent.
    within = (TANGLED.structure.covariance**2).sum() / len(TANGLED.loadings)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 * np.sqrt(within / first.size)


def assert_moments_agree(answers: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> None:
    """Means and covariances of the pooled answers lie within 4.5 standard errors of the exact ones.

    Respondents are independent, and deviations are taken from the exact means, so that a product's mean estimates the
    covariance without bias with standard error SD / sqrt(N). 4.5 leaves one false alarm in 150,000 a comparison.
    """
    pooled = answers.reshape(-1, answers.shape[2]).astype(float)
    deviations = pooled - means
    products = deviations[:, :, None] * deviations[:, None, :]
    for values, exact in ((pooled, means), (products, covariances)):
        se = values.std(axis=0) / np.sqrt(len(pooled))
        assert (np.abs(values.mean(axis=0) - exact) <= 4.5 * se + 1e-12).all()


@pytest.mark.parametrize("population", [TANGLED, LIKERT], ids=["continuous", "likert"])
def test_drawn_moments_are_those_of_the_population(population: Population) -> None:
    answers = draw(population, 500, 200, HERE.generator("data", 0))
    exact = implied(population).likert_moments
    assert_moments_agree(answers, exact.means[0], exact.covariances[0])


def test_the_flagship_population_is_drawn_with_its_moments() -> None:
    population = catalogue.population("crm-clusters")
    answers = draw(population, 72, 700, HERE.generator("data", 1))
    exact = implied(population).likert_moments
    assert_moments_agree(answers, exact.means[0], exact.covariances[0])


def test_replications_differ_as_independent_samples_do() -> None:
    answers = draw(TANGLED, 50, 2000, HERE.generator("data", 2))
    means = answers.mean(axis=1)
    # The mean of 50 standardised responses has variance 1/50; a variance from R = 2000 normal values has relative
    # standard error sqrt(2 / R) = .032.
    assert np.allclose(means.var(axis=0) * 50, 1.0, rtol=0, atol=4.5 * np.sqrt(2 / 2000))


def test_error_covariances_are_drawn() -> None:
    answers = draw(TANGLED, 1000, 100, HERE.generator("data", 3)).reshape(-1, 8)
    items = TANGLED.model.items
    a1, a2 = items.index("a1"), items.index("a2")
    products = answers[:, a1] * answers[:, a2]
    se = products.std() / np.sqrt(len(products))
    assert abs(products.mean() - (0.75 * 0.65 - 0.15)) < 4 * se
    # Without the error covariance the products would lie 30 standard errors and more away.
    assert abs(products.mean() - 0.75 * 0.65) > 20 * se


def test_a_construct_without_disturbance_is_its_predictors_exactly() -> None:
    population = Population.of(
        Model.parse("Y =~ y1\nA =~ a1\nB =~ b1\nY ~ A + B"),
        {"Y=~y1": 1.0, "A=~a1": 1.0, "B=~b1": 1.0, "Y~A": 0.6, "Y~B": 0.8},
    )
    y, a, b = draw(population, 200, 5, HERE.generator("data", 0)).transpose(2, 0, 1)
    # 1 - .6^2 - .8^2 is 0 up to rounding, whose square root could be 1e-8.
    assert np.allclose(y, 0.6 * a + 0.8 * b, rtol=0, atol=1e-7)


def test_a_single_item_with_loading_one_is_its_construct() -> None:
    population = Population.of(
        Model.parse("A =~ a1\nB =~ b1 + b2\nB ~ A"), {"A=~a1": 1.0, "B=~b1": 1.0, "B=~b2": -1.0, "B~A": 0.5}
    )
    _, b1, b2 = draw(population, 100, 3, HERE.generator("data", 0)).transpose(2, 0, 1)
    assert np.array_equal(b1, -b2)


def test_perfectly_correlated_predictors_can_be_drawn() -> None:
    population = Population.of(
        Model.parse("A =~ a1\nB =~ b1\nY =~ y1\nY ~ A + B"),
        {"A=~a1": 1.0, "B=~b1": 1.0, "Y=~y1": 1.0, "Y~A": 0.3, "Y~B": 0.3, "A~~B": 1.0},
    )
    a, b, _ = draw(population, 100, 3, HERE.generator("data", 0)).transpose(2, 0, 1)
    # The root of a perfectly dependent set is lifted by 1e-14, which shows as 1e-7.
    assert np.allclose(a, b, rtol=0, atol=1e-6)


def test_likert_answers_are_small_integers_from_one_and_continuous_ones_are_floats() -> None:
    likert = draw(LIKERT, 300, 3, HERE.generator("data", 0))
    assert likert.dtype == np.int8
    assert np.array_equal(np.unique(likert), [1, 2, 3, 4, 5])
    assert draw(TANGLED, 300, 3, HERE.generator("data", 0)).dtype == np.float64


def test_answers_are_the_continuous_responses_cut_at_the_thresholds() -> None:
    responses = draw(TANGLED, 60, 4, HERE.generator("data", 5))
    answers = draw(LIKERT, 60, 4, HERE.generator("data", 5))
    assert np.array_equal(answers, 1 + np.searchsorted(LIKERT.scale.thresholds[0], responses))


def test_category_shares_are_drawn() -> None:
    shares = np.array([0.02, 0.08, 0.15, 0.15, 0.2, 0.2, 0.1, 0.05, 0.02, 0.02, 0.01])
    answers = draw(cut(TANGLED, tuple(shares)), 500, 100, HERE.generator("data", 6))[:, :, 0].ravel()
    drawn = np.bincount(answers, minlength=12)[1:] / answers.size
    # A share has standard error sqrt(share (1 - share) / N).
    assert (np.abs(drawn - shares) < 4 * np.sqrt(shares * (1 - shares) / answers.size)).all()


@pytest.mark.parametrize(("n", "replications"), [(0, 5), (-3, 5), (10, -1)])
def test_sizes_that_are_none_are_refused(n: int, replications: int) -> None:
    with pytest.raises(InputError, match=rf"n = {n} and {replications} replications; give at least 1"):
        draw(TANGLED, n, replications, HERE.generator("data", 0))


def test_no_replication_is_an_empty_batch() -> None:
    assert draw(LIKERT, 10, 0, HERE.generator("data", 0)).shape == (0, 10, 8)


@pytest.mark.parametrize("name", ["crm-clusters", "three-factors"])
def test_the_compiled_loop_agrees_with_the_plain_version(name: str) -> None:
    population = catalogue.population(name)
    compiled = draw(population, 30, 3, np.random.Generator(np.random.SFC64(4)))
    slow = plain.draw(population, 30, 3, np.random.Generator(np.random.SFC64(4)))
    # The same normals in the same order: answers are equal, responses up to the rounding of their sums.
    np.testing.assert_allclose(compiled, slow, atol=0 if name == "crm-clusters" else 1e-12)


@pytest.mark.parametrize("population", [TANGLED, LIKERT], ids=["continuous", "likert"])
def test_step_by_step_in_numpy_gives_what_the_compiled_loop_gives(population: Population) -> None:
    compiled = draw(population, 40, 3, np.random.Generator(np.random.SFC64(9)))
    rng, recipe = np.random.Generator(np.random.SFC64(9)), implied(population).recipe
    for one in compiled:
        stepwise = generate.responses(recipe, rng.standard_normal((40, recipe.sources)))
        # A sum of at most 13 products of numbers of size 1, in another order.
        assert_allclose(one, generate.cut(stepwise, population.scale.padded(8)), atol=1e-14)
