"""Every mechanism of the list: its words, and its examples, whose draws have the moments that are stated of them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.answers.mechanism import Mechanism
from sim.errors import InputError
from sim.implied import simulated
from sim.implied.implied import implied
from sim.population.record import Population, pooled
from sim.population.sections import Mechanisms
from sim.solving.perturbed import with_model_error
from sim.structures.groups import Group
from tests.draws import MANY, assert_a_draw_agrees
from tests.worlds import MODEL, VALUES, assert_draws_follow_the_law, example

SECTIONS = Mechanisms.sections()
ROOT = Path(__file__).parents[2]


def groups(cut: bool) -> Population:
    """Two groups, which are populations themselves, so that no class can name them as its example."""
    other = Population.of(MODEL, VALUES | {"G~F": -0.3, "F=~x1": 0.5}, example(cut).scale)
    return pooled([Group("a", 0.6, example(cut)), Group("b", 0.4, other)])


def made(section: str, settings: Any, cut: bool) -> Population:
    """The example's population."""
    if section == "groups":
        return groups(cut)
    return with_model_error(replace(example(cut), **{section: SECTIONS[section](**settings)}))


def examples() -> Iterator[Any]:
    """Every example, with answers in categories and, where it has any, with uncut ones."""
    for section, kind in SECTIONS.items():
        for number, settings in enumerate(({},) if section == "groups" else kind.examples):
            for cut in (True, False):
                yield pytest.param(section, settings, cut, id=f"{section} {number} {'cut' if cut else 'uncut'}")


@pytest.fixture(autouse=True)
def _fewer_simulated(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("acceptance") is None:
        monkeypatch.setattr(simulated, "RESPONDENTS", 20_000)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_mechanism_has_words_and_an_example_of_its_own(section: str) -> None:
    kind = SECTIONS[section]
    assert kind.words is not Mechanism.words, f"{kind.__name__} has no words for reports"
    assert kind.examples or section == "groups", f"{kind.__name__} names no example for the tests to draw"
    assert not kind().given
    assert kind().words == ""
    for settings in kind.examples:
        assert kind(**settings).given
        assert len(kind(**settings).words) > 5


@pytest.mark.parametrize("section", [name for name, kind in SECTIONS.items() if kind.has_section])
def test_a_section_of_population_files_is_documented(section: str) -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    assert any(f"[{section}]" in page for page in pages), f"no page of docs/ tells of [{section}]"


def possible(section: str, settings: Any, cut: bool) -> Population:
    """The example's population; where answers are uncut, those that need categories say so."""
    if cut:
        return made(section, settings, cut)
    try:
        return made(section, settings, cut)
    except InputError as error:
        if "needs categories" not in str(error):
            raise
        pytest.skip("of answers in categories")


@pytest.mark.parametrize(("section", "settings", "cut"), list(examples()))
def test_draws_have_the_moments_that_are_stated(section: str, settings: Any, cut: bool) -> None:
    population = possible(section, settings, cut)
    assert section in population.mechanisms
    assert population.mechanisms[section].words in population.words
    assert_draws_follow_the_law(population)


@pytest.mark.acceptance
@pytest.mark.parametrize(("section", "settings", "cut"), list(examples()))
def test_many_respondents_have_the_moments_that_are_stated(section: str, settings: Any, cut: bool) -> None:
    population = possible(section, settings, cut)
    if section in ("sampling", "missing"):
        pytest.skip("of samples: data sets of finite populations, and answers that are not there")
    assert_a_draw_agrees(population, MANY, 5)
    assert implied(population).simulated in (0, 1_000_000)
