"""Every mechanism beside every other one in a population file: what comes of it, or the refusal that names both."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from sim import catalogue
from sim.answers.missingness import Missingness
from sim.answers.responses import KINDS
from sim.batch import Floats
from sim.drawing.draw import draw_block, finite_truth
from sim.errors import InputError
from sim.implied import simulated
from sim.implied.implied import implied
from sim.implied.marginals import after_cut, marginals
from sim.population.record import Population
from sim.streams import Address, content_key
from tests.bad_input import INSIDE
from tests.full import FULL
from tests.mechanism_parts import PARTS, text
from tests.pages import blocks, page

SAMPLINGS = ("sampling", "plain sampling", "infinite clusters")
SOURCES = ("errors", "constructs", "standardised")
ITEMS = ("vale-maurelli", "independent generator", "gaussian copula", "t copula")
MODEL_ERRORS = ("model_error", "wu-browne")
#: Which parts are refused beside a part, and by which word of the message each side is named.
REFUSED: dict[str, tuple[str, ...]] = {
    "scale.items": ("straightlining",),
    "errors": ("acquiescence", "common_method", "single_informant", *ITEMS),
    "constructs": (*ITEMS, "products"),
    "standardised": (*ITEMS, "plain sampling"),
    "products": (*ITEMS, "slider"),
    "units": ("groups", *SAMPLINGS, "reading", "second-order"),
    "crossloadings": ("products", *MODEL_ERRORS, "groups", *SAMPLINGS, "reading", "composite", "second-order"),
    "sampling": ("groups", *SOURCES, *ITEMS, "plain sampling"),
    "plain sampling": ("groups", *ITEMS),
    "infinite clusters": ("groups", *SOURCES, *ITEMS, "plain sampling"),
    "reading": ("single_informant", *SOURCES, *ITEMS, "products", *MODEL_ERRORS, "groups", *SAMPLINGS),
    "composite": MODEL_ERRORS,
    "second-order": ("products", *MODEL_ERRORS, "groups", *SAMPLINGS, "reading"),
    "after_cut": ("reversed", "errors", "constructs", "independent generator", *MODEL_ERRORS, "reading"),
}
#: What is refused of continuous answers, and what is not.
OF_CONTINUOUS = {"depends_on": (*SOURCES, *ITEMS, "products", "crossloadings", "units")}
ALLOWED_OF_CONTINUOUS = {"after_cut": ("errors", "constructs", "independent generator")}
WORDS = {
    **dict.fromkeys((*SOURCES, *ITEMS), "distribution"),
    **dict.fromkeys(SAMPLINGS, "sampling"),
    **dict.fromkeys(MODEL_ERRORS, "model_error"),
    "products": "products",
    "after_cut": "after_cut",
    "composite": "is composite",
    "second-order": "S",
    "scale.items": "number of categories",
    "slider": "slider",
    "reversed": "left unreversed",
    "depends_on": "missing.strength",
}
#: Answers in categories are drawn of these in the acceptance tests: their laws take longest.
SLOW = {"errors", "constructs", "independent generator", "products", "slider"}
#: Pairs with these are drawn in the acceptance tests only.
SLOWEST = {"t copula", "wu-browne", "midpoint", "common_method", "forms"}
PAIRS = [(name,) for name in PARTS] + list(combinations(PARTS, 2))
RESPONDENTS = 20_000


def refused(names: tuple[str, ...], cut: bool) -> bool:
    """Whether these parts do not go together."""
    if not cut and {*names} & {*KINDS}:
        return True
    ordered = [names, names[::-1]]
    if not cut and any(b in ALLOWED_OF_CONTINUOUS.get(a, ()) for a, *rest in ordered for b in rest):
        return False
    tables = [REFUSED] if cut else [REFUSED, OF_CONTINUOUS]
    return any(b in table.get(a, ()) for table in tables for a, *rest in ordered for b in rest)


def assert_refused(names: tuple[str, ...], path: Path, cut: bool) -> None:
    """One message that names every part, in words of the file."""
    with pytest.raises(InputError) as error:
        catalogue.population(str(path))
    told = str(error.value)
    kinds = [name for name in names if name in KINDS]
    wanted = ["needs categories"] if not cut and kinds else [WORDS.get(name, name) for name in names]
    assert all(word in told for word in wanted), (names, told)
    assert not any(word in told for word in INSIDE), told


def assert_composes(names: tuple[str, ...], population: Population, thorough: bool) -> None:
    """Draws have the moments, shares and shapes that the population states; what it states is whole."""
    answers = drawn(replace(population, missing=Missingness()), thorough)
    moments = implied(population).likert_moments
    deviations = answers - moments.means[0]
    i, k = np.triu_indices(answers.shape[2])
    close(names, population, deviations, np.zeros(answers.shape[2]))
    close(names, population, deviations[..., i] * deviations[..., k], moments.covariances[0][i, k])
    for item, marginal in enumerate(marginals(population)):
        if population.scale.is_continuous:
            close(names, population, (deviations[..., item] / marginal.deviation) ** 3, np.array(marginal.skewness))
        else:
            shares = np.array(marginal.shares)
            is_category = answers[..., item, None] == np.arange(1, len(shares) + 1)
            close(names, population, is_category.astype(float), shares, shares * (1 - shares))
    if population.missing.given:
        seen = drawn(population, thorough)
        gone = np.isnan(seen) if population.scale.is_continuous else seen == 0
        assert (seen[~gone] == answers[~gone]).all(), names
        close(
            names,
            population,
            gone.astype(float),
            1 - np.diag(population.missing.answered_together(population.model.items)),
        )
    assert_whole(names, population, thorough)


def drawn(population: Population, thorough: bool) -> Floats:
    """Answers (R, n, p): many small data sets of clusters, which tell the error of a mean, else a few large ones."""
    n, replications = (40, 100) if population.sampling.given else (1000, 12 if thorough else 3)
    return draw_block(population, n, ADDRESS, 0, replications).answers.astype(np.float64)


def close(
    names: tuple[str, ...], population: Population, values: Floats, expected: Floats, variance: Floats | None = None
) -> None:
    """The mean of the values (R, n, ...) is the expected one within 5 standard errors.

    Of data sets where their respondents share clusters, else of respondents. `variance`: that of one value, where rare
    ones make that of the draws too small. A simulated law has an error of its own.
    """
    alone = values.reshape(-1, *values.shape[2:])
    independent = values.mean(axis=1) if population.sampling.given else alone
    square = independent.var(axis=0, ddof=1) / len(independent)
    if variance is not None:
        square = np.maximum(square, variance / len(alone))
    if implied(population).simulated:
        square = square + alone.var(axis=0) / RESPONDENTS
    away = np.abs(alone.mean(axis=0) - expected)
    assert (away <= 5 * np.sqrt(square) + 1e-12).all(), (names, float((away / np.sqrt(square + 1e-24)).max()))


def assert_whole(names: tuple[str, ...], population: Population, thorough: bool) -> None:
    """Truth is defined but for reliabilities of composites, of the finite population too, and so are all limits."""
    model = population.model
    weights = [f"{b.construct}<~{item}" for b in model.blocks if b.kind == "composite" for item in b.items]
    targets = (*model.targets, *(model.target(name) for name in weights))
    undefined = np.array([population.no_truth(t) is not None for t in targets])
    truth = population.truth(targets)
    assert (np.isnan(truth) == undefined).all(), names
    assert np.linalg.eigvalsh(implied(population).likert_moments.covariances[0])[0] > 0, names
    if thorough:
        assert np.isfinite(implied(population).polychoric_moments.covariances).all(), names
        assert np.isfinite(after_cut(population, targets)).any(), names
    if population.sampling.size:
        finite = finite_truth(population, targets, ADDRESS, 0, 10)
        assert (np.isnan(finite) == undefined).all(), names
        if not population.sampling.icc:  # three clusters are not the infinite population
            assert (np.abs(finite.mean(axis=0) - truth)[~undefined] < 0.05).all(), names


KEYS: dict[tuple[tuple[str, ...], bool], str] = {}
ADDRESS = Address(7, content_key({"pairs": 1}))


@pytest.fixture(autouse=True)
def _fewer_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "RESPONDENTS", RESPONDENTS)


def key(names: tuple[str, ...], cut: bool, folder: Path) -> str:
    """What streams know a population with at most one part by."""
    if (names, cut) not in KEYS:
        (folder / "other.toml").write_text(text(names, cut) or "")
        KEYS[names, cut] = content_key(catalogue.population(str(folder / "other.toml")).content)
    return KEYS[names, cut]


def assert_as_told(names: tuple[str, ...], folder: Path, cut: bool, thorough: bool) -> None:
    """These parts go together, and each makes a difference to the draws' address, or they are refused."""
    told = text(names, cut)
    if told is None:
        return
    (folder / "mine.toml").write_text(told)
    if refused(names, cut):
        assert_refused(names, folder / "mine.toml", cut)
        return
    population = catalogue.population(str(folder / "mine.toml"))
    assert_composes(names, population, thorough)
    for name in names:
        other = key(tuple(other for other in names if other != name), cut, folder)
        assert (other == content_key(population.content)) == (name == "reading"), names


def is_cut(names: tuple[str, ...]) -> bool:
    """Whether the default tests draw categories."""
    return not SLOW & {*names}


@pytest.mark.parametrize("name", PARTS)
def test_a_mechanism_goes_with_every_other_or_is_refused_by_name(name: str, tmp_path: Path) -> None:
    for names in PAIRS:
        if names[0] == name and not (len(names) > 1 and SLOWEST & {*names}):
            assert_as_told(names, tmp_path, is_cut(names), thorough=False)


@pytest.mark.acceptance
@pytest.mark.parametrize("name", PARTS)
def test_so_does_it_with_the_slow_ones_and_other_answers(name: str, tmp_path: Path) -> None:
    for place, names in ((place, names) for place, names in enumerate(PAIRS) if names[0] == name):
        if place % (6 if "t copula" in names else 4) and not FULL:
            continue  # the default tests have them too, but for the slow ones; a t copula's laws are integrals
        if len(names) > 1 and SLOWEST & {*names}:
            assert_as_told(names, tmp_path, is_cut(names), thorough="t copula" not in names)
        elif names != ("products", "after_cut"):  # thresholds are solved anew for every loading tried
            assert_as_told(names, tmp_path, not is_cut(names), thorough=True)


# --- populations that are solved from tables ---

SOLVED_ONES = {
    "after_cut": ('[after_cut]\n"alpha(ACRM)" = 0.7\n', "[after_cut] goes with [values]"),
    "scale.items": ("[scale]\ncategories = 5\n[scale.items]\nCC1 = { categories = 7 }\n", "one scale for all items"),
    "groups": ("[groups.a]\nshare = 0.5\n[groups.b]\nshare = 0.5\n", "groups: a population solved from [published]"),
}


@pytest.mark.parametrize("case", SOLVED_ONES)
def test_what_a_population_solved_from_a_table_has_not_is_refused_beside_a_base(case: str, tmp_path: Path) -> None:
    added, part = SOLVED_ONES[case]
    (tmp_path / "mine.toml").write_text(f'base = "crm-clusters"\n{added}')
    with pytest.raises(InputError) as error:
        catalogue.population(str(tmp_path / "mine.toml"))
    assert part in str(error.value)


@pytest.mark.parametrize("added", ["[scale]\ncategories = 7\n", '[factors.s]\nsets = "scale.slider"\nlevels = [50]\n'])
def test_a_reconstructed_population_has_its_scale_in_the_table(added: str, tmp_path: Path) -> None:
    _, reconstructed = blocks(page("from-a-table"), "toml")
    (tmp_path / "table.toml").write_text(reconstructed)
    (tmp_path / "mine.toml").write_text(f'base = "table.toml"\n{added}')
    with pytest.raises(InputError, match="has its categories there"):
        catalogue.population(str(tmp_path / "mine.toml"))


def test_only_answers_to_items_with_thresholds_of_responses_lose_their_shares(tmp_path: Path) -> None:
    names = ("vale-maurelli", "thresholds")
    (tmp_path / "mine.toml").write_text(text(names, True) or "")
    first, *others = marginals(catalogue.population(str(tmp_path / "mine.toml")))
    assert first.thresholds == (-1.0, -0.5, 0.5, 1.0)
    assert all(np.allclose(other.shares, (0.1, 0.2, 0.4, 0.2, 0.1), rtol=0, atol=1e-9) for other in others)


def test_shapes_of_reversed_items_are_those_of_groups(tmp_path: Path) -> None:
    names = ("groups", "errors", "reversed")
    (tmp_path / "mine.toml").write_text(text(names, False) or "")
    population = catalogue.population(str(tmp_path / "mine.toml"))
    assert marginals(population)[2].skewness < -0.1 < 0.1 < marginals(population)[1].skewness
    assert_composes(names, population, thorough=True)


@pytest.mark.parametrize("target", ["alpha(S)", "S=~C"])
def test_answers_tell_nothing_of_second_order_constructs_to_solve_for(target: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text((text(("second-order",), True) or "") + f'[after_cut]\n"{target}" = 0.6\n')
    with pytest.raises(InputError, match=r"after_cut\..*S"):
        catalogue.population(str(tmp_path / "mine.toml"))
