"""What methods share of the same data sets changes none of their numbers, and is indeed shared."""

import numpy as np
import pytest

from benchmarks.run.estimating import fit_all
from benchmarks.study.study import load
from estimators.composites.pls import PLS
from estimators.methods import build
from estimators.shared.alike import Alike
from estimators.shared.parts import origin, part, part_of
from estimators.wrappers.bootstrap import Bootstrap, resampled_batch
from sim.batch import Batch
from sim.streams import Address

STUDY = load("crm-clusters", quick=True)
CELL = STUDY.cells[0]
PARTS = ("value", "se", "lower", "upper", "p_value", "status", "retained", "short", "resamples", "iterations")


def drawn(number: int) -> Batch:
    return CELL.draw_block(STUDY.address(CELL), 0, number)


@pytest.fixture(scope="module")
def together():
    """All methods of the flagship on 45 data sets: two groups of twenty that share their resamples, and one of five."""
    return fit_all(STUDY, drawn(45))


@pytest.mark.parametrize("name", [method.name for method in STUDY.methods])
def test_a_method_among_others_gives_what_it_gives_alone(together, name):
    method = next(each for each in STUDY.methods if each.name == name)
    alone = [method.fit(drawn(45).rows(slice(r, r + 1)), STUDY.model, STUDY.estimands) for r in (0, 19, 20, 44)]
    for one, r in zip(alone, (0, 19, 20, 44), strict=True):
        for each in PARTS:
            same = np.array_equal(getattr(one, each)[0], getattr(together[name], each)[r], equal_nan=each in PARTS[:5])
            assert same, f"{each} of data set {r}"


def answers(r: int) -> Batch:
    return Batch.of(drawn(r).raw, np.arange(r), Address(3, "ab" * 32), items=STUDY.model.items)


def counted(monkeypatch) -> list[int]:
    """How many data sets the PLS loop solves, one number for each call."""
    solved, solve = [], PLS._solve

    def counting(self, batch, model, mode_b):
        solved.append(len(batch))
        return solve(self, batch, model, mode_b)

    monkeypatch.setattr(PLS, "_solve", counting)
    return solved


def test_a_rule_that_drops_nothing_costs_no_further_fit_of_resamples(monkeypatch):
    solved, batch = counted(monkeypatch), answers(4)
    Bootstrap(PLS(), 100).fit(batch, STUDY.model, STUDY.estimands)
    before = sum(solved)
    keeps = build("pls", {"resamples": 60, "steps": [{"rule": "nothing"}]}, 0.95).estimator
    keeps.fit(batch, STUDY.model, STUDY.estimands)
    assert sum(solved) == before == 4 + 400


def test_the_last_look_of_a_rule_is_the_fit_of_the_table(monkeypatch):
    solved = counted(monkeypatch)
    rule = build("pls", {"steps": [{"rule": "one-at-a-time"}]}, 0.95).estimator
    table = rule.fit(answers(40), STUDY.model, STUDY.estimands)
    looks = (~table.retained).sum(axis=1).max()
    assert solved[0] == 40
    assert len(solved) == 1 + looks, "the first look at all, one after each item that goes, and none for the table"
    fresh = PLS().fit(answers(40).keep(table.retained), STUDY.model, STUDY.estimands)
    assert np.array_equal(fresh.value, table.value, equal_nan=True)
    assert looks > 3


def test_fewer_resamples_are_the_first_of_more():
    several = answers(3)
    more = resampled_batch(several, np.arange(3), 0, 50)
    fewer = resampled_batch(several, np.arange(3), 0, 20)
    alone = resampled_batch(answers(3), np.arange(3), 0, 20)
    assert np.array_equal(fewer.moments.covariances, alone.moments.covariances)
    assert np.array_equal(fewer.moments.covariances[20:40], more.moments.covariances[50:70])
    assert np.array_equal(fewer.raw, alone.raw)


def test_a_part_knows_its_batch_only_with_the_same_items():
    whole = answers(5)
    some = part(whole, np.array([1, 3]))
    larger = origin(some)
    assert larger is not None
    assert larger[1].tolist() == [1, 3]
    kept = some.retained.copy()
    kept[0, 0] = False
    assert origin(some.keep(kept)) is None
    assert part_of(some.keep(kept)) is not None
    assert part_of(whole.rows(slice(0, 2))) is None
    assert part_of(some.rows(slice(0, 1))) is None


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("some", [np.array([3, 1]), slice(0, 4, 2)])
def test_correlations_of_a_part_are_found_in_those_of_its_batch(known, some):
    every = answers(5).moments.correlations
    whole = Batch.of_moments(answers(5).moments)
    if known:
        every = whole.moments.correlations
    taken = part(whole, some).moments
    matrices, places = taken.placed_correlations
    assert (matrices is every) == known
    np.testing.assert_array_equal(matrices[places], every[some])
    np.testing.assert_array_equal(taken.correlations, every[some])


class Around:
    """A method from outside around one of the catalogue, which may do anything beside."""

    def __init__(self, inner):
        self.inner = inner

    def __repr__(self):
        return "Around()"


def test_nothing_is_kept_of_a_method_from_outside_whatever_is_in_it():
    model, batch = STUDY.model, answers(2)
    assert Alike.of(batch, "fits", Bootstrap(PLS(), 60), model, STUDY.estimands) is not None
    assert Alike.of(batch, "fits", Bootstrap(Around(PLS()), 60), model, STUDY.estimands) is None
