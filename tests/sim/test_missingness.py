"""Which answers are missing: rates and dependence against formulas and a plain version, and what stays as it was."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from estimators.methods import build
from sim import missing
from sim.answers.missingness import Absence, Missingness, filled_with_means, holes
from sim.answers.responses import Responses
from sim.batch import Batch, Floats
from sim.drawing.draw import draw, draw_block
from sim.errors import InputError
from sim.implied.implied import implied
from sim.implied.marginals import answer_distribution, marginals
from sim.population.record import Population
from sim.streams import BLOCK, PURPOSES, Address
from sim.structures.distribution import Distribution
from tests.draws import MANY
from tests.two_constructs import CONTINUOUS, LIKERT, MODEL

HERE = Address(11, "c4" * 32)
FORMS = (("x2", "y1"), ("x3",), ())
WAYS = {
    "at random": Missingness(share=0.1),
    "of items": Missingness(items={"x2": 0.3, "y3": 0.05}),
    "depending": Missingness(share=0.15, items={"y2": 0.4}, depends_on="x1", strength=1.5),
    "forms": Missingness(forms=FORMS, form_shares=(0.2, 0.3, 0.5)),
    "all at once": Missingness(0.1, {"y3": 0.2}, "x1", -0.8, FORMS),
}
AT_RANDOM = [name for name, ways in WAYS.items() if ways.completely_at_random]


def leaving(ways: Missingness, of: Population = LIKERT) -> Population:
    """The population with these missing answers."""
    return replace(of, missing=ways)


def absence(of: Population) -> Absence:
    return Absence.of(of.missing, MODEL.items, *answer_distribution(of, of.missing.depends_on or "x1"))


# --- plain counterparts ---


def plain_shares(ways: Missingness) -> list[float]:
    """Share of missing answers to each item among those whose form has it."""
    return [0.0 if item == ways.depends_on else ways.items.get(item, ways.share) for item in MODEL.items]


def plain_holes(answers: np.ndarray, of: Population, rng: np.random.Generator) -> np.ndarray:
    """Holes in complete answers (R, n, p), one respondent after another."""
    ways, found = of.missing, absence(of)
    gone = np.zeros(answers.shape, dtype=bool)
    shares, place = plain_shares(ways), MODEL.items.index(ways.depends_on or "x1")
    for answer, row in zip(answers.reshape(-1, 6), gone.reshape(-1, 6), strict=True):
        if ways.forms:
            chances = ways.form_shares or [1 / len(ways.forms)] * len(ways.forms)
            left, form = rng.random(), 0
            while form < len(chances) - 1 and left >= sum(chances[: form + 1]):
                form += 1
            row[[MODEL.items.index(item) for item in ways.forms[form]]] = True
        for i in range(6):
            if shares[i]:
                chance = shares[i]
                if ways.strength:
                    z = (answer[place] - found.mean) / found.deviation
                    chance = 1 / (1 + np.exp(-found.intercepts[i] - ways.strength * z))
                row[i] |= rng.random() < chance
    return gone


def plain_together(ways: Missingness) -> Floats:
    """Probability that both items of a pair are answered, completely at random, form by form."""
    together, shares = np.zeros((6, 6)), plain_shares(ways)
    forms = ways.forms or ((),)
    chances = ways.form_shares or [1 / len(forms)] * len(forms)
    for i, k in itertools.product(range(6), repeat=2):
        for form, chance in zip(forms, chances, strict=True):
            if MODEL.items[i] not in form and MODEL.items[k] not in form:
                together[i, k] += chance * (1 - shares[i]) * (1 if i == k else 1 - shares[k])
    return together


# --- rates and dependence ---


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("scale", ["categories", "continuous"])
def test_the_mapping_agrees_with_the_plain_one(ways: Missingness, scale: str) -> None:
    of = leaving(ways, LIKERT if scale == "categories" else CONTINUOUS)
    given, complete = draw_block(of, 40, HERE, 0, 6), draw_block(replace(of, missing=Missingness()), 40, HERE, 0, 6)
    expected = plain_holes(complete.raw, of, HERE.generator("missing", 0))
    assert np.array_equal(given.missing, expected)  # type: ignore[arg-type]
    assert expected.any()
    answers = given.answers
    assert answers is not None
    assert np.array_equal(answers[~expected], complete.raw[~expected])
    assert np.array_equal(holes(answers), expected)
    assert answers.dtype == complete.raw.dtype


def assert_a_draw_agrees(of: Population, n: int, seed: int) -> None:
    """Shares of missing answers, of each item and of pairs, and by the answer they depend on, lie within 4 SE.

    A share p of n respondents has the standard error sqrt(p (1 - p) / n).
    """
    ways, found = of.missing, absence(of)
    sizes = [100_000] * (n // 100_000)
    answers = np.concatenate([draw(of, k, 1, np.random.default_rng([seed, i]))[0] for i, k in enumerate(sizes)])
    gone = holes(answers)
    forms = list(zip(ways.forms or ((),), found.of_forms, strict=True))
    shown = np.array([sum(chance for form, chance in forms if item not in form) for item in MODEL.items])
    expected = 1 - shown * (1 - np.array(plain_shares(ways)))
    assert (np.abs(gone.mean(axis=0) - expected) <= 4 * np.sqrt(expected * (1 - expected) / n)).all()
    if ways.completely_at_random:
        answered = (~gone).astype(float)
        both, exact = answered.T @ answered / n, plain_together(ways)
        assert (np.abs(both - exact) <= 4 * np.sqrt(exact * (1 - exact) / n)).all()
        return
    place = MODEL.items.index(ways.depends_on)
    values = np.unique(answers[:, place]) if not of.scale.is_continuous else np.linspace(-2, 2, 9)
    width = 0.0 if not of.scale.is_continuous else 0.05
    for value in values:
        near = np.abs(answers[:, place].astype(float) - value) <= width
        z = (answers[near, place] - found.mean) / found.deviation
        for i in np.flatnonzero(found.shares):
            chance = 1 - shown[i] * (1 - expit(found.intercepts[i] + ways.strength * z)).mean()
            assert abs(gone[near, i].mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / near.sum())


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_large_draw_misses_what_it_should(ways: Missingness) -> None:
    assert_a_draw_agrees(leaving(ways), 200_000, 21)
    assert_a_draw_agrees(leaving(ways, CONTINUOUS), 200_000, 22)


@pytest.mark.acceptance
@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_very_large_draw_misses_what_it_should(ways: Missingness) -> None:
    answered = replace(LIKERT, responses=Responses(("x1",), 0.1, 0.05, 0.05, 0.1, 0.1, 0.1))
    for of in (LIKERT, answered, CONTINUOUS):
        assert_a_draw_agrees(leaving(ways, of), MANY, 23)


def test_a_slightly_different_share_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = plain_shares(Missingness(share=0.104))
    monkeypatch.setattr("tests.sim.test_missingness.plain_shares", lambda ways: claimed)
    with pytest.raises(AssertionError):
        assert_a_draw_agrees(leaving(WAYS["at random"]), 200_000, 21)


def test_intercepts_keep_the_share_whatever_the_strength() -> None:
    for strength, share in itertools.product((0.1, 1.0, -3.0, 8.0), (0.001, 0.2, 0.9)):
        ways = Missingness(share=share, depends_on="x1", strength=strength)
        categories, continuous = absence(leaving(ways)), absence(leaving(ways, CONTINUOUS))
        shares = np.array(marginals(LIKERT)[0].shares)
        values = np.arange(1, 6)
        mean = shares @ values
        z = (values - mean) / np.sqrt(shares @ (values - mean) ** 2)
        assert shares @ expit(categories.intercepts[3] + strength * z) == pytest.approx(share, abs=1e-12)

        def integrand(z: float, c: float = continuous.intercepts[3], b: float = strength) -> float:
            return float(expit(c + b * z) * norm.pdf(z))

        whole = quad(integrand, -9, 9, epsabs=1e-12, epsrel=1e-12, limit=400)[0]
        assert whole == pytest.approx(share, abs=1e-10)


def test_dependence_is_on_the_answer_as_given() -> None:
    ways = Missingness(share=0.2, depends_on="x1", strength=2.0)
    sincere, turned = leaving(ways), leaving(ways, replace(LIKERT, responses=Responses(reversed=("x1",))))
    first, second = (draw_block(of, 400, HERE, 0) for of in (sincere, turned))
    assert first.answers is not None
    assert second.answers is not None
    low, high = first.answers[..., 0] == 1, second.answers[..., 0] == 5
    assert np.array_equal(low, high)
    assert first.missing is not None
    assert second.missing is not None
    assert second.missing[high].mean() > 2 * first.missing[low].mean()
    # Without reversal high answers go with high odds, with it the same respondents have low ones; shares stay.
    for batch in (first, second):
        assert batch.missing is not None
        assert batch.missing[..., 1:].mean() == pytest.approx(
            0.2, abs=4 * np.sqrt(0.16 / batch.missing[..., 1:].size * 5)
        )


# --- moments of what is left ---


def assert_moments_agree(of: Population, n: int, seed: int) -> None:
    """What mean, listwise and pairwise handling leave of n respondents has the exact moments, within 4 SE.

    The standard error of a mean product is the products' SD / sqrt(their number). Item means that are filled in lie
    O(n^-1/2) from the exact ones, which adds O(1 / n) to a mean product.
    """
    answers = draw(of, n, 1, np.random.default_rng(seed))[0].astype(float)
    answers[answers == 0] = np.nan
    exact = implied(of).likert_moments
    whole = answers[missing.complete(answers)]
    filled = filled_with_means(exact, of.missing.answered_together(MODEL.items))
    for left, moments in ((whole, exact), (missing.with_item_means(answers), filled)):
        deviations = left - exact.means[0]
        for i, k in itertools.combinations_with_replacement(range(6), 2):
            product = deviations[:, i] * deviations[:, k]
            se = product.std() / np.sqrt(len(left))
            assert abs(product.mean() - moments.covariances[0, i, k]) < 4 * se
    pairs, counts = missing.pairwise_moments(answers), missing.pairwise_counts(answers)
    for i, k in itertools.combinations_with_replacement(range(6), 2):
        both = ~np.isnan(answers[:, i]) & ~np.isnan(answers[:, k])
        product = (answers[both, i] - exact.means[0, i]) * (answers[both, k] - exact.means[0, k])
        assert abs(pairs.covariances[0, i, k] - exact.covariances[0, i, k]) < 4 * product.std() / np.sqrt(counts[i, k])


@pytest.mark.parametrize("name", AT_RANDOM)
def test_a_large_draw_has_the_moments_that_each_handling_leaves(name: str) -> None:
    assert_moments_agree(leaving(WAYS[name]), 100_000, 31)


@pytest.mark.acceptance
@pytest.mark.parametrize("name", AT_RANDOM)
def test_a_very_large_draw_has_the_moments_that_each_handling_leaves(name: str) -> None:
    for of in (LIKERT, CONTINUOUS):
        assert_moments_agree(leaving(WAYS[name], of), MANY, 32)


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_probabilities_that_pairs_are_answered_are_those_form_by_form(ways: Missingness) -> None:
    together, plain = ways.answered_together(MODEL.items), plain_together(ways)
    assert np.allclose(np.diag(together), np.diag(plain), rtol=0, atol=1e-15)
    if ways.completely_at_random:
        assert np.allclose(together, plain, rtol=0, atol=1e-15)


def test_mean_imputation_has_the_limit_of_its_moments() -> None:
    of, n = leaving(Missingness(share=0.25, forms=FORMS)), 100_000
    moments = filled_with_means(implied(of).likert_moments, of.missing.answered_together(MODEL.items))
    targets = [MODEL.target("G~F")]
    limit = build("sumscores", {}, 0.95).estimator.fit(Batch.of_moments(moments), MODEL, targets).value[0, 0]
    complete = build("sumscores", {}, 0.95).estimator.fit(Batch.of_moments(implied(of).likert_moments), MODEL, targets)
    estimate = build("sumscores", {"missing": "mean"}, 0.95).estimator.fit(
        draw_block(of, n, HERE, 0, 1), MODEL, targets
    )
    assert abs(estimate.value[0, 0] - limit) < 4 * estimate.se[0, 0]
    assert complete.value[0, 0] - limit > 10 * estimate.se[0, 0]


# --- streams ---


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_blocks_are_the_same_whoever_draws_them_and_however_many(ways: Missingness) -> None:
    of = leaving(ways, CONTINUOUS)
    whole = draw_block(of, 700, HERE, 1)
    assert len(whole) == BLOCK
    for size in (1, 9, 150):
        part = draw_block(of, 700, HERE, 1, size)
        assert np.array_equal(part.missing, whole.missing[:size])  # type: ignore[index]
        assert np.array_equal(part.answers, whole.answers[:size], equal_nan=True)  # type: ignore[index]
    other = draw_block(of, 700, HERE, 0, 9)
    assert not np.array_equal(other.missing, whole.missing[:9])  # type: ignore[index]
    assert PURPOSES["missing"] == 6


def test_what_is_never_missing_changes_nothing() -> None:
    for ways in (
        Missingness(depends_on="x1", strength=1.0),
        Missingness(items={"x2": 0.0}),
        Missingness(forms=((), ())),
    ):
        of = leaving(ways)
        assert not ways.given
        assert not ways.words
        assert of.content == LIKERT.content
        batch = draw_block(of, 20, HERE, 0, 3)
        assert batch.missing is None
        assert np.array_equal(batch.raw, draw_block(LIKERT, 20, HERE, 0, 3).raw)


def test_words() -> None:
    assert WAYS["all at once"].words == (
        "missing answers: a share of 0.1, of y3 0.2, log odds rising by -0.8 per standard deviation of x1, "
        "3 forms that leave out x2, y1 / x3 / nothing"
    )
    assert leaving(WAYS["at random"]).words == "missing answers: a share of 0.1"


def test_answers_whose_distribution_is_not_known_cannot_decide_what_is_missing() -> None:
    heavy = replace(CONTINUOUS, distribution=Distribution(errors="t", df=8.0))
    assert leaving(WAYS["at random"], heavy).missing.given
    with pytest.raises(InputError, match=r"missing.strength needs the distribution of the answers to x1, which distri"):
        leaving(WAYS["depending"], heavy)
