"""Batches whose columns have names: any order gives the right numbers, other items one clear message."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from estimators.base import Estimates, Status
from estimators.catalogue import ESTIMATORS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.entry import Entry
from estimators.kernels.pls import pls_batch
from estimators.kernels.scores import score_batch
from estimators.methods import Method
from estimators.solution import no_block_short
from sim import catalogue
from sim.batch import Batch, Moments, whole_answers
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.streams import Address
from tests.cases import CRM, survey

HERE = Address(4, "ab" * 32)
POPULATION = catalogue.population("crm-clusters")
MODEL = POPULATION.model
BATCH = draw_block(POPULATION, 90, HERE, 0, 4)
#: Blocks from last to first, items within them turned round too.
TURNED = tuple(range(len(MODEL.items)))[::-1]
FIELDS = ("value", "se", "lower", "upper", "p_value", "status", "retained", "short")


def turned(batch: Batch) -> Batch:
    """The batch with its columns in the order of TURNED, under their names."""
    names = tuple(MODEL.items[place] for place in TURNED)
    other = Batch.of(batch.raw[:, :, list(TURNED)], batch.replications, batch.address, items=names)
    return other.keep(batch.retained[:, list(TURNED)])


def assert_alike(one: Estimates, other: Estimates) -> None:
    for field in FIELDS:
        a, b = getattr(one, field), getattr(other, field)
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), field


def test_draws_have_the_names_of_the_models_items():
    assert BATCH.items == MODEL.items
    interviews = catalogue.world(catalogue.theme_names()[0])
    assert interviews.draw_block(5, HERE, 0, 2).items == interviews.columns


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_listed_estimator_gives_the_same_bits_in_any_order_of_columns(name):
    method = ESTIMATORS[name].estimator()
    kept = np.ones((4, len(MODEL.items)), dtype=bool)
    kept[1, 3] = kept[2, 0] = False
    assert_alike(method.fit(turned(BATCH.keep(kept)), MODEL), method.fit(BATCH.keep(kept), MODEL))


def test_blocks_in_another_order_gave_another_path_without_their_names():
    data = survey("crm_000")
    other = [*CRM.items[8:], *CRM.items[:8]]
    (path,) = (CRM.target("P~A"),)
    right = SumScores().fit(Batch.of(data[list(CRM.items)].to_numpy(np.int8)), CRM, [path]).value[0, 0]
    wrong = SumScores().fit(Batch.of(data[other].to_numpy(np.int8)), CRM, [path]).value[0, 0]
    named = SumScores().fit(Batch.of(data[other].to_numpy(np.int8), items=other), CRM, [path]).value[0, 0]
    framed = SumScores().fit(Batch.of_frame(data[other]), CRM, [path]).value[0, 0]
    assert named == framed == right
    assert abs(wrong - right) > 0.02


def test_moments_find_their_items_too():
    moments, places = POPULATION.moments, list(TURNED)
    other = Moments(moments.means[:, places], moments.covariances[:, places][:, :, places], moments.n)
    named = Batch.of_moments(other, [MODEL.items[place] for place in places])
    assert_alike(PLS().fit(named, MODEL), PLS().fit(Batch.of_moments(moments), MODEL))


def test_resamples_and_missing_answers_find_their_items_too():
    gone = np.zeros(BATCH.raw.shape, dtype=bool)
    gone[0, 3, 2] = True
    batch = Batch.of(BATCH.raw, missing=gone, items=MODEL.items)
    back = Batch.of(BATCH.raw[:, :, list(TURNED)], missing=gone[:, :, list(TURNED)], items=turned(BATCH).items)
    np.testing.assert_array_equal(back.aligned(MODEL.items).missing, batch.missing)
    rows = np.random.default_rng(1).integers(0, 90, (5, 90), dtype=np.uint16)
    every = np.ones(19, dtype=bool)
    drawn = Batch.of_resamples(turned(BATCH).raw[0], rows, every, turned(BATCH).items).aligned(MODEL.items)
    np.testing.assert_array_equal(drawn.raw, Batch.of_resamples(BATCH.raw[0], rows, every).raw)


def test_the_order_is_found_once_for_the_same_answers():
    batch = turned(BATCH)
    assert batch.aligned(MODEL.items) is batch.aligned(MODEL.items)
    assert BATCH.aligned(MODEL.items) is BATCH
    fewer = batch.keep(np.zeros_like(batch.retained))
    assert not fewer.aligned(MODEL.items).retained.any()


SMALL = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nB ~ A")
ANSWERS = np.random.default_rng(3).integers(1, 6, (30, 4))


@pytest.mark.parametrize(
    ("items", "parts"),
    [
        (("a1", "a2", "b1", "x9"), ["lack b2", "have x9", "a1, a2, b1, b2"]),
        (("a1", "a2", "b1"), ["lack b2", "a column for each item"]),
        (("a1", "a2", "b1", "b2", "age"), ["have age, which the model does not"]),
    ],
)
def test_other_items_than_the_models_are_named_in_one_message(items, parts):
    answers = np.resize(ANSWERS, (30, len(items)))
    for method in (SumScores(), PLS()):
        with pytest.raises(InputError) as error:
            method.fit(Batch.of(answers, items=items), SMALL)
        for part in parts:
            assert part in str(error.value)


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(InputError, match=r"two columns of one name .*a1"):
        Batch.of(ANSWERS, items=("a1", "a1", "b1", "b2"))
    frame = pd.DataFrame(ANSWERS, columns=["a1", "a1", "b1", "b2"])
    with pytest.raises(InputError, match=r"two columns of one name .*a1"):
        Batch.of_frame(frame)


def test_as_many_names_as_columns():
    with pytest.raises(InputError, match="4 columns and 3 names"):
        Batch.of(ANSWERS, items=("a1", "a2", "b1"))


def test_without_names_the_number_of_columns_must_be_the_models():
    with pytest.raises(InputError, match=r"3 columns, and the model has 4 items \(a1, a2, b1, b2\)"):
        SumScores().fit(Batch.of(ANSWERS[:, :3]), SMALL)


def test_one_items_column_and_one_respondents_row_by_name():
    batch = Batch.of(ANSWERS, items=SMALL.items)
    np.testing.assert_array_equal(batch.answers_to("b1"), ANSWERS[None, :, 2])
    assert batch.respondent(7) == dict(zip(SMALL.items, ANSWERS[7].tolist(), strict=True))
    with pytest.raises(InputError, match="item 'B1' is not among the answers; did you mean 'b1'"):
        batch.answers_to("B1")
    for ask in (lambda: Batch.of(ANSWERS).answers_to("b1"), lambda: Batch.of(ANSWERS).respondent(0)):
        with pytest.raises(InputError, match="no names"):
            ask()


def test_a_frame_keeps_small_whole_answers_exact_and_tells_which_are_missing():
    frame = pd.DataFrame(ANSWERS, columns=list(SMALL.items)).astype(float)
    assert Batch.of_frame(frame).raw.dtype == np.int8
    frame.loc[4, "b2"] = np.nan
    batch = Batch.of_frame(frame)
    assert batch.missing.sum() == 1
    assert batch.missing[0, 4, 3]
    with pytest.raises(InputError, match=r"item a2 holds .* not numbers"):
        Batch.of_frame(frame.assign(a2="often"))
    assert whole_answers(frame.to_numpy() / 2).dtype == np.float64


@dataclass(frozen=True)
class FirstItem:
    """An estimator from outside that takes the columns as they come: each path is the first column's mean."""

    def refusal(self, model):
        return None

    def without_inference(self):
        return self

    def fit(self, batch, model, targets=None):
        wanted = model.targets if targets is None else tuple(targets)
        value = np.repeat(batch.raw[:, :, :1].mean(axis=1), len(wanted), axis=1)
        ok = np.full(len(batch), Status.OK, dtype=np.int8)
        return Estimates(wanted, value, ok, batch.retained, no_block_short(batch, model))


def test_an_estimator_from_outside_gets_the_columns_in_the_models_order():
    method = Method("first", FirstItem(), {"estimator": "first"}, Entry(FirstItem, "First", "the first item"))
    assert_alike(method.fit(turned(BATCH), MODEL), method.fit(BATCH, MODEL))
    with pytest.raises(InputError, match="the model has 19 items"):
        method.fit(Batch.of(BATCH.raw[:, :, :5]), MODEL)


def test_no_loop_is_compiled_anew_for_retained_items_of_another_layout():
    kept = np.ones((len(BATCH), len(MODEL.items)), dtype=bool)
    kept[1, 3] = False
    plain = PLS().fit(BATCH.keep(kept), MODEL)
    known = [len(loop.signatures) for loop in (pls_batch, score_batch)]
    locked = kept.copy()
    locked.flags.writeable = False
    for other in (
        np.asfortranarray(kept),
        kept[:, list(TURNED)][:, list(TURNED)],
        locked,
        np.broadcast_to(kept[1], kept.shape),
    ):
        batch = BATCH.keep(other)
        assert batch.retained.flags.c_contiguous
        assert batch.retained.flags.writeable
        np.testing.assert_array_equal(batch.retained, other)
        fitted = PLS().fit(batch, MODEL)
        np.testing.assert_array_equal(fitted.value[1], plain.value[1])
    assert [len(loop.signatures) for loop in (pls_batch, score_batch)] == known
