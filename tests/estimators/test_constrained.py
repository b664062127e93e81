"""The general search against plain optimisers, its conditions and the compiled loops; what other methods refuse."""

import numpy as np
import pytest
from scipy.optimize import minimize

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.constrained.discrepancy import Discrepancy
from estimators.constrained.fitting import Search, search_all
from estimators.constrained.moments import Layout, jacobian
from estimators.constrained.table import table_of
from estimators.constrained.targets import Evaluated
from estimators.methods import build
from estimators.weighted.squares import Weighted
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.model import Model
from tests.cases import batch_of, reference, targets

THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ p*visual + q*textual"
TERMS = THREE + "\nx1 ~~ v*x1\nx2 ~~ v*x2\np == 2*q\nratio := exp(p)/q"
RAM = reference("labels_ram")["runs"]
KINDS = ("likelihood", "generalized", "unweighted")


def small(seed: int, n: int) -> Batch:
    """Answers to two weakly measured constructs, which leave many small samples with impossible variances."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 2))
    factors[:, 1] = 0.3 * factors[:, 0] + factors[:, 1]
    answers = np.repeat(factors, 3, axis=1) * [0.9, 0.4, 0.5, 0.8, 0.4, 0.5] + rng.normal(size=(n, 6))
    return Batch.of(answers, items=("x1", "x2", "x3", "y1", "y2", "y3"))


SMALL = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F")


def made(kind: str, sample: Floats, layout: Layout) -> Discrepancy | Weighted:
    """A discrepancy of its kind; `weighted`: by a matrix of weights for the lower triangle, the diagonal included."""
    if kind != "weighted":
        return Discrepancy(kind, sample, layout)
    places = np.tril_indices(len(sample))
    root = np.random.default_rng(2).normal(size=(len(places[0]),) * 2) / 7 + np.eye(len(places[0]))
    return Weighted(sample, layout, places, root @ root.T)


@pytest.mark.parametrize("kind", [*KINDS, "weighted"])
def test_derivatives_are_those_of_finite_differences(kind):
    model = Model.parse(TERMS + "\nvisual =~ x9\nx2 ~~ x3")
    batch = batch_of("HolzingerSwineford1939", model)
    layout = Layout(table_of(model, [True] * 9))
    objective = made(kind, batch.moments.covariances[0], layout)
    rng = np.random.default_rng(1)
    size = np.array([0.1 if row.row != row.column else 1.0 for row in layout.table.free])
    theta = size * rng.uniform(0.8, 1.2, len(size))
    step = 1e-6
    moves = step * np.eye(len(theta))
    slope = [(objective.value(theta + d) - objective.value(theta - d)) / (2 * step) for d in moves]
    np.testing.assert_allclose(objective.gradient(theta), slope, atol=1e-7, rtol=1e-6)
    bend = [(objective.gradient(theta + d) - objective.gradient(theta - d)) / (2 * step) for d in moves]
    np.testing.assert_allclose(objective.hessian(theta), bend, atol=1e-6, rtol=1e-6)
    # Where the sample is what the model implies, the expected Hessian is the exact one.
    met = made(kind, layout.matrices(theta).implied, layout)
    np.testing.assert_allclose(met.expected(theta), met.hessian(theta), atol=1e-9)
    implied = [(layout.matrices(theta + d).implied - layout.matrices(theta - d).implied) / (2 * step) for d in moves]
    np.testing.assert_allclose(jacobian(*layout.slopes(layout.matrices(theta))), implied, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_restrictions_hold_and_a_plain_optimiser_ends_at_the_same_place(kind):
    model = Model.parse(TERMS)
    batch = batch_of("HolzingerSwineford1939", model)
    found = search_all(batch, model, Search(kind, "none", 1e-8, 1000), batch.n)
    end, region, objective = found.ends[0], found.regions[0], found.discrepancy_of(0)
    np.testing.assert_allclose(region.ties @ end.theta, region.values, atol=1e-12)
    _, _, turned = np.linalg.svd(region.ties)
    free = turned[len(region.ties) :].T
    start = end.theta + free @ np.random.default_rng(2).normal(0.0, 0.02, free.shape[1])
    plain = minimize(lambda z: objective.value(start + free @ z), np.zeros(free.shape[1]), method="BFGS", tol=1e-9)
    assert plain.fun == pytest.approx(end.value, abs=1e-10)
    np.testing.assert_allclose(start + free @ plain.x, end.theta, atol=2e-4)  # BFGS by finite differences
    np.testing.assert_allclose(free.T @ objective.gradient(end.theta), 0.0, atol=1e-6)


@pytest.mark.parametrize("bounds", ["standard", "pos.var", "wide", "wide.zerovar"])
@pytest.mark.parametrize("kind", KINDS)
def test_bounded_estimates_meet_the_conditions_of_kuhn_and_tucker(kind, bounds):
    binding = 0
    for seed in range(3):
        batch = small(seed, 25)
        found = search_all(batch, SMALL, Search(kind, bounds, 1e-8, 1000), batch.n)
        if found.status[0] > Status.INADMISSIBLE:
            continue
        end, region = found.ends[0], found.regions[0]
        gradient = found.discrepancy_of(0).gradient(end.theta)
        assert (end.theta >= region.lower).all()
        assert (end.theta <= region.upper).all()
        at_lower = end.binding & (end.theta - region.lower < region.upper - end.theta)
        np.testing.assert_allclose(gradient[~end.binding], 0.0, atol=1e-6)
        assert (gradient[at_lower] >= -1e-6).all()
        assert (gradient[end.binding & ~at_lower] <= 1e-6).all()
        binding += int(end.binding.any())
    assert binding


@pytest.mark.parametrize("name", ["ml", "mlm", "mlr", "gls", "uls"])
def test_bounds_that_do_not_bind_change_nothing(name):
    model = Model.parse(THREE.replace("p*", "").replace("q*", ""))
    batch = batch_of("HolzingerSwineford1939", model)
    fast = build(name, {}, 0.95).estimator.fit(batch, model)
    bounded = build(name, {"bounds": "wide"}, 0.95).estimator.fit(batch, model)
    # The compiled loops differentiate the observed information numerically, to about 1e-7.
    np.testing.assert_allclose(bounded.value, fast.value, atol=1e-6)
    np.testing.assert_allclose(bounded.se, fast.se, rtol=1e-4)


def test_a_standardised_value_and_its_slope_follow_from_the_raw_ones():
    model = Model.parse(TERMS)
    batch = batch_of("HolzingerSwineford1939", model)
    found = search_all(batch, model, Search("likelihood", "none", 1e-8, 1000), batch.n)
    theta, told = found.ends[0].theta, Evaluated(found.layouts[0], model, "standardised")
    targets = model.targets
    moves = 1e-6 * np.eye(len(theta))
    slopes = np.array([(told.values(theta + d, targets) - told.values(theta - d, targets)) / 2e-6 for d in moves]).T
    known = ~np.isnan(slopes).any(axis=1)
    assert known.sum() > 20
    np.testing.assert_allclose(told.gradients(theta, targets)[known], slopes[known], atol=1e-7)
    at = [target.name for target in targets].index("ratio")
    path = {target.name: value for target, value in zip(targets, told.values(theta, targets), strict=True)}
    assert path["ratio"] == pytest.approx(np.exp(path["speed~visual"]) / path["speed~textual"], rel=1e-12)
    assert targets[at].kind == "defined"


def test_a_model_without_a_unit_is_told_apart():
    model = Model.parse("F =~ NA*x1 + x2 + x3 + x4")
    batch = batch_of("HolzingerSwineford1939", model)
    assert build("ml", {}, 0.95).estimator.fit(batch, model).status[0] == Status.UNIDENTIFIED


def test_what_is_said_of_the_unit_alone_leaves_standardised_values():
    plain = Model.parse("F =~ x1 + x2 + x3\nG =~ x4 + x5 + x6\nG ~ F")
    other = Model.parse("F =~ NA*x1 + x2 + x3\nF ~~ 1*F\nG =~ 2*x4 + x5 + x6\nG ~ F")
    batch = batch_of("HolzingerSwineford1939", plain)
    fits = [build("ml", {}, 0.95).estimator.fit(batch, model, plain.targets) for model in (plain, other)]
    np.testing.assert_allclose(fits[1].value, fits[0].value, atol=1e-7)
    np.testing.assert_allclose(fits[1].se, fits[0].se, rtol=1e-5)


@pytest.mark.parametrize("name", RAM)
def test_one_label_is_one_number_and_none_frees_the_unit(name):
    """A plain likelihood written apart, with lavaan's rules of what a label does; see the file of values."""
    given = RAM[name]
    model = Model.parse(given["model"])
    batch = batch_of("HolzingerSwineford1939", model)
    wanted = targets(model, "chisq", "df", *given["values"])
    fit = build("ml", {"solution": "raw"}, 0.95).estimator.fit(batch, model, wanted)
    assert fit.value[0, 0] == pytest.approx(given["chisq"], rel=1e-9)
    assert fit.value[0, 1] == given["df"]
    value, error = np.array(list(given["values"].values())).T
    np.testing.assert_allclose(fit.value[0, 2:], value, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.se[0, 2:], error, rtol=1e-7)


def test_an_error_that_is_written_is_free_and_one_that_follows_is_not():
    model = Model.parse("F =~ x1\nG =~ x4 + x5 + x6\nG ~ F")
    written = Model.parse(model.syntax + "\nx1 ~~ x1")
    batch = batch_of("HolzingerSwineford1939", model)
    method = build("ml", {}, 0.95).estimator
    assert [method.fit(batch, each).status[0] for each in (model, written)] == [Status.OK, Status.UNIDENTIFIED]
    with pytest.raises(InputError, match="x4 and x5 are items; give their error covariance a label, as `x4 ~~ e"):
        model.target("x4~~x5")


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if not ESTIMATORS[name].estimator.fits_terms])
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("visual ~~ 0*textual", "`visual ~~ 0.0*textual` (line 5)"),
        ("p == q", "`p == q` (line 5)"),
        ("speed =~ x6", "x6, which measures textual and speed"),
        ("x1 ~~ lower(0)*x1", "`x1 ~~ lower(0.0)*x1` (line 5)"),
    ],
)
def test_methods_that_fix_nothing_refuse_by_name(name, line, shown):
    model = Model.parse(f"{THREE}\n{line}")
    estimator = build(name, {}, 0.95, model=model).estimator
    assert shown in estimator.refusal(model)
    with pytest.raises(InputError, match="leave it out, or choose ml"):
        ESTIMATORS[name].estimator().fit(batch_of("HolzingerSwineford1939", model), model)


@pytest.mark.parametrize("name", ["pls", "sumscores", "sam", "wlsmv", "ml"])
def test_every_method_gives_what_labels_define(name):
    model = Model.parse("A =~ CC1 + CC2 + CC3\nP =~ VA1 + VA2 + PRO1\nP ~ a*A + b*PC1\nboth := a + b\nind := a*b")
    batch = batch_of("crm_000", model)
    fit = build(name, {}, 0.95, model=model).estimator.fit(batch, model)
    value = {target.name: fit.value[0, q] for q, target in enumerate(fit.targets)}
    assert value["both"] == pytest.approx(value["P~A"] + value["P~PC1"], abs=1e-12)
    assert value["ind"] == pytest.approx(value["P~A"] * value["P~PC1"], abs=1e-12)


def test_a_bootstrap_gives_a_defined_quantity_its_error():
    model = Model.parse("A =~ CC1 + CC2 + CC3\nP =~ VA1 + VA2 + PRO1\nP ~ a*A\ntwice := 2*a")
    fit = build("pls", {"resamples": 50}, 0.95, model=model).estimator.fit(batch_of("crm_000", model), model)
    assert fit.se[0, fit.column("twice")] == pytest.approx(2 * fit.se[0, fit.column("P~A")], rel=1e-10)


@pytest.mark.parametrize("name", ["ml", "mlr", "gls", "uls", "adf"])
def test_what_is_the_same_for_all_parameters_has_no_error_and_no_test(name):
    model = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + a*y2 + a*y3\nG ~ F")
    rng = np.random.default_rng(6)
    factor = rng.normal(size=(4, 150, 1))
    other = 0.5 * factor + rng.normal(size=factor.shape)
    answers = np.concatenate([factor] * 3 + [other] * 3, axis=2) + rng.normal(size=(4, 150, 6))
    asked = ("F~~F", "total_indirect(F->G)", "total(G->F)", "G~~G")
    fit = build(name, {}, 0.95, model=model).estimator.fit(Batch.of(answers), model, list(map(model.target, asked)))
    assert fit.value[:, 0] == pytest.approx(1.0)
    for part in (fit.se, fit.lower, fit.p_value):
        assert np.isnan(part[:, :3]).all()
        assert np.isfinite(part[:, 3]).all()
