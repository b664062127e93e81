"""SAM by the general search: ULS and bounds in the measurement, the global structure, terms; against lavaan's sam()."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.methods import build
from estimators.twostep.general import Steps, measured_together, two_steps
from sim.batch import Batch, Moments
from sim.model import Model
from tests.cases import batch_of, reference, survey

LAVAAN = reference("sam_lavaan")
DEMOCRACY = (
    "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\n"
    "dem60 ~ ind60\ndem65 ~ ind60 + dem60"
)


@pytest.mark.parametrize("name", LAVAAN["runs"])
def test_the_structure_and_its_errors_are_those_of_lavaan(name):
    """`sam(model, sam.method = ..., mm.args = list(estimator = ...))` of lavaan 0.6-20, two-step standard errors."""
    given = LAVAAN["runs"][name]
    model = Model.parse(given["model"])
    batch = batch_of(given["data"], model)
    settings = {"measurement": given["measurement"], "errors": "unit", "structure": given["structure"]}
    for solution in ("raw", "standardised"):
        method = build("sam", {**settings, "solution": solution}, 0.95).estimator
        found = method.fit(batch, model, [model.target(path) for path in given["paths"]])
        values, errors = np.array([given["paths"][path][solution] for path in given["paths"]]).T
        np.testing.assert_allclose(found.value[0], values, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(found.se[0], errors, rtol=1e-4)


def test_the_general_search_gives_what_the_compiled_steps_give():
    model = Model.parse(DEMOCRACY)
    batch = batch_of("PoliticalDemocracy", model)
    plain = build("sam", {}, 0.95).estimator.fit(batch, model)
    other = build("sam", {"bounds": "pos.var"}, 0.95).estimator.fit(batch, model)  # binds nowhere here
    np.testing.assert_allclose(other.value, plain.value, atol=1e-7)
    known = ~np.isnan(plain.se)  # r2 and the like besides: the general search has errors of more
    np.testing.assert_allclose(other.se[known], plain.se[known], rtol=1e-5)


def test_terms_hold_in_their_step_and_tied_blocks_are_measured_together():
    text = DEMOCRACY.replace("y2 + y3", "a*y2 + y3").replace("y6", "a*y6").replace("ind60 + dem60", "p*ind60 + dem60")
    model = Model.parse(text.replace("dem60 ~ ind60", "dem60 ~ p*ind60") + "\nboth := 2*p")
    assert measured_together(model) == [["ind60"], ["dem60", "dem65"]]
    batch = batch_of("PoliticalDemocracy", model)
    for structure in ("local", "global"):
        told = two_steps(batch, model, Steps("ml", "normal", "none", structure, 1000))
        end, region = told.found.ends[0], told.found.regions[0]
        np.testing.assert_allclose(region.ties @ end.theta, region.values, atol=1e-10)
        targets = [model.target(name) for name in ("p", "both", "dem65~ind60")]
        method = build("sam", {"structure": structure, "solution": "raw"}, 0.95).estimator
        found = method.fit(batch, model, targets)
        assert found.value[0, 1] == pytest.approx(2.0 * found.value[0, 0], rel=1e-12)
        assert found.value[0, 2] == pytest.approx(found.value[0, 0], rel=1e-10)
        assert found.se[0, 1] == pytest.approx(2.0 * found.se[0, 0], rel=1e-9)


def test_a_saturated_structure_is_the_same_locally_and_globally():
    model = Model.parse(DEMOCRACY)
    batch = batch_of("PoliticalDemocracy", model)
    fits = [build("sam", {"structure": kind}, 0.95).estimator.fit(batch, model) for kind in ("local", "global")]
    np.testing.assert_allclose(fits[1].value, fits[0].value, atol=1e-6)


def test_bounds_keep_the_measurement_of_small_samples_possible():
    frame = survey("heywood_020")
    model = Model.parse("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nZ =~ z1 + z2 + z3\nZ ~ X + Y")
    batch = Batch.of(frame[list(model.items)].to_numpy(), items=model.items)
    for bounds in ("wide", "standard", "pos.var"):
        told = two_steps(batch, model, Steps("ml", "normal", bounds, "local", 1000))
        errors = told.found.layouts[0].matrices(told.found.ends[0].theta).errors
        least = -0.05 * batch.moments.covariances[0].diagonal().max() if bounds == "wide" else -1e-12
        assert (np.diagonal(errors) >= least).all()


def test_what_does_not_come_apart_is_refused_by_name():
    method = build("sam", {}, 0.95).estimator
    tied = DEMOCRACY.replace("dem60 ~ ind60", "dem60 ~ p*ind60").replace("y2", "p*y2")
    assert "ties measurement and structure" in method.refusal(Model.parse(tied))
    related = DEMOCRACY.replace("dem60 ~ ind60", "dem60 ~ p*ind60").replace("y2", "a*y2") + "\na == p"
    assert "`a == p`" in method.refusal(Model.parse(related))
    assert "`x1 ~ 1`" in method.refusal(Model.parse(DEMOCRACY + "\nx1 ~ 1"))
    assert "product" in method.refusal(Model.parse(f"{DEMOCRACY} + ind60:dem60"))
    constant = np.random.default_rng(1).normal(size=(30, 11))
    constant[:, 3] = 1.0
    model = Model.parse(DEMOCRACY)
    found = build("sam", {"structure": "global"}, 0.95).estimator.fit(Batch.of(constant, items=model.items), model)
    assert found.status[0] == Status.CONSTANT_ITEM


SECOND = reference("sam_second_order_lavaan")


@pytest.mark.parametrize("structure", SECOND["runs"])
def test_a_second_order_construct_is_measured_with_its_dimensions_as_by_lavaan(structure):
    """`sam(model, sam.method = "local")` and "global" of lavaan 0.6-20."""
    model = Model.parse(SECOND["model"])
    moments = Moments(np.zeros((1, 15)), np.array(SECOND["covariances"])[None], float(SECOND["n"]))
    batch = Batch.of_moments(moments, tuple(SECOND["items"]))
    given = SECOND["runs"][structure]
    found = build("sam", {"structure": structure, "solution": "raw"}, 0.95, model=model).fit(
        batch, model, [model.target(name) for name in given]
    )
    values, errors = np.array([*given.values()]).T
    assert found.status.tolist() == [Status.OK]
    np.testing.assert_allclose(found.value[0], values, rtol=1e-6)
    np.testing.assert_allclose(found.se[0], errors, rtol=1e-5)


def test_without_an_outcome_the_second_order_construct_has_the_variance_that_its_measurement_gives():
    """lavaan 0.6-20 fails here; the block is all there is, so that it is maximum likelihood."""
    model = Model.parse(SECOND["model"].split("W =~")[0])
    moments = Moments(np.zeros((1, 15)), np.array(SECOND["covariances"])[None], float(SECOND["n"]))
    batch = Batch.of_moments(moments, tuple(SECOND["items"])).only(model.items)
    wanted = [model.target(name) for name in ("G~~G", "G=~I", "H~~H", "I=~i2")]
    of_sam, of_ml = (build(name, {"solution": "raw"}, 0.95, model=model).fit(batch, model, wanted) for name in
                     ("sam", "ml"))  # fmt: skip
    np.testing.assert_allclose(of_sam.value[0, 1:], of_ml.value[0, 1:], rtol=1e-6)
    np.testing.assert_allclose(of_sam.value[0, 0], of_ml.value[0, 0], rtol=0.02)


def test_a_second_order_construct_of_two_dimensions_is_measured_with_its_neighbour():
    model = Model.parse("H =~ h1+h2+h3\nI =~ i1+i2+i3\nW =~ w1+w2+w3\nG =~ H + I\nW ~ G")
    assert measured_together(model) == [["H", "I", "W", "G"]]
    told = build("sam", {}, 0.95, model=model).estimator
    assert told.refusal(model) is None


IMPROPER = reference("sam_improper_lavaan")


@pytest.mark.parametrize("name", IMPROPER["runs"])
def test_measurement_without_bounds_takes_no_negative_error_off_as_in_lavaan(name):
    """`sam(model, mm.args = list(bounds = "none"))` of lavaan 0.6-20 on 20 and 40 respondents."""
    given = IMPROPER["runs"][name]
    model = Model.parse(given["model"])
    moments = Moments(np.zeros((1, 9)), np.array(IMPROPER["covariances"][name[:2]])[None], float(given["n"]))
    settings = {"solution": "raw", "bounds": "none", "measurement": given["measurement"], "errors": "unit"}
    batch = Batch.of_moments(moments, tuple(IMPROPER["items"]))
    found = build("sam", settings, 0.95).fit(batch, model, [model.target(path) for path in given["paths"]])
    values, errors = np.array([*given["paths"].values()]).T
    assert found.status.tolist() == [Status.INADMISSIBLE]
    np.testing.assert_allclose(found.value[0], values, rtol=3e-5)  # where lavaan stops
    np.testing.assert_allclose(found.se[0], errors, rtol=1e-4)
