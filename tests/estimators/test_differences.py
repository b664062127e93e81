"""Differences of paths as targets: names, truth, values in either scale, inference by resampling alone."""

import numpy as np
import pytest

from estimators.methods import build
from sim.batch import Batch
from sim.catalogue import population
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.streams import Address
from sim.targets import Target, read_target
from tests.cases import targets

POPULATION = population("crm-clusters")
MODEL = POPULATION.model
BATCH = draw_block(POPULATION, 72, Address(4, "ac" * 32), 0, 3)
NAME = "difference(PERF~ACRM,PERF~OCRM)"
WANTED = targets(MODEL, NAME, "PERF~ACRM", "PERF~OCRM")


def test_a_name_is_read_as_it_is_written():
    target = Target("difference", ("PERF", "ACRM", "OCRM"))
    assert target.name == NAME
    assert read_target(NAME.replace(",", " , ")) == MODEL.target(NAME) == target
    assert read_target("difference(A~B,C~D)") is None
    assert read_target("difference(A~B)") is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("difference(PERF~ACRM,PERF~ACRM)", "a path less itself says nothing"),
        ("difference(ACRM~PERF,ACRM~OCRM)", "the model has no path ACRM~PERF"),
        ("difference(PERF~ACRM,PERF~OCR)", "construct 'OCR' is not known"),
    ],
)
def test_what_is_no_difference_is_refused(name, told):
    with pytest.raises(InputError, match=told):
        MODEL.target(name)


def test_the_truth_is_the_difference_of_the_true_paths():
    apart, first, second = POPULATION.truth(WANTED)
    assert apart == first - second


@pytest.mark.parametrize("method", ["pls", "plsc", "ml", "sumscores", "sam", "miiv", "ml[raw]", "sumscores[raw]"])
def test_values_are_differences_of_paths_and_nothing_else_changes(method):
    settings = {"solution": "raw"} if method.endswith("[raw]") else {}
    estimator = build(method.partition("[")[0], settings, 0.95).estimator
    fit, alone = estimator.fit(BATCH, MODEL, WANTED), estimator.fit(BATCH, MODEL, WANTED[1:])
    for part in ("value", "se", "lower", "upper", "p_value"):
        np.testing.assert_array_equal(getattr(fit, part)[:, 1:], getattr(alone, part))
    np.testing.assert_array_equal(fit.value[:, 0], fit.value[:, 1] - fit.value[:, 2])
    assert np.isnan(fit.se[:, 0]).all()
    only = estimator.fit(BATCH, MODEL, WANTED[:1])
    np.testing.assert_array_equal(only.value, fit.value[:, :1])


@pytest.mark.parametrize("sign", ["loadings", "first-item"])
def test_factors_are_turned_before_the_difference_is_taken(sign):
    turned = np.array(BATCH.raw)
    turned[:, :, :8] = 6 - turned[:, :, :8]
    other = Batch.of(turned, BATCH.replications, items=MODEL.items)
    fit = build("ml", {"sign": sign}, 0.95).estimator.fit(other, MODEL, WANTED)
    np.testing.assert_array_equal(fit.value[:, 0], fit.value[:, 1] - fit.value[:, 2])


def test_resamples_give_it_inference_but_for_turned_ones():
    settings = {"resamples": 40}
    fit = build("ml", settings, 0.95).estimator.fit(BATCH, MODEL, WANTED)
    assert np.isfinite([fit.se, fit.lower, fit.upper, fit.p_value]).all()
    from_paths = build("ml", {**settings, "inference": "bootstrap"}, 0.95).estimator.fit(BATCH, MODEL, WANTED[1:])
    np.testing.assert_array_equal(fit.se[:, 1:], from_paths.se)
    for turning in ("individual", "construct"):
        fit = build("pls", {**settings, "sign_changes": turning}, 0.95).estimator.fit(BATCH, MODEL, WANTED)
        assert np.isfinite(fit.value).all()
        assert np.isnan(fit.se[:, 0]).all()
        assert np.isnan(fit.lower[:, 0]).all()
        assert np.isfinite(fit.se[:, 1:]).all()


def test_second_order_constructs_have_differences_of_the_second_stage():
    items = MODEL.items
    second = Model.parse(
        f"D1 =~ {'+'.join(items[:4])}\nD2 =~ {'+'.join(items[4:8])}\nOCRM =~ {'+'.join(items[8:13])}\n"
        f"PERF =~ {'+'.join(items[13:])}\nACRM =~ D1 + D2\nPERF ~ ACRM + OCRM"
    )
    fit = build("plsc", {}, 0.95, model=second).estimator.fit(
        BATCH, second, targets(second, NAME, "PERF~ACRM", "PERF~OCRM")
    )
    np.testing.assert_array_equal(fit.value[:, 0], fit.value[:, 1] - fit.value[:, 2])
