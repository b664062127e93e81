"""Finite populations, clusters and unequal response: who answers, what firms share, and the values of the firms."""

import itertools
from dataclasses import replace
from math import comb

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim import catalogue
from sim.answers.likert import Scale
from sim.answers.responses import Responses
from sim.drawing import firms
from sim.drawing.draw import draw, draw_block, finite_truth
from sim.drawing.selection import Selection
from sim.errors import InputError
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.streams import PURPOSES, Address
from sim.structures.sampling import Sampling

HERE = Address(88, "5c" * 32)
FIRMS = {"Haliopole": 52, "Logipole": 21, "Agrotech": 15}
CLUSTERED = Sampling(FIRMS, icc=0.2, icc_errors=0.1)
UNEQUAL = replace(CLUSTERED, response={"Haliopole": 0.6, "Logipole": 0.9, "Agrotech": 0.8})
ENDLESS = replace(UNEQUAL, finite=False)
DESIGNS = {"plain": Sampling(population_size=88), "clustered": CLUSTERED, "unequal": UNEQUAL, "endless": ENDLESS}
#: Two constructs of several items, a negative loading, correlated errors, and one construct that is its item.
POPULATION = Population.of(
    Model.parse("A =~ a1 + a2 + a3\nB =~ b1\nY =~ y1 + y2\nY ~ A + B"),
    {
        "A=~a1": 0.8, "A=~a2": 0.7, "A=~a3": -0.6, "B=~b1": 1.0, "Y=~y1": 0.9, "Y=~y2": 0.7,
        "Y~A": 0.4, "Y~B": 0.3, "A~~B": 0.5, "a1~~y1": 0.1,
    },
)  # fmt: skip
LIKERT = replace(POPULATION, scale=Scale.from_shares((0.07, 0.17, 0.30, 0.30, 0.16), 6))
SHARED = Responses(reversed=("a2",), acquiescence=0.1, common_method=0.15)
#: Chance that two different firms of the 88 are of one cluster.
TOGETHER = sum(size * (size - 1) for size in FIRMS.values()) / (88 * 87)


def under(design: Sampling, population: Population = POPULATION) -> Population:
    """The population with respondents who come about so."""
    return replace(population, sampling=design)


# --- who answers ---


def plain_probabilities(design: Sampling, n: int) -> dict[tuple[int, ...], float]:
    """Probability of every set of n firms, each firm's odds multiplied: all sets written out."""
    odds = [
        design.response[name] / (1 - design.response[name])
        for name in design.names
        for _ in range(design.clusters[name])
    ]
    weights = {chosen: np.prod([odds[i] for i in chosen]) for chosen in itertools.combinations(range(len(odds)), n)}
    return {chosen: float(weight / sum(weights.values())) for chosen, weight in weights.items()}


def test_every_set_of_firms_answers_as_often_as_its_odds_say() -> None:
    design = Sampling({"b": 3, "a": 2, "c": 2}, response={"a": 0.9, "b": 0.5, "c": 0.2})
    expected, selection = plain_probabilities(design, 4), Selection(design, 4)
    drawn = 12_000
    rng = np.random.default_rng(1)
    found = dict.fromkeys(expected, 0)
    for _ in range(drawn):
        found[tuple(sorted(selection.answering(rng).tolist()))] += 1
    shares = np.array(list(expected.values()))
    counts = np.array(list(found.values()))
    # 35 counts, each binomial; 4.5 standard errors leave one false alarm in 4,000 tests.
    assert (np.abs(counts - drawn * shares) < 4.5 * np.sqrt(drawn * shares * (1 - shares))).all()


def test_equal_chances_are_a_simple_random_sample_whatever_the_chance() -> None:
    samples = []
    for response in ({}, dict.fromkeys(FIRMS, 0.82), dict.fromkeys(FIRMS, 0.01)):
        selection = Selection(Sampling(FIRMS, response=response), 72)
        rng = np.random.default_rng(2)
        samples.append([selection.answering(rng) for _ in range(300)])
    # Factors of the odds only move the last bits of the probabilities.
    assert np.array_equal(samples[0], samples[1])
    assert np.array_equal(samples[0], samples[2])
    counts = np.array([(sample < FIRMS["Agrotech"]).sum() for sample in samples[0]])
    mean, variance = 72 * 15 / 88, 72 * 15 / 88 * (73 / 88) * 16 / 87  # hypergeometric
    assert abs(counts.mean() - mean) < 4.5 * np.sqrt(variance / 300)


def test_the_number_of_answers_by_cluster_has_fishers_distribution_in_large_populations() -> None:
    design = Sampling({"a": 900, "b": 600}, response={"a": 0.999, "b": 0.3})
    odds, n, rng = 999 * 7 // 3, 1000, np.random.default_rng(3)
    weights = {k: comb(900, k) * comb(600, n - k) * odds**k for k in range(400, 901)}
    mean = sum(k * w for k, w in weights.items()) / sum(weights.values())
    variance = sum(k * k * w for k, w in weights.items()) / sum(weights.values()) - mean**2
    selection = Selection(design, n)
    counts = np.array([(selection.answering(rng) < 900).sum() for _ in range(400)])
    assert abs(counts.mean() - mean) < 4.5 * np.sqrt(variance / 400)


@pytest.mark.parametrize("design", [CLUSTERED, UNEQUAL, Sampling(population_size=88)])
def test_all_firms_answer_a_census(design: Sampling) -> None:
    assert sorted(Selection(design, 88).answering(np.random.default_rng(4))) == list(range(88))


def test_respondents_of_endless_clusters_come_by_their_shares_of_answers() -> None:
    clusters = Selection(ENDLESS, 40_000).clusters(np.random.default_rng(5))
    answers = np.array([15 * 0.8, 52 * 0.6, 21 * 0.9])  # in alphabetical order
    shares = answers / answers.sum()
    found = np.bincount(clusters) / 40_000
    assert (np.abs(found - shares) < 4.5 * np.sqrt(shares * (1 - shares) / 40_000)).all()


# --- draws ---


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_the_first_replications_do_not_depend_on_how_many_are_drawn(design: Sampling) -> None:
    population = under(design, replace(LIKERT, responses=replace(SHARED, careless=0.1)))
    whole = draw_block(population, 40, HERE, 2, 12)
    assert np.array_equal(draw_block(population, 40, HERE, 2, 5).raw, whole.raw[:5])
    assert not np.array_equal(draw_block(population, 40, HERE, 3, 12).raw, whole.raw)
    if design.size:
        targets = population.model.targets
        values = finite_truth(population, targets, HERE, 2, 12)
        assert np.array_equal(finite_truth(population, targets, HERE, 2, 5), values[:5], equal_nan=True)


def test_the_order_of_clusters_in_a_file_changes_nothing() -> None:
    turned = replace(
        UNEQUAL,
        clusters=dict(reversed(UNEQUAL.clusters.items())),
        response=dict(reversed(UNEQUAL.response.items())),
    )
    first, second = (under(design) for design in (UNEQUAL, turned))
    assert first.content == second.content
    assert np.array_equal(draw_block(first, 30, HERE, 0, 3).raw, draw_block(second, 30, HERE, 0, 3).raw)


def test_a_sample_is_of_the_firms_there_are_whoever_answers() -> None:
    census = draw_block(under(CLUSTERED), 88, HERE, 0, 3).raw
    for design in (CLUSTERED, UNEQUAL):
        for all_firms, some in zip(census, draw_block(under(design), 30, HERE, 0, 3).raw, strict=True):
            rows = {tuple(firm) for firm in some}
            assert len(rows) == 30
            assert rows <= {tuple(firm) for firm in all_firms}


def test_sampling_has_a_stream_of_its_own() -> None:
    assert PURPOSES["sampling"] == 5
    ways = replace(LIKERT, responses=Responses(careless=0.5))
    kinds = (
        draw_block(under(UNEQUAL, ways), 30, HERE, 0, 3).raw != draw_block(under(UNEQUAL, LIKERT), 30, HERE, 0, 3).raw
    )
    assert 0 < kinds.any(axis=2).mean() < 0.7  # the others answer what they would have answered


def plain_firms(population: Population, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, responses as meant and as answered of the 88 firms, one number after another."""
    design, model, recipe = population.sampling, population.model, implied(population).recipe
    m, p = len(model.constructs), len(model.items)
    shared, own = rng.standard_normal((3, m + p)), rng.standard_normal((88, m + p))
    method, agreeing = rng.standard_normal((2, 88))
    scores, meant, answered = np.zeros((88, m)), np.zeros((88, p)), np.zeros((88, p))
    for firm in range(88):
        cluster = 0 if firm < 15 else 1 if firm < 67 else 2
        source = [
            np.sqrt(icc) * shared[cluster, k] + np.sqrt(1 - icc) * own[firm, k]
            for k, icc in enumerate([design.icc] * m + [design.icc_errors] * p)
        ]
        for place, j in enumerate(recipe.order):
            disturbance = sum(recipe.disturbance_root[place, k] * source[k] for k in range(m))
            scores[firm, j] = disturbance + sum(population.paths[j, k] * scores[firm, k] for k in range(m))
        for i in range(p):
            error = sum(recipe.error_root[i, k] * source[m + k] for k in range(p))
            meant[firm, i] = population.loadings[i] * scores[firm, model.block_of[i]] + error
            direction = -1 if model.items[i] in population.responses.reversed else 1
            answered[firm, i] = (
                np.sqrt(0.75) * meant[firm, i]
                + np.sqrt(0.15) * method[firm]
                + np.sqrt(0.1) * direction * agreeing[firm]
            )
    return scores, meant, answered


def test_firms_are_drawn_as_written_out_number_by_number() -> None:
    population = under(CLUSTERED, replace(POPULATION, responses=SHARED))
    selection = Selection(CLUSTERED, 72)
    drawn = firms.Superpopulation(population).firms(selection.firms, HERE.generator("data", 0))
    _, meant, answered = plain_firms(population, HERE.generator("data", 0))
    assert_allclose(drawn.meant, meant, rtol=0, atol=1e-12)
    assert_allclose(drawn.answered, answered, rtol=0, atol=1e-12)
    given = draw_block(population, 72, HERE, 0, 1).raw[0]
    turned = np.where(np.array(POPULATION.model.items) == "a2", -1, 1)
    chosen = selection.answering(HERE.generator("sampling", 0))
    assert_allclose(given, (answered * turned)[chosen], rtol=0, atol=1e-12)


def test_values_of_the_firms_are_least_squares_among_their_scores() -> None:
    population = under(CLUSTERED, replace(POPULATION, responses=SHARED))
    names = ("Y~A", "Y~B", "r2(Y)", "A~~B", "A=~a3", "B=~b1", "alpha(A)", "ave(Y)", "f2(Y~A)", "chisq")
    values = finite_truth(population, [population.model.target(name) for name in names], HERE, 0, 1)[0]
    scores, meant, _ = plain_firms(population, HERE.generator("data", 0))
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    beta, residual, *_ = np.linalg.lstsq(z[:, :2], z[:, 2], rcond=None)
    (alone,) = np.linalg.lstsq(z[:, 1:2], z[:, 2], rcond=None)[1]
    loadings = [np.corrcoef(meant[:, i], scores[:, j])[0, 1] for i, j in enumerate(POPULATION.model.block_of)]
    among = np.corrcoef(meant[:, :3].T)
    r2 = 1 - residual[0] / 88
    expected = [
        *beta, r2, np.corrcoef(scores[:, 0], scores[:, 1])[0, 1], loadings[2], 1.0, 1.5 * (1 - 3 / among.sum()),
        (loadings[4] ** 2 + loadings[5] ** 2) / 2, (r2 - (1 - alone / 88)) / (1 - r2), np.nan,
    ]  # fmt: skip
    # alpha(A) here is that of standardised responses, those of the truth having variance 1.
    assert_allclose(values, expected, rtol=0, atol=1e-12)


def test_collinear_predictors_have_no_paths_and_the_other_replications_keep_theirs() -> None:
    correlations = np.array([[[1, r, 0.5], [r, 1, 0.5], [0.5, 0.5, 1.0]] for r in (0.2, 1.0)])
    paths, r2 = firms.regressions(correlations, POPULATION.model.path_matrix)
    assert_allclose(paths[0, 2], [0.5 / 1.2, 0.5 / 1.2, 0])
    assert_allclose(r2[0], [0, 0, 0.5 / 1.2])
    assert np.isnan(paths[1, 2, :2]).all()
    assert np.isnan(r2[1, 2])


# --- closed forms ---


def within(values: np.ndarray, exact: np.ndarray | float) -> np.ndarray:
    """Whether means over replications (first axis), which are independent, lie within 4.5 standard errors."""
    se = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return np.abs(values.mean(axis=0) - exact) <= 4.5 * se + 1e-12


def check_moments(design: Sampling, population: Population, replications: int) -> None:
    """Icc or not, respondents have the population's means and covariances."""
    answers = draw(under(design, population), 72, replications, HERE.generator("data", 0)).astype(float)
    exact = implied(population).likert_moments
    deviations = answers - exact.means
    products = deviations.transpose(0, 2, 1) @ deviations / 72
    assert within(answers.mean(axis=1), exact.means[0]).all()
    assert within(products, exact.covariances[0]).all()


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_respondents_have_the_populations_moments(design: Sampling) -> None:
    check_moments(design, POPULATION, 400)
    check_moments(design, LIKERT, 400)


@pytest.mark.acceptance
@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_million_respondents_have_the_populations_moments(design: Sampling) -> None:
    check_moments(design, LIKERT, 1_000_000 // 72)


def check_clusters(replications: int) -> None:
    """Covariances between firms of one cluster, the variance of a sample's mean, and that about the firms' own mean.

    rho = icc lambda^2 + icc_errors (1 - lambda^2) is a response's intra-class correlation. A sample's mean has variance
    (1 + (n - 1) rho P) / n with P the chance that two different firms share a cluster; about the mean of all N firms it
    has (1 - n / N) (1 - rho P) / n (Cochran 1977, theorem 2.2 with the expected variance of the N firms).
    """
    census = draw(under(CLUSTERED), 88, replications, HERE.generator("data", 1))
    samples = draw(under(CLUSTERED), 40, replications, HERE.generator("data", 1))
    rho = 0.2 * POPULATION.loadings**2 + 0.1 * (1 - POPULATION.loadings**2)
    sums = [part.sum(axis=1) for part in np.split(census, [15, 67], axis=1)]
    pairs = sum(part[:, :, None] * part[:, None, :] for part in sums) - census.transpose(0, 2, 1) @ census
    of_constructs = POPULATION.structure.covariance - POPULATION.structure.error_matrix
    assert within(pairs / (88 * 87 * TOGETHER), 0.2 * of_constructs + 0.1 * POPULATION.structure.error_matrix).all()
    means = samples.mean(axis=1)
    assert within(means**2, (1 + 39 * rho * TOGETHER) / 40).all()
    assert within((means - census.mean(axis=1)) ** 2, (1 - 40 / 88) * (1 - rho * TOGETHER) / 40).all()


def test_clusters_share_what_the_closed_forms_say() -> None:
    check_clusters(600)


@pytest.mark.acceptance
def test_clusters_of_a_million_respondents_share_what_the_closed_forms_say() -> None:
    check_clusters(1_000_000 // 88)


# --- what cannot be ---

REFUSED: dict[str, tuple[Sampling, str]] = {
    "nothing to sample from": (Sampling(icc=0.1), r"give clusters = .* or population_size"),
    "an empty cluster": (Sampling({"a": 0, "b": 3}), r"sampling.clusters.a is 0; .* at least 1"),
    "one cluster": (Sampling({"a": 30}), r"names a alone; give two or more"),
    "one firm": (Sampling(population_size=1), r"population_size is 1; .* at least 2"),
    "a negative size": (Sampling(population_size=-5), r"population_size is -5"),
    "two sizes": (Sampling(FIRMS, population_size=90), r"population_size is 90, the clusters hold 88"),
    "too many firms": (Sampling(population_size=10**6), r"1,000,000 firms are given, 100,000 are the most"),
    "an icc beyond 1": (Sampling(FIRMS, icc=1.2), r"sampling.icc is 1.2; give a share from 0 to 1"),
    "a negative icc": (Sampling(FIRMS, icc_errors=-0.1), r"sampling.icc_errors is -0.1"),
    "an icc without clusters": (Sampling(population_size=88, icc=0.1), r"sampling.icc needs clusters"),
    "an unknown cluster": (Sampling(FIRMS, response={"Logopole": 0.5}), r"'Logopole'.*did you mean 'Logipole'"),
    "a certain answer": (Sampling(FIRMS, response=dict.fromkeys(FIRMS, 1.0)), r"response.\w+ is 1; .* below 1"),
    "a cluster without chance": (Sampling(FIRMS, response={"Logipole": 0.5}), r"leaves out Agrotech, Haliopole"),
    "endless without clusters": (Sampling(finite=False), r"finite = false needs clusters"),
    "endless and sized": (Sampling(FIRMS, population_size=88, finite=False), r"finite = false needs clusters and no"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_by_name(case: str) -> None:
    design, message = REFUSED[case]
    with pytest.raises(InputError, match=f"population unnamed: sampling.*{message}|population unnamed: {message}"):
        under(design)


def test_more_respondents_than_firms_are_refused() -> None:
    with pytest.raises(InputError, match="n = 89 is more than the 88 firms of the population; give at most 88"):
        draw_block(under(CLUSTERED), 89, HERE, 0, 1)
    assert draw_block(under(ENDLESS), 500, HERE, 0, 1).raw.shape == (1, 500, 6)


def test_words_and_content_tell_the_design() -> None:
    assert catalogue.population("crm-clusters").sampling.given == {}
    assert "sampling" not in POPULATION.content
    assert under(UNEQUAL).words == (
        "respondents drawn without replacement from 88 firms, clusters Agrotech 15, Haliopole 52, Logipole 21, "
        "intra-class correlation of constructs 0.2, intra-class correlation of errors 0.1, "
        "response Agrotech 0.8, Haliopole 0.6, Logipole 0.9"
    )
    assert under(UNEQUAL).content["sampling"]["clusters"] == FIRMS
