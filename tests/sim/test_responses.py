"""How respondents answer: exact moments against plain sums and large draws, and what the mapping leaves alone."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import multivariate_normal, norm

from estimators.polychoric import influence, polychorics
from sim.answers.likert import Scale, likert_moments
from sim.answers.responses import KINDS, Responses
from sim.batch import Batch
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings, marginals
from sim.population.record import Population
from sim.streams import BLOCK, PURPOSES, Address
from tests.draws import MANY, assert_a_draw_agrees
from tests.two_constructs import CONTINUOUS, LIKERT, MODEL, WAYS, WORDED
from tests.worlds import assert_draws_follow_the_law, example

HERE = Address(7, "5a" * 32)


def answering(ways: Responses, population: Population = LIKERT) -> Population:
    """The population with these ways of answering."""
    return replace(population, responses=ways)


# --- plain counterparts ---


def plain_answer(kind: str, meant: int, top: int) -> int:
    """What a respondent of this kind gives for the category meant, 1 to top, wording considered."""
    middle = (top + 1) / 2
    if kind == "extreme" and meant != middle:
        return 1 if meant < middle else top
    if kind == "midpoint" and meant != middle:
        return meant + 1 if meant < middle else meant - 1
    return meant


def plain_respond(answers: np.ndarray, ways: Responses, tops: list[int], rng: np.random.Generator) -> np.ndarray:
    """Sincere answers (R, n, p) turned into those given, one respondent after another."""
    given = answers.copy()
    limits = np.cumsum([ways.straightlining, ways.careless, ways.extreme, ways.midpoint])
    for row in given.reshape(-1, answers.shape[2]):
        for i, item in enumerate(MODEL.items):
            if item in ways.reversed:
                row[i] = tops[i] + 1 - row[i]
        kind = ("straightlining", "careless", "extreme", "midpoint", "")[int((rng.random() >= limits).sum())]
        if kind == "straightlining":
            row[:] = row[int(rng.random() * len(row))]
        elif kind == "careless":
            row[:] = [1 + int(rng.random() * top) for top in tops]
        else:
            row[:] = [plain_answer(kind, int(meant), top) for meant, top in zip(row, tops, strict=True)]
    return given


def sincere_correlations(ways: Responses) -> np.ndarray:
    """Correlations of (1 - a - c)^1/2 z + c^1/2 M + a^1/2 w A, one entry after another.

    In z, (1 - s)^1/2 F + s^1/2 V takes the place of a construct F: views of one construct are one, others correlate h.
    """
    before = LIKERT.structure.covariance.copy()
    for i, k in itertools.product(range(6), repeat=2):
        w = -1 if (MODEL.items[i] in ways.reversed) != (MODEL.items[k] in ways.reversed) else 1
        if i // 3 != k // 3:
            seen = (1 - ways.single_informant) * 0.5 + ways.single_informant * ways.informant_halo
            before[i, k] += (seen - 0.5) * LIKERT.loadings[i] * LIKERT.loadings[k]
        left = 1 - ways.acquiescence - ways.common_method
        before[i, k] = left * before[i, k] + ways.common_method + w * ways.acquiescence
    return before


def plain_moments(ways: Responses, cuts: list[tuple[float, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariances by summing over the kinds and over both items' categories, rectangle by rectangle."""
    shares = {kind: getattr(ways, kind) for kind in ("straightlining", "careless", "extreme", "midpoint")}
    shares[""] = 1 - sum(shares.values())
    correlations, tops = sincere_correlations(ways), [len(own) + 1 for own in cuts]
    edges = [(-np.inf, *own, np.inf) for own in cuts]
    worded = [item in ways.reversed for item in MODEL.items]
    means, products = np.zeros(6), np.zeros((6, 6))
    pooled = [
        (tops[i] - c if worded[i] else c + 1, (ndtr(edges[i][c + 1]) - ndtr(edges[i][c])) / 6)
        for i in range(6)
        for c in range(tops[i])
    ]
    for i, k in itertools.combinations_with_replacement(range(6), 2):
        joint = multivariate_normal(cov=[[1, correlations[i, k]], [correlations[i, k], 1]], allow_singular=True)

        def below(x: float, y: float, joint=joint) -> float:  # type: ignore[no-untyped-def]
            return 0.0 if -np.inf in (x, y) else float(joint.cdf([x, y]))

        for a, b in itertools.product(range(tops[i]), range(tops[k])):
            (low, high), (left, right) = edges[i][a : a + 2], edges[k][b : b + 2]
            share = below(high, right) - below(low, right) - below(high, left) + below(low, left)
            if i == k:
                share = (ndtr(high) - ndtr(low)) if a == b else 0.0
            meant = (tops[i] - a if worded[i] else a + 1, tops[k] - b if worded[k] else b + 1)
            for kind in ("", "extreme", "midpoint"):
                first, second = plain_answer(kind, meant[0], tops[i]), plain_answer(kind, meant[1], tops[k])
                products[i, k] += shares[kind] * share * first * second
                means[i] += shares[kind] * share * first * (i == k)
            alone = a == b if i == k else True
            products[i, k] += shares["careless"] * alone * (a + 1) * (b + 1) / (tops[i] * (tops[k] if i != k else 1))
        products[i, k] += shares["straightlining"] * sum(answer**2 * share for answer, share in pooled)
        products[k, i] = products[i, k]
    means += shares["careless"] * (np.array(tops) + 1) / 2
    means += shares["straightlining"] * sum(answer * share for answer, share in pooled)
    return means, products - np.outer(means, means)


# --- moments ---


@pytest.mark.parametrize("kind", KINDS)
def test_draws_of_every_kind_have_the_moments_that_are_stated(kind: str) -> None:
    ways = Responses(**{kind: 0.3})  # type: ignore[arg-type]
    population = replace(example(cut=True), responses=ways)
    assert ways.words == f"{kind} 0.3"
    assert (
        np.abs(
            implied(population).likert_moments.covariances - implied(example(cut=True)).likert_moments.covariances
        ).max()
        > 0.01
    )
    assert_draws_follow_the_law(population)


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_effective_moments_are_sums_over_kinds_and_categories(ways: Responses) -> None:
    moments = implied(answering(ways)).likert_moments
    means, covariances = plain_moments(ways, list(LIKERT.scale.thresholds))
    # 25 rectangles a pair with products up to 25, each to about 1e-15.
    assert np.allclose(moments.means[0], means, rtol=0, atol=1e-12)
    assert np.allclose(moments.covariances[0], covariances, rtol=0, atol=1e-12)
    assert moments.n == np.inf


def test_items_may_differ_in_their_number_of_categories() -> None:
    cuts = [(-1.0, 0.0, 1.0, 1.5)] * 2 + [(-1.5, -1.0, 0.0, 0.3, 0.8, 1.4)] * 2 + [(-1.0, -0.2, 0.5, 1.5)] * 2
    ways = Responses(("x1", "x3"), 0.1, 0.1, careless=0.1, extreme=0.1, midpoint=0.2)
    population = answering(ways, replace(CONTINUOUS, scale=Scale(tuple(cuts))))
    means, covariances = plain_moments(ways, cuts)
    assert np.allclose(implied(population).likert_moments.means[0], means, rtol=0, atol=1e-12)
    assert np.allclose(implied(population).likert_moments.covariances[0], covariances, rtol=0, atol=2e-12)
    answers = draw(population, 3000, 1, np.random.default_rng(1))[0]
    assert answers.max(axis=0).tolist() == [5, 5, 7, 7, 5, 5]


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_large_draw_has_the_effective_moments(ways: Responses) -> None:
    population = answering(ways)
    assert_a_draw_agrees(population, 200_000, 11)


@pytest.mark.acceptance
@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_very_large_draw_has_the_effective_moments(ways: Responses) -> None:
    population = answering(ways)
    assert_a_draw_agrees(population, MANY, 12)


def test_moments_of_a_slightly_different_share_are_told_apart() -> None:
    claimed = implied(answering(Responses(careless=0.12))).likert_moments
    with pytest.raises(AssertionError):
        assert_a_draw_agrees(answering(WAYS["careless"]), 200_000, 11, claimed)


def test_shared_factors_of_continuous_answers_by_hand() -> None:
    ways = Responses(("x2",), acquiescence=0.2, common_method=0.1)
    population = answering(ways, CONTINUOUS)
    given = implied(population).likert_moments.covariances[0]
    assert np.allclose(np.diag(given), 1.0, rtol=0, atol=1e-14)
    # x1 and x2 correlate .8 * .7 as meant; unreversed, all but the agreement changes its sign.
    assert given[0, 1] == pytest.approx(-0.7 * 0.56 - 0.1 + 0.2, abs=1e-14)
    assert given[0, 3] == pytest.approx(0.7 * (0.8 * 0.5 * 0.9 + 0.1) + 0.1 + 0.2, abs=1e-14)
    assert_a_draw_agrees(population, 200_000, 13)
    targets = MODEL.targets
    assert np.array_equal(population.truth(targets), CONTINUOUS.truth(targets), equal_nan=True)


def test_a_single_informant_of_continuous_answers_by_hand() -> None:
    population = answering(Responses(single_informant=0.2, informant_halo=0.5), CONTINUOUS)
    given = implied(population).likert_moments.covariances[0]
    assert np.allclose(np.diag(given), 1.0, rtol=0, atol=1e-14)
    # Items of one construct correlate as ever; F and G, related by .5, are seen to be related by .8 * .5 + .2 * .5.
    assert given[0, 1] == pytest.approx(0.8 * 0.7, abs=1e-14)
    assert given[0, 4] == pytest.approx(0.8 * 0.5 * 0.75, abs=1e-14)
    assert given[0, 3] == pytest.approx(0.8 * 0.5 * 0.9 + 0.1, abs=1e-14)
    assert answer_loadings(population)[0] == pytest.approx(np.sqrt(0.8) * 0.8, abs=1e-14)
    assert np.array_equal(population.truth(MODEL.targets), CONTINUOUS.truth(MODEL.targets), equal_nan=True)
    alone = implied(answering(Responses(single_informant=0.2), CONTINUOUS)).likert_moments.covariances[0]
    assert alone[0, 3] == pytest.approx(0.8 * 0.8 * 0.5 * 0.9 + 0.1, abs=1e-14)
    assert answering(Responses(informant_halo=0.5), CONTINUOUS).content == CONTINUOUS.content


def test_an_informant_with_nothing_but_own_views_tells_nothing_of_the_firm() -> None:
    population = answering(Responses(single_informant=1.0), LIKERT)
    assert np.allclose(answer_loadings(population), 0.0, rtol=0, atol=1e-12)
    between = implied(population).likert_moments.correlations[0, 1:3, 4:]
    assert np.allclose(between, 0.0, rtol=0, atol=1e-12)


def test_a_factor_that_is_all_of_the_variance_leaves_one_answer() -> None:
    population = answering(Responses(common_method=1.0))
    assert np.allclose(implied(population).likert_moments.correlations[0], 1.0, rtol=0, atol=1e-12)
    answers = draw(population, 500, 1, np.random.default_rng(0))[0]
    assert (answers == answers[:, :1]).mean() > 0.99


def score_of(kind: str, z: float, item: int, ways: Responses) -> int:
    """What is given for a sincere response z."""
    meant = 1 + int(np.searchsorted(LIKERT.scale.thresholds[item], z))
    return plain_answer(kind, 6 - meant if MODEL.items[item] in ways.reversed else meant, 5)


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_marginals_and_loadings_of_the_answers_are_those_of_integration(ways: Responses) -> None:
    population = answering(ways)
    moments, phi = implied(population).likert_moments, CONTINUOUS.structure.construct_correlations
    shares = {"": 1 - ways.shares.sum(), "extreme": ways.extreme, "midpoint": ways.midpoint}
    left = (1 - ways.acquiescence - ways.common_method) * (1 - ways.single_informant)
    drawn = np.sqrt(left) * CONTINUOUS.loadings

    def slope(kind: str, item: int) -> float:
        cuts = LIKERT.scale.thresholds[item]
        return float(quad(lambda z: score_of(kind, z, item, ways) * z * norm.pdf(z), -9, 9, points=cuts, limit=200)[0])

    repeated = sum(slope("", i) * drawn[i] * phi[MODEL.block_of[i]] for i in range(6)) / 6
    for i, marginal in enumerate(marginals(population)):
        covariance = sum(share * slope(kind, i) * drawn[i] for kind, share in shares.items() if share)
        covariance += ways.straightlining * repeated[MODEL.block_of[i]]
        deviation = np.sqrt(moments.covariances[0, i, i])
        # Quadrature of steps to 1.5e-8.
        assert answer_loadings(population)[i] == pytest.approx(covariance / deviation, abs=1e-7)
        assert marginal.mean == pytest.approx(moments.means[0, i], abs=1e-12)
        assert marginal.deviation == pytest.approx(deviation, abs=1e-12)
        assert sum(marginal.shares) == pytest.approx(1.0, abs=1e-14)


# --- the limit of polychoric correlations ---


def test_polychoric_correlations_see_shared_factors_and_wording_but_no_cut() -> None:
    ways = WAYS["acquiescence"]
    w = np.where(np.isin(MODEL.items, WORDED), -1, 1)
    limits = implied(answering(ways)).polychoric_moments.covariances[0]
    assert np.allclose(limits, sincere_correlations(ways) * np.outer(w, w), rtol=0, atol=1e-14)
    assert implied(LIKERT).polychoric_moments is LIKERT.moments


@pytest.mark.parametrize("name", ["straightlining", "careless", "extreme", "midpoint", "all at once"])
def test_the_limit_of_polychoric_correlations_is_what_a_large_draw_shows(name: str) -> None:
    population, n = answering(WAYS[name]), 200_000
    found = polychorics(Batch.of(draw(population, n, 1, np.random.default_rng(14))))
    # Respondents' influences on a correlation have mean 0; its standard error is their root mean square / sqrt(n).
    se = np.sqrt((influence(found, 0) ** 2).mean(axis=0) / n)
    pairs = np.triu_indices(6, 1)
    difference = found.correlations[0][pairs] - implied(population).polychoric_moments.covariances[0][pairs]
    assert (np.abs(difference) < 4 * se).all()


def test_polychoric_correlations_of_straightliners_are_1() -> None:
    assert np.array_equal(
        implied(answering(Responses(straightlining=1.0))).polychoric_moments.covariances[0], np.ones((6, 6))
    )


# --- the mapping ---


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_the_compiled_mapping_agrees_with_the_plain_one(ways: Responses) -> None:
    population = answering(ways)
    given = draw(population, 40, 5, HERE.generator("data", 0), HERE.generator("responses", 0))
    sincere = draw(
        replace(implied(population).as_answered.population, responses=Responses()), 40, 5, HERE.generator("data", 0)
    )
    assert np.array_equal(given, plain_respond(sincere, ways, [5] * 6, HERE.generator("responses", 0)))
    assert given.dtype == np.int8


def test_items_left_unreversed_are_the_same_answers_from_the_other_end() -> None:
    turned = [MODEL.items.index(item) for item in WORDED]
    for population, top in ((LIKERT, 6), (CONTINUOUS, 0)):
        plain = draw_block(population, 30, HERE, 2, 4).raw
        given = draw_block(answering(Responses(reversed=WORDED), population), 30, HERE, 2, 4).raw
        expected = plain.copy()
        expected[:, :, turned] = top - plain[:, :, turned]
        assert np.array_equal(given, expected)


def test_respondents_of_no_kind_answer_as_without_the_others() -> None:
    plain, given = (draw_block(answering(ways), 100, HERE, 0) for ways in (Responses(), Responses(careless=0.2)))
    changed = (plain.raw != given.raw).any(axis=2)
    # Six careless answers are the sincere ones by chance in hardly more than one case of 5^6.
    n = changed.size
    assert abs(changed.mean() - 0.2 * (1 - 5.0**-6)) < 4 * np.sqrt(0.2 * 0.8 / n)


def test_blocks_are_the_same_whoever_draws_them_and_however_many() -> None:
    population = answering(WAYS["all at once"])
    whole = draw_block(population, 15, HERE, 1)
    assert len(whole) == BLOCK
    assert np.array_equal(draw_block(population, 15, HERE, 1, 9).raw, whole.raw[:9])
    assert not np.array_equal(draw_block(population, 15, HERE, 0, 9).raw, whole.raw[:9])
    assert PURPOSES["responses"] == 3


def test_responses_without_any_share_change_nothing() -> None:
    population = answering(Responses(careless=0.0))
    assert np.array_equal(draw_block(population, 20, HERE, 0, 3).raw, draw_block(LIKERT, 20, HERE, 0, 3).raw)
    assert implied(population).as_answered is implied(population)
    cut = likert_moments(LIKERT.structure.covariance, LIKERT.scale.padded(6))
    assert np.array_equal(implied(LIKERT).likert_moments.covariances, cut.covariances)
    assert np.array_equal(implied(LIKERT).likert_moments.means, cut.means)


# --- refusals ---

FOUR = Scale.from_shares((0.1, 0.3, 0.4, 0.2), 6)
THREE = Scale.from_shares((0.3, 0.4, 0.3), 6)
MIXED = Scale(((-1.0, 0.0, 1.0, 2.0),) * 3 + ((-1.0, 1.0),) * 3)


@pytest.mark.parametrize(
    ("ways", "scale", "message"),
    [
        (Responses(careless=1.2), LIKERT.scale, r"responses.careless is 1.2; give a share from 0 to 1"),
        (Responses(acquiescence=-0.1), LIKERT.scale, r"responses.acquiescence is -0.1; give a share"),
        (Responses(midpoint=float("nan")), LIKERT.scale, r"responses.midpoint is nan; give a share"),
        (Responses(careless=0.6, extreme=0.5), LIKERT.scale, r"careless = 0.6 and extreme = 0.5 are 1.1 of the resp"),
        (Responses(acquiescence=0.6, common_method=0.7), LIKERT.scale, r"are 1.3 of an item's variance; shares cannot"),
        (Responses(single_informant=1.5), LIKERT.scale, r"responses.single_informant is 1.5; give a share from 0 to 1"),
        (Responses(single_informant=0.5, informant_halo=-0.5), LIKERT.scale, r"informant_halo is -0.5; give a correl"),
        (Responses(reversed=("x9",)), LIKERT.scale, r"responses.reversed: item 'x9' is not known .allowed: x1, x2"),
        (Responses(reversed=("x1", "x1")), LIKERT.scale, r"responses.reversed names x1 twice"),
        (Responses(extreme=0.1), Scale.continuous(), r"responses.extreme needs categories; give \[scale\]"),
        (Responses(midpoint=0.1), FOUR, r"responses.midpoint: x1 has 4 categories, so none in the middle; give an odd"),
        (Responses(extreme=0.1), THREE, r"responses.extreme: x1 has 3 categories, so none between the end points"),
        (Responses(straightlining=0.1), MIXED, r"one number of categories for all items, not 3 to 5"),
    ],
)
def test_ways_of_answering_that_cannot_be_are_refused(ways: Responses, scale: Scale, message: str) -> None:
    with pytest.raises(InputError, match=message):
        answering(ways, replace(CONTINUOUS, scale=scale))
