"""A mechanism that the project does not have, made as CONTRIBUTING says: fatigue, by what it does to answers alone."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.answers.mechanism import Mechanism, Setting, Step
from sim.answers.missingness import Missingness
from sim.answers.responses import Responses
from sim.batch import Floats
from sim.distributions.law import AnswerLaw, Law
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.form import Number
from sim.implied import simulated
from sim.implied.implied import implied
from sim.implied.marginals import answer_loadings, marginals
from sim.population.record import Population, pooled
from sim.structures.distribution import Distribution
from sim.structures.groups import Group
from sim.structures.readings import Reading
from tests.draws import assert_a_draw_agrees
from tests.worlds import assert_draws_follow_the_law, example


@dataclass(frozen=True)
class Fatigue(Mechanism):
    """Item i of p is replaced by a random category with probability rate * i / (p - 1)."""

    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"rate": 0.3},)

    rate: Number = 0.0

    @property
    def words(self) -> str:
        return f"fatigue that leaves {self.rate:g} of the last item's answers to chance" if self.rate else ""

    def chances(self, p: int) -> Floats:
        return np.asarray(self.rate * np.arange(p) / (p - 1))

    def act(self, answers: NDArray[np.generic], setting: Setting, rng: np.random.Generator) -> None:
        counts = np.array(setting.scale.categories)
        for one in answers:
            tired = rng.random(one.shape) < self.chances(one.shape[1])
            one[tired] = (1 + (rng.random(one.shape) * counts).astype(one.dtype))[tired]


class Known(Fatigue):
    """Fatigue with its closed form."""

    def on_law(self, law: AnswerLaw, setting: Setting) -> Law:
        p, t = law.above.shape
        tired, (first, second) = self.chances(p), np.triu_indices(p, 1)
        anything = 1 - np.arange(1, t + 1) / np.array(setting.scale.categories)[:, None]
        left = (1 - tired)[:, None]
        both = (1 - tired[first]) * (1 - tired[second])
        return Law(
            left * law.above + tired[:, None] * anything,
            both[:, None, None] * law.excess,
            left[:, :, None] * law.slopes,
            respondents=law.respondents,
        )


class Wrong(Fatigue):
    """Fatigue with a law that its draws do not follow."""

    def on_law(self, law: AnswerLaw, setting: Setting) -> AnswerLaw:
        return law


@dataclass(frozen=True, kw_only=True)
class Tired(Population):
    """A population in whose list of mechanisms fatigue stands."""

    fatigue: Fatigue = Fatigue()


def tired(kind: type[Fatigue] = Fatigue, cut: bool = True, **changes: Any) -> Tired:
    """The example's population with fatigue and other mechanisms."""
    plain = example(cut)
    own = {field.name: getattr(plain, field.name) for field in fields(plain)}
    return Tired(**own | changes | {"fatigue": kind(rate=0.3)})


@pytest.fixture(autouse=True)
def _fewer_simulated(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("acceptance") is None:
        monkeypatch.setattr(simulated, "RESPONDENTS", 50_000)


OTHERS: dict[str, dict[str, Any]] = {
    "alone": {},
    "responses": {"responses": Responses(reversed=("x2",), straightlining=0.1, careless=0.1, extreme=0.1)},
    "common method": {"responses": Responses(common_method=0.2)},
    "missing": {"missing": Missingness(share=0.2)},
    "missing at random": {"missing": Missingness(share=0.2, depends_on="y3", strength=1.0)},
    "errors": {"distribution": Distribution(errors="chi-square", df=4)},
    "items": {"distribution": Distribution(items="vale-maurelli", skewness=0.75, kurtosis=1.5)},
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("kind", [Fatigue, Known])
def test_it_composes_and_its_moments_follow_from_what_it_does(kind: type[Fatigue], others: dict[str, Any]) -> None:
    population = tired(kind, **others)
    assert_draws_follow_the_law(population)
    exact = kind is Known and not population.distribution.errors
    assert implied(population).simulated == (0 if exact else 50_000)
    assert "fatigue that leaves 0.3" in population.words
    assert population.content["fatigue"] == {"rate": 0.3}


def test_a_simulated_law_is_the_closed_one_but_for_chance() -> None:
    others = OTHERS["responses"]
    found, exact = tired(**others), tired(Known, **others)
    error = 5 / np.sqrt(simulated.RESPONDENTS)
    for mine, theirs in zip(marginals(found), marginals(exact), strict=True):
        assert np.abs(np.array(mine.shares) - theirs.shares).max() < error * 0.5
    # A loading of answers is a correlation, and its error at most 1 / sqrt(n).
    assert np.abs(answer_loadings(found) - answer_loadings(exact)).max() < error
    limits = [implied(each).polychoric_moments.covariances[0] for each in (found, exact)]
    assert np.abs(limits[0] - limits[1]).max() < 2 * error


def test_groups_are_tired_each() -> None:
    members = [Group("a", 0.6, tired()), Group("b", 0.4, replace(tired(), loadings=tired().loadings * 0.8))]
    assert_draws_follow_the_law(pooled(members))


def test_a_law_that_the_draws_do_not_follow_is_found() -> None:
    with pytest.raises(AssertionError):
        assert_draws_follow_the_law(tired(Wrong))


def test_it_is_refused_by_name_where_it_does_not_go() -> None:
    with pytest.raises(InputError, match=r"\[fatigue\] needs categories"):
        tired(cut=False)
    with pytest.raises(InputError, match=r"\[reading\] does not go with fatigue"):
        tired(reading=Reading("composite"))


def test_a_mechanism_of_answering_that_does_not_act_is_no_class() -> None:
    with pytest.raises(TypeError, match="needs a method `act`"):
        type("Idle", (Mechanism,), {"step": Step.ANSWERS})


def test_draws_show_it() -> None:
    plain, given = (draw(each, 400, 20, np.random.default_rng(4)) for each in (example(True), tired()))
    changed = (plain != given).mean(axis=(0, 1))
    # A random category of five is the old one in a fifth of the cases.
    chances = Fatigue(0.3).chances(9) * 0.8
    assert (np.abs(changed - chances) < 5 * np.sqrt(chances * (1 - chances) / 8000) + 1e-12).all()


@pytest.mark.acceptance
@pytest.mark.parametrize("kind", [Fatigue, Known])
def test_a_million_respondents_have_its_moments(kind: type[Fatigue]) -> None:
    assert_a_draw_agrees(tired(kind), 1_000_000, 8)
