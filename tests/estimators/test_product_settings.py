"""Products of constructs: statuses, what they do not go with, which settings make sense, what stays as it was."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from estimators.base import FIT_PRODUCTS, Status
from estimators.catalogue import ESTIMATORS
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.composites.sumscores import SumScores
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from estimators.products.wrapper import WAYS, Products
from estimators.solution import loading_targets
from sim.batch import Batch, Moments
from sim.errors import InputError
from sim.model import Model
from tests.exact_answers import MODEL
from tests.moderated import BOTH, survey

LINEAR = replace(MODEL, products=())


def test_statuses_are_those_of_the_first_stage_and_of_dependent_terms():
    batch = survey(40, 3)
    answers = batch.raw.copy()
    answers[1, :, 0] = 4  # a constant item
    answers[2, :, :3] = np.where(np.arange(40) % 2, 1, 7)[:, None]  # X has two values, so that its square is constant
    fit = build("sumscores", {}, 0.95, model=BOTH).fit(Batch.of(answers, items=BOTH.items), BOTH)
    assert [Status(int(s)) for s in fit.status] == [Status.OK, Status.CONSTANT_ITEM, Status.SINGULAR]
    assert np.isnan(fit.value[1:]).all()
    assert np.isfinite(fit.value[0]).any()


def test_moments_alone_give_what_no_product_touches():
    correlations = np.where(BOTH.block_of[:, None] == BOTH.block_of, 0.5, 0.2) + 0.5 * np.eye(12)
    batch = Batch.of_moments(Moments(np.zeros((1, 12)), correlations[None], np.inf))
    wanted = [BOTH.target(name) for name in ("Y~X", "Y~M:X", "M~X", "X=~x1", "X~~Z")]
    for name in ("pls", "ml"):
        found = build(name, {}, 0.95, model=BOTH).fit(batch, BOTH, wanted)
        assert np.isnan(found.value[0]).tolist() == [True, True, True, False, False]


def test_a_model_without_products_is_left_to_the_method():
    batch = survey(model=LINEAR)
    for name, kind in (("pls", PLS), ("ml", MaximumLikelihood), ("sumscores", SumScores)):
        given = build(name, {"products": WAYS[kind][0]}, 0.95, model=LINEAR)
        assert isinstance(given.estimator, Products)
        alone = build(name, {}, 0.95, model=LINEAR)
        assert not isinstance(alone.estimator, Products)
        a, b = given.fit(batch, LINEAR), alone.fit(batch, LINEAR)
        assert np.array_equal(a.value, b.value, equal_nan=True)
        assert np.array_equal(a.se, b.se, equal_nan=True)


def test_the_methods_that_fit_products_are_those_that_messages_name():
    assert set(FIT_PRODUCTS) == {name for name, entry in ESTIMATORS.items() if entry.estimator in WAYS}


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_method_fits_products_or_refuses_them_by_name(name):
    told = build(name, {}, 0.95, model=BOTH).estimator.refusal(BOTH)
    if name in FIT_PRODUCTS:
        assert told is None
    else:
        assert told is not None
        assert "the product M~X:X" in told
        assert "which PLS does not fit" not in told
        assert "plsc" in told
    with pytest.raises(InputError, match="the product M~X:X"):
        ESTIMATORS[name].estimator().fit(survey(), BOTH)


@pytest.mark.parametrize("name", FIT_PRODUCTS)
def test_a_method_made_without_the_model_says_so(name):
    bare = ESTIMATORS[name].estimator()
    assert FIT_PRODUCTS[name] == type(bare).__name__
    with pytest.raises(InputError, match=f"this {type(bare).__name__} was made without the model.*build\\('{name}'"):
        bare.fit(survey(model=BOTH), BOTH)
    assert "made without the model" in bare.refusal(BOTH)


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("sumscores", {"solution": "raw"}, "solution is 'raw'"),
        ("sumscores", {"errors": "hc3"}, "errors is 'hc3'"),
        ("bartlett_scores", {"metric": "factors"}, "metric is 'factors'"),
        ("pls", {"resamples": 20, "sign_changes": "construct"}, "choose individual or none"),
        ("ml", {"bollen_stine": 20}, "bollen_stine knows no answers"),
        ("sumscores", {"steps": [{"rule": "weak-paths"}]}, "leave out the rule or it"),
    ],
)
def test_what_products_do_not_go_with_is_refused(name, settings, words):
    assert words in str(build(name, settings, 0.95, model=BOTH).estimator.refusal(BOTH))


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("ml", {"products": "two-stage"}, "product-indicator, orthogonal"),
        ("pls", {"product_items": "all"}, "leave one of them out"),
        ("pls", {"products": "orthogonal", "product_items": "some"}, "matched, all"),
        ("sam", {"products": "two-stage"}, "not of sam"),
        ("ml", {"missing": "fiml"}, "does not go with products"),
        ("pls", {"missing": "pairwise"}, "pls with products needs the answers themselves"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, settings, words):
    with pytest.raises(InputError) as error:
        build(name, settings, 0.95, model=BOTH)
    assert words in str(error.value)


def test_second_order_constructs_and_products_are_refused_together():
    model = Model.parse("A =~ a1 + a2\nB =~ b1 + b2\nS =~ A + B\nZ =~ z1 + z2\nY =~ y1 + y2\nY ~ S + Z + S:Z")
    for name in ("pls", "ml", "plsc"):
        assert "second-order construct S" in str(build(name, {}, 0.95, model=model).estimator.refusal(model))


def test_a_name_that_a_product_would_take_is_refused():
    model = Model.parse("X =~ x1 + x2\nZ =~ z1 + z2\nY =~ `x1:z1` + y2\nY ~ X + Z + X:Z")
    assert "x1:z1 is what a product would be called" in str(build("ml", {}, 0.95, model=model).estimator.refusal(model))


def test_consistent_pls_and_pls_share_their_weights():
    batch = survey()
    linear = replace(BOTH, products=())
    one = ConsistentPLS().fit(batch, linear, loading_targets(linear))
    both = build("plsc", {}, 0.95, model=BOTH).fit(batch, BOTH, loading_targets(BOTH))
    assert np.array_equal(one.value, both.value)


@pytest.mark.parametrize("name", ["pls", "plsc", "sumscores", "ml", "miiv"])
def test_other_units_order_and_wording_of_the_items_change_nothing_but_signs(name):
    items = [BOTH.items.index(item) for item in MODEL.items]
    batch = Batch.of(survey(150, 2).raw[:, :, items], items=MODEL.items)
    method = build(name, {}, 0.95, model=MODEL)
    wanted = [MODEL.target(t) for t in ("Y~X:Z", "Y~X", "slope(Y~X|Z=1)")]
    value = method.fit(batch, MODEL, wanted).value
    assert np.isfinite(value).all()
    scaled = Batch.of(batch.raw * 2.0 + 3.0, items=MODEL.items)
    assert_allclose(method.fit(scaled, MODEL, wanted).value, value, rtol=0, atol=1e-6)
    turned = batch.raw.astype(float).copy()
    turned[:, :, 6:] = 8 - turned[:, :, 6:]  # Y answered the other way round
    turned_back = method.fit(Batch.of(turned, items=MODEL.items), MODEL, wanted).value
    assert_allclose(np.abs(turned_back), np.abs(value), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"screening": {"threshold": 0.5}},
        {"steps": [{"rule": "hair"}]},
        {"inference": "jackknife"},
        {"blocks": "composite"},
        {"missing": "listwise"},
        {"missing": "mean"},
        {"resamples": 20, "interval": "bca"},
        {"resamples": 20, "sign_changes": "individual"},
        {"fpc": 400, "resamples": 20},
    ],
    ids=lambda settings: "-".join(settings),
)
@pytest.mark.parametrize("way", ["two-stage", "product-indicator"])
def test_products_compose_with_what_goes_around_a_method(settings, way):
    batch = survey(80, 2)
    if "missing" in settings:
        gone = np.zeros(batch.raw.shape, dtype=bool)
        gone[:, :3, 1] = True
        batch = Batch.of(batch.raw, missing=gone, items=BOTH.items)
    method = build("pls", {"products": way, **settings}, 0.95, model=BOTH)
    assert method.estimator.refusal(BOTH) is None
    wanted = [BOTH.target(name) for name in ("Y~M:X", "slope(Y~M|X=1)", "M~X:X", "Y~X")]
    fit = method.fit(batch, BOTH, wanted)
    assert np.isfinite(fit.value).all()
    if settings.keys() & {"resamples", "inference"}:
        assert (fit.se > 0).all()


@pytest.mark.parametrize("name", FIT_PRODUCTS)
def test_a_batch_gives_what_its_data_sets_give_one_by_one(name):
    items = [BOTH.items.index(item) for item in MODEL.items]
    batch = Batch.of(survey(120, 3).raw[:, :, items], items=MODEL.items)
    method = build(name, {}, 0.95, model=MODEL)
    whole = method.fit(batch, MODEL)
    for r in range(3):
        alone = method.fit(batch.rows(slice(r, r + 1)), MODEL)
        for part in ("value", "se", "p_value"):
            assert_allclose(getattr(alone, part)[0], getattr(whole, part)[r], rtol=1e-6, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("name", FIT_PRODUCTS)
def test_the_order_of_constructs_and_items_changes_nothing(name):
    items = [BOTH.items.index(item) for item in MODEL.items]
    batch = Batch.of(survey(150, 2).raw[:, :, items], items=MODEL.items)
    turned = Model.parse(
        "Z =~ z1 + z2 + z3\nY =~ y3 + y1 + y2\nX =~ x1 + x2 + x3\nY ~ Z + X + X:Z"
    )  # the items of X and Z keep their order, which says which are multiplied
    names = ("Y~X:Z", "Y~X", "r2(Y)", "slope(Y~Z|X=1)")
    one, other = (
        build(name, {}, 0.95, model=each).fit(batch, each, [each.target(t) for t in names]) for each in (MODEL, turned)
    )
    assert_allclose(other.value, one.value, rtol=0, atol=2e-6)


def test_differences_of_paths_are_those_of_the_equation_with_the_product():
    batch = survey(100, 2)
    wanted = [BOTH.target(name) for name in ("difference(Y~X,Y~M)", "Y~X", "Y~M")]
    for name in ("plsc", "ml"):
        found = build(name, {}, 0.95, model=BOTH).fit(batch, BOTH, wanted).value
        assert_allclose(found[:, 0], found[:, 1] - found[:, 2], rtol=0, atol=1e-12)


def test_prediction_by_a_product_is_refused():
    told = build("pls", {"predict": {}}, 0.95, model=BOTH).estimator.refusal(BOTH)
    assert "no way to predict by the product M~X:X" in str(told)
