"""Second-order constructs in two stages: a model with known dimensions, closed forms, and the steps done by hand."""

import numpy as np
import pandas as pd
import pytest

from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from estimators.polychoric import polychorics
from estimators.solution import loading_targets, weight_targets
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.second_order import TwoStage
from sim.batch import Batch, Moments
from sim.errors import InputError
from sim.model import Model
from sim.stages import stage_one, stage_two
from tests.cases import reference
from tests.second_order import DIMENSIONS, H_X, ITEMS, MODEL, TEXT, Y_H, Y_X, covariance

TIGHT = {"tolerance": 1e-14, "max_iterations": 10_000}


def limits(method):
    batch = Batch.of_moments(Moments(np.zeros((1, 15)), covariance()[None], np.inf))
    fit = method.fit(batch, MODEL)
    assert fit.status[0] == Status.OK
    return dict(zip([target.name for target in fit.targets], fit.value[0], strict=True))


def survey(n=80, replications=4):
    root = np.linalg.cholesky(covariance())
    return np.random.default_rng(4).normal(size=(replications, n, 15)) @ root.T


def test_the_model_reads_and_writes_second_order_constructs():
    assert Model.parse(MODEL.syntax) == MODEL
    assert MODEL.constructs == ("A", "B", "C", "X", "Y", "H")
    assert MODEL.items == tuple(f"{block}{i}" for block in "abcxy" for i in (1, 2, 3))
    names = [target.name for target in MODEL.targets]
    assert {"H=~A", "Y~H", "A~~X", "X~~H"} <= set(names)
    assert "A~~H" not in names
    with pytest.raises(InputError, match="dimension's loading"):
        MODEL.target("A~~H")


def test_dimensions_take_over_the_paths_and_then_become_items():
    first, second = stage_one(MODEL), stage_two(MODEL)
    assert first.paths[:3] == (("A", "X"), ("B", "X"), ("C", "X"))
    assert set(first.paths[3:]) == {("Y", "A"), ("Y", "B"), ("Y", "C"), ("Y", "X")}
    assert second.constructs == ("X", "Y", "H")
    assert second.items == ("x1", "x2", "x3", "y1", "y2", "y3", "A", "B", "C")


def test_consistent_pls_in_two_stages_finds_the_truth_on_population_moments():
    values = limits(TwoStage(ConsistentPLS(**TIGHT), corrected=True))
    truth = {"H~X": H_X, "Y~H": Y_H, "Y~X": Y_X, "H=~A": 0.9, "H=~B": 0.8, "H=~C": 0.7, "A=~a1": 0.8, "A~~B": 0.72}
    assert {name: values[name] for name in truth} == pytest.approx(truth, abs=1e-9)


def test_croon_in_two_stages_finds_the_truth_on_population_moments():
    values = limits(build("croon", {}, 0.95, model=MODEL).estimator)
    truth = {"H~X": H_X, "Y~H": Y_H, "Y~X": Y_X, "H=~A": 0.9, "H=~B": 0.8, "H=~C": 0.7, "A=~a1": 0.8, "A~~B": 0.72}
    assert {name: values[name] for name in truth} == pytest.approx(truth, abs=1e-6)


@pytest.mark.parametrize("name", ["ordpls", "ordplsc"])
def test_both_stages_of_ordinal_methods_stand_on_polychoric_correlations(name):
    cut = np.digitize(survey(200), [-0.5, 0.9]) + 1
    settings = {"tolerance": 1e-12}
    ordinal = build(name, settings, 0.95, model=MODEL).estimator.fit(Batch.of(cut), MODEL)
    moments = Moments(np.zeros((4, 15)), polychorics(Batch.of(cut)).correlations, 200)
    plain = build(name.removeprefix("ord"), settings, 0.95, model=MODEL).estimator
    continuous = plain.fit(Batch.of_moments(moments), MODEL)
    assert not ordinal.fatal.any()
    assert ordinal.value == pytest.approx(continuous.value, abs=1e-10, nan_ok=True)


def test_a_target_asked_for_twice_is_told_twice():
    names = ["Y~H", "A=~a1", "Y~H", "H~X", "A=~a1"]
    value = TwoStage(PLS()).fit(Batch.of(survey()), MODEL, [MODEL.target(name) for name in names]).value
    assert np.array_equal(value[:, [0, 1]], value[:, [2, 4]])
    single = TwoStage(PLS()).fit(Batch.of(survey()), MODEL, [MODEL.target("A=~a1")]).value
    assert np.array_equal(value[:, [4]], single)


def test_plain_pls_in_two_stages_is_two_fits_one_after_the_other():
    data = survey()
    fit = TwoStage(PLS(**TIGHT)).fit(Batch.of(data), MODEL)
    first, second = stage_one(MODEL), stage_two(MODEL)
    for r, answers in enumerate(data):
        z = (answers - answers.mean(axis=0)) / answers.std(axis=0)
        names = [first.target(f"{item[0].upper()}<~{item}") for item in first.items]
        weights = PLS(**TIGHT).fit(Batch.of(answers), first, names).value[0]
        scores = np.stack([z[:, 3 * j : 3 * j + 3] @ weights[3 * j : 3 * j + 3] for j in range(3)], axis=1)
        by_hand = PLS(**TIGHT).fit(Batch.of(np.hstack([z[:, 9:], scores])), second)
        shared = [target for target in second.targets if target in MODEL.targets]
        assert [fit.value[r, fit.column(t.name)] for t in shared] == pytest.approx(
            [by_hand.value[0, by_hand.column(t.name)] for t in shared], abs=1e-10
        )


def test_items_left_out_of_a_dimension_count_as_absent():
    data, mask = survey(), np.array([item not in ("a2", "y3") for item in MODEL.items])
    smaller = Model.parse(TEXT.replace("a1 + a2 + a3", "a1 + a3").replace("y1 + y2 + y3", "y1 + y2"))
    method = TwoStage(PLS(**TIGHT))
    within = method.fit(Batch.of(data).keep(np.tile(mask, (4, 1))), MODEL, smaller.targets)
    assert within.value == pytest.approx(method.fit(Batch.of(data[:, :, mask]), smaller).value, abs=1e-10)
    assert not within.retained[:, ~mask].any()


def test_a_model_of_first_order_constructs_is_left_to_the_method():
    model = stage_one(MODEL)
    alone, wrapped = (m.fit(Batch.of(survey()), model).value for m in (PLS(), TwoStage(PLS())))
    assert np.array_equal(alone, wrapped)


def test_broken_data_get_a_status_and_the_others_their_numbers():
    data = survey()
    data[1, :, 2] = 3.0
    whole, fit = TwoStage(PLS()).fit(Batch.of(survey()), MODEL), TwoStage(PLS()).fit(Batch.of(data), MODEL)
    assert fit.status.tolist() == [Status.OK, Status.CONSTANT_ITEM, Status.OK, Status.OK]
    assert np.isnan(fit.value[1]).all()
    assert np.array_equal(fit.value[[0, 2, 3]], whole.value[[0, 2, 3]])


def test_both_stages_are_bootstrapped():
    fit = Bootstrap(TwoStage(PLS()), 50).fit(Batch.of(survey(replications=1)), MODEL, [MODEL.target("Y~H")])
    assert 0.03 < fit.se[0, 0] < 0.3  # about 1 / sqrt(80) = .11


def test_methods_without_weights_refuse():
    assert "give weights" in TwoStage(MaximumLikelihood()).refusal(MODEL)
    assert TwoStage(PLS()).refusal(MODEL) is None


class TestTheOtherTwoStages:
    """cSEM's two stages are others than ours: all first-order constructs are connected in its first stage, and in its
    second one every construct is measured by its score. Each of its stages is a model of ours on other items.
    """

    TOLD = reference("second_order_csem")

    def first(self, run, method):
        blocks = [line for line in run["model"].split("\n") if line[2:4] in ("=~", "<~") and line[0] != "G"]
        order = run["first"]["path"]["rows"]
        paths = [f"{order[i]} ~ {' + '.join(order[:i])}" for i in range(1, len(order))]
        model = Model.parse("\n".join([*blocks, *paths]))
        places = [self.TOLD["items"].index(item) for item in model.items]
        correlations = np.array(self.TOLD["correlations"])[np.ix_(places, places)]
        batch = Batch.of_moments(Moments(np.zeros((1, 12)), correlations[None], 350))
        estimator = build(method, {"tolerance": 1e-13, "max_iterations": 3000}, 0.95).estimator
        return model, correlations, batch, estimator

    @pytest.mark.parametrize(
        ("name", "method"),
        [("cfc_2stage_plain", "pls"), ("cfc_2stage_disattenuated", "plsc"), ("ccc_2stage_plain", "pls")],
    )
    def test_its_first_stage_is_a_model_with_every_path(self, name, method):
        run = self.TOLD["runs"][name]
        model, _, batch, estimator = self.first(run, method)
        told = run["first"]["path"]
        for i, outcome in enumerate(told["rows"]):
            for j, predictor in enumerate(told["cols"]):
                if told["values"][i][j]:
                    fit = estimator.fit(batch, model, [model.target(f"{outcome}~{predictor}")])
                    assert fit.value[0, 0] == pytest.approx(told["values"][i][j], abs=1e-8)
        loadings = pd.DataFrame(run["first"]["loadings"]["values"], told["rows"], run["first"]["loadings"]["cols"])
        fit = estimator.fit(batch, model, loading_targets(model))
        wanted = [loadings.loc[model.owner(item), item] for item in model.items]
        np.testing.assert_allclose(fit.value[0], wanted, rtol=0, atol=1e-8)

    @pytest.mark.parametrize("name", ["cfc_2stage_plain", "ccc_2stage_plain", "cfc_2stage_disattenuated"])
    def test_its_second_stage_is_a_model_of_scores(self, name):
        run = self.TOLD["runs"][name]
        model, correlations, batch, estimator = self.first(run, "pls")
        weights = estimator.fit(batch, model, weight_targets(model)).value[0]
        composing = np.zeros((4, 12))
        composing[model.block_of, np.arange(12)] = weights
        scores = composing @ correlations @ composing.T
        second = Model.parse("G <~ D + E + F\nP =~ Y\nP ~ G")
        scored = Batch.of_moments(Moments(np.zeros((1, 4)), scores[None], 350))
        wanted = [second.target("P~G"), *weight_targets(second)[:3]]
        fit = build("pls", {"tolerance": 1e-13}, 0.95).estimator.fit(scored, second, wanted)
        path, w = fit.value[0, 0], fit.value[0, 1:]
        told = run["second"]["path"]["values"][1][0]
        if name.endswith("plain"):
            assert path == pytest.approx(told, abs=1e-8)
            return
        q = np.array([run["first"]["reliabilities"][c] for c in "DEFY"])
        reliability = 1 - w**2 @ (1 - q[:3])
        assert path / np.sqrt(reliability * q[3]) == pytest.approx(told, abs=1e-8)


@pytest.mark.parametrize("name", ["plsc", "ml"])
def test_variances_are_those_that_the_model_leaves_of_items_and_of_dimensions(name):
    batch = Batch.of_moments(Moments(np.zeros((1, 15)), covariance()[None], np.inf))
    method = build(name, {}, 0.95, model=MODEL).estimator
    names = ("a1~~a1", "c3~~c3", "y2~~y2", "A~~A", "C~~C", "X~~X", "H~~H")
    found = method.fit(batch, MODEL, [MODEL.target(each) for each in names]).value[0]
    errors = 1 - ITEMS[[0, 8, 13]] ** 2
    assert found == pytest.approx([*errors, *(1 - DIMENSIONS[[0, 2]] ** 2), 1.0, 1 - H_X**2], abs=1e-6)


def test_dimensions_that_form_a_composite_keep_their_variance():
    model = Model.parse(TEXT.replace("H =~", "H <~"))
    fit = build("pls", {}, 0.95, model=model).estimator.fit(
        Batch.of(survey()), model, [model.target("A~~A"), model.target("a1~~a1"), model.target("A=~a1")]
    )
    assert fit.value[:, 0] == pytest.approx(1.0)
    assert fit.value[:, 1] == pytest.approx(1 - fit.value[:, 2] ** 2, abs=1e-12)


@pytest.mark.parametrize("name", ["total(A->Y)", "total_indirect(X->A)", "total(A->H)"])
def test_effects_of_dimensions_are_refused_for_they_stand_on_no_path(name):
    with pytest.raises(InputError, match="A is a dimension, which stands on no path"):
        MODEL.target(name)


@pytest.mark.parametrize("name", ["plsc", "ordplsc", "ml"])
def test_errors_that_covary_are_known_at_both_levels(name):
    model = Model.parse(TEXT + "A ~~ B\na1 ~~ a2\ny1 ~~ y2")
    correlations, place = covariance(), MODEL.items.index
    residual = 0.05 * np.outer(ITEMS[:3], ITEMS[3:6])
    correlations[:3, 3:6] += residual
    correlations[3:6, :3] += residual.T
    for one, other in (("a1", "a2"), ("y1", "y2")):
        correlations[[place(one), place(other)], [place(other), place(one)]] += 0.1
    batch = Batch.of_moments(Moments(np.zeros((1, 15)), correlations[None], np.inf))
    asked = [model.target(each) for each in ("H~X", "Y~H", "Y~X", "H=~A", "H=~C", "Y=~y1", "A=~a1")]
    fit = build(name, {}, 0.95, model=model).estimator.fit(batch, model, asked)
    assert fit.value[0] == pytest.approx([H_X, Y_H, Y_X, 0.9, 0.7, ITEMS[12], ITEMS[0]], abs=1e-6)


def test_residuals_that_covary_with_predictors_are_refused_of_second_order_constructs_too():
    model = Model.parse(TEXT + "H ~~ Y")
    assert "`H ~~ Y`: consistent PLS" in build("plsc", {}, 0.95, model=model).estimator.refusal(model)
