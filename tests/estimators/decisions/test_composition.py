"""Steps compose with every estimator, with resampling, missing answers and second order, or are refused by name."""

from dataclasses import replace

import numpy as np
import pytest

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.estimators.decisions.cases import BATCH, HERE, MODEL, TWO, two_factor_answers

STEPS = [{"rule": "item-total", "threshold": 0.4}, {"rule": "one-at-a-time", "threshold": 0.5}]


def likert(seed=21, r=3, n=120):
    rng = np.random.default_rng(seed)
    data = np.array([two_factor_answers(rng, n, ([0.8, 0.7, 0.6, 0.2], [0.8, 0.7, 0.6]), 0.5) for _ in range(r)])
    answers = np.clip(np.round(data * 1.1 + 3), 1, 5).astype(np.int8)
    return Batch.of(answers, np.arange(r), HERE, items=TWO.items)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_with_every_estimator(name):
    """The table is the method's own on the items that are left."""
    batch, method = likert(), build(name, {"steps": STEPS}, 0.95, model=TWO)
    assert method.estimator.refusal(TWO) is None
    fit = method.fit(batch, TWO)
    alone = build(name, {}, 0.95, model=TWO).estimator.fit(batch.keep(fit.retained), TWO)
    good = fit.status <= Status.INADMISSIBLE
    assert good.sum() >= 2, "GSCAm does not settle on one of them"
    assert not fit.retained[good, 3].any()
    for part in ("value", "se", "p_value"):
        np.testing.assert_array_equal(getattr(fit, part), getattr(alone, part))


@pytest.mark.parametrize("around", [{"resamples": 25}, {"inference": "jackknife"}, {"fpc": 900}, {"missing": "mean"}])
def test_with_what_stands_around_a_method(around):
    batch = likert()
    fit = build("sumscores", {"steps": STEPS, **around}, 0.95, model=TWO).fit(batch, TWO)
    alone = build("sumscores", around, 0.95, model=TWO).fit(batch.keep(fit.retained), TWO)
    for part in ("value", "se", "lower", "p_value"):
        np.testing.assert_array_equal(getattr(fit, part), getattr(alone, part))


def test_missing_answers_are_handled_first():
    batch = likert()
    gone = np.zeros(batch.raw.shape, dtype=bool)
    gone[:, :7, 2] = True
    holed = replace(batch, missing=gone)
    fit = build("sumscores", {"steps": STEPS, "missing": "listwise"}, 0.95, model=TWO).fit(holed, TWO)
    assert fit.respondents.tolist() == [113] * 3
    fewer = Batch.of(batch.raw[:, 7:], batch.replications, HERE, items=TWO.items)
    whole = build("sumscores", {"steps": STEPS}, 0.95, model=TWO).fit(fewer, TWO)
    np.testing.assert_array_equal(fit.value, whole.value)
    with pytest.raises(InputError, match=r"rule = 'outliers'.*needs the answers themselves"):
        build("sumscores", {"steps": [{"rule": "outliers"}], "missing": "pairwise"}, 0.95)
    both = build("sumscores", {"steps": [{"rule": "outliers", "share": 0.2}], "missing": "listwise"}, 0.95)
    assert (both.fit(holed, TWO).respondents < 113).all(), "those whom the rule leaves out are gone too"


def test_constructs_of_second_order():
    items = MODEL.items
    second = Model.parse(
        f"D1 =~ {'+'.join(items[:4])}\nD2 =~ {'+'.join(items[4:8])}\nOCRM =~ {'+'.join(items[8:13])}\n"
        f"PERF =~ {'+'.join(items[13:])}\nACRM =~ D1 + D2\nPERF ~ ACRM + OCRM"
    )
    fit = build("pls", {"steps": STEPS}, 0.95, model=second).fit(BATCH.rows(slice(0, 4)), second)
    assert (fit.status == Status.OK).all()
    assert not fit.retained.all()
    refused = build("pls", {"steps": [{"rule": "modification-indices"}]}, 0.95, model=second).estimator
    assert "without second-order constructs" in refused.refusal(second)


def test_another_method_may_decide():
    batch = likert(22)
    by_ml = build("pls", {"steps": [{"rule": "all-at-once", "threshold": 0.6, "by": "ml"}]}, 0.95, model=TWO)
    screened = build("ml", {"screening": {"threshold": 0.6}}, 0.95, model=TWO)
    np.testing.assert_array_equal(by_ml.fit(batch, TWO).retained, screened.fit(batch, TWO).retained)


def test_a_step_of_screening_is_the_screening():
    for settings in ({}, {"rule": "one-at-a-time", "threshold": 0.6}):
        step = {"rule": "all-at-once", **settings}
        steps, screened = (
            build("pls", each, 0.95).fit(BATCH, MODEL) for each in ({"steps": [step]}, {"screening": settings})
        )
        for part in ("value", "retained", "short", "status"):
            np.testing.assert_array_equal(getattr(steps, part), getattr(screened, part))


def test_a_replication_that_fails_at_a_step_goes_no_further():
    data = np.array(likert().raw)
    data[1, :, 0] = 3
    fit = build("pls", {"steps": [{"rule": "one-at-a-time"}, {"rule": "item-total"}]}, 0.95).fit(Batch.of(data), TWO)
    assert fit.status.tolist() == [Status.OK, Status.CONSTANT_ITEM, Status.OK]
    assert fit.retained[1].all()
    assert np.isnan(fit.value[1]).all()


def test_intervals_at_another_level_change_the_table_and_no_decision():
    batch = likert(23, 12)
    method = build("ml", {"steps": [{"rule": "upper-limit", "threshold": 0.65}]}, 0.95, model=TWO)
    wide, narrow = method.fit(batch, TWO), method.at_level(0.5).fit(batch, TWO)
    np.testing.assert_array_equal(wide.retained, narrow.retained)
    assert not wide.retained.all()
    np.testing.assert_array_equal(wide.value, narrow.value)
    path = wide.column("G~F")
    assert (narrow.upper[:, path] < wide.upper[:, path]).all()
    values = method.estimator.without_inference().fit(batch, TWO)
    np.testing.assert_array_equal(values.retained, wide.retained)
    assert np.isnan(values.se).all()


@pytest.mark.parametrize(
    ("settings", "selects", "counts"),
    [
        ({}, False, False),
        ({"screening": {}}, True, False),
        ({"steps": STEPS}, True, False),
        ({"steps": [{"rule": "oracle", "items": ["f1"]}]}, True, False),
        ({"steps": [{"rule": "outliers"}]}, False, True),
        ({"steps": STEPS, "split": "half"}, True, True),
        ({"steps": [{"rule": "nothing"}]}, False, False),
    ],
)
def test_a_method_says_what_may_become_of_items_and_respondents(settings, selects, counts):
    method = build("sumscores", settings, 0.95)
    assert (method.selects, method.counts_respondents) == (selects, counts)
