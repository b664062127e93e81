"""A method that writes into what it is given is named for it, and poisons no check that comes after it."""

from dataclasses import dataclass

import pytest

from estimators import laws
from estimators.composites.sumscores import SumScores

from .faults import Faulty

pytestmark = pytest.mark.acceptance

#: Laws held on samples, on populations' moments and on surveys that are kept and used again.
SOME = ["alive", "faithful", "batch-equals-loop", "moments-alone", "follows", "within-wrappers", "repeatable"]


def _covariances(batch, model):
    batch.moments.covariances[...] = 0.5


def _means(batch, model):
    batch.moments.means[...] = 7.0


def _correlations(batch, model):
    batch.moments.correlations[...] = 0.25


def _retained(batch, model):
    batch.retained[...] = False


def _answers(batch, model):
    if batch.answers is not None:
        batch.answers[...] = 1


def _reflective(batch, model):
    model.reflective[...] = False


def _bounds(batch, model):
    model.bounds[...] = 0


def _paths(batch, model):
    object.__setattr__(model, "paths", model.paths[::-1] + model.paths[:1])


def _note(batch, model):
    object.__setattr__(model, "seen_by_me", True)


POISONS = {
    "batch.moments.covariances": _covariances, "batch.moments.means": _means,
    "batch.moments.correlations": _correlations,
    "batch.retained": _retained, "batch.answers": _answers, "model.reflective": _reflective,
    "model.bounds": _bounds, "another model": _paths, "model.seen_by_me": _note,
}  # fmt: skip


@dataclass(frozen=True)
class Poisoner(Faulty):
    """Writes into what it was given, after it has read it."""

    what: str = "batch.moments.covariances"

    def result(self, fit, batch, model):
        POISONS[self.what](batch, model)
        return fit


class Listens(Faulty):
    """A right method that keeps the bytes of all that it gives."""

    heard: list = []  # noqa: RUF012

    def result(self, fit, batch, model):
        self.heard.append((fit.value.tobytes(), fit.status.tobytes(), model.bounds.tobytes(), model.syntax))
        return fit


def _heard():
    Listens.heard.clear()
    report = laws.report(Listens(), only=SOME, examples=2, shrink=False)
    return report.held, list(Listens.heard)


@pytest.mark.parametrize("what", POISONS)
def test_it_is_named_by_the_law_of_side_effects(what):
    with pytest.raises(laws.LawBroken) as caught:
        laws.check(Poisoner(what=what), only=["no-side-effects"], examples=6, shrink=False)
    assert what in caught.value.breach.found


@pytest.mark.parametrize("what", POISONS)
def test_the_next_check_in_this_process_sees_what_it_would_have_seen(what):
    before = _heard()
    assert set(before[0]) == set(SOME)
    laws.report(Poisoner(what=what), only=SOME, examples=2, shrink=False)
    assert _heard() == before


def test_the_carrier_changes_nothing():
    assert laws.check(Listens(SumScores()), only=["no-side-effects"], examples=6).held
