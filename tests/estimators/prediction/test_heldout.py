"""Prediction of respondents left out: a plain loop on scores, cSEM's and seminr's predictions."""

import numpy as np
import pytest
from scipy import stats

from estimators.methods import build
from estimators.prediction import heldout, measures, plan
from estimators.prediction.forecast import predicted_items
from estimators.prediction.heldout import held_out
from sim.batch import Batch
from sim.catalogue import population
from sim.drawing.draw import draw_block
from sim.model import Model
from sim.streams import Address
from tests import plain
from tests.cases import batch_of, reference, survey

CSEM, SEMINR = reference("prediction_csem"), reference("prediction_seminr")
EXACT = {"tolerance": 1e-13, "max_iterations": 5000}
MEDIATED = Model.parse(SEMINR["models"]["whole"])


def plain_errors(answers, model, numbers, antecedents, mode_b=None):
    """Errors (3, n, q) by scores, respondent by respondent, of one data set (n, p) with fold numbers (n,)."""
    places = predicted_items(model)
    found = np.full((3, len(answers), len(places)), np.nan)
    m, owner = len(model.constructs), model.block_of
    for fold in np.unique(numbers):
        train, test = answers[numbers != fold], answers[numbers == fold]
        weights, loadings, _, paths, _ = plain.pls(train, model.bounds, model.path_matrix, mode_b=mode_b)
        mean, sd = train.mean(0), train.std(0)
        for row, answer in zip(np.flatnonzero(numbers == fold), test, strict=True):
            z = (answer - mean) / sd
            scores = np.array([z[owner == j] @ weights[owner == j] for j in range(m)])
            told = scores.copy()
            for j in model.causal_order:
                predictors = np.flatnonzero(model.path_matrix[j])
                if predictors.size:
                    told[j] = paths[j, predictors] @ (scores if antecedents == "direct" else told)[predictors]
            for q, i in enumerate(places):
                found[0, row, q] = answer[i] - (mean[i] + sd[i] * loadings[i] * told[owner[i]])
                acting = model.path_matrix[owner[i]] if antecedents == "direct" else ~model.path_matrix.any(axis=1)
                xs = np.flatnonzero(acting[owner])
                design = np.column_stack([np.ones(len(train)), train[:, xs]])
                slopes = np.linalg.lstsq(design, train[:, i], rcond=None)[0]
                found[1, row, q] = answer[i] - slopes @ np.r_[1.0, answer[xs]]
                found[2, row, q] = answer[i] - mean[i]
    return found


@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
@pytest.mark.parametrize("mode", ["A", "B"])
def test_a_plain_loop_on_scores_gives_the_same(antecedents, mode):
    batch = Batch.of(draw_block(population("crm-clusters"), 71, Address(3, "ab" * 32), 0, 2).raw, items=MEDIATED.items)
    method = build("pls", {**EXACT, "modes": mode}, 0.95).estimator
    folds = plan.drawn(batch, plan.Plan(folds=5, repetitions=2))
    errors = held_out(method, batch, MEDIATED, folds, antecedents)
    for r in range(len(batch)):
        parts = [rows for part in folds for rows in part.left_out[r]]
        sizes = [len(rows) for rows in parts]
        assert sorted(sizes) == [14] * 8 + [15] * 2
        wanted = []
        for repetition in range(2):  # a part of the first stands beside that of the second
            numbers = np.full(71, -1)
            for k, rows in enumerate(parts[repetition::2]):
                numbers[rows] = k
            assert (numbers >= 0).all(), "the parts of one repetition hold every respondent once"
            modes = np.full(3, mode == "B")
            wanted.append(plain_errors(batch.raw[r].astype(float), MEDIATED, numbers, antecedents, modes))
        # 1e-10: both stop where weights change by less than 1e-13
        for own, other in zip((errors.own, errors.linear, errors.average), np.mean(wanted, axis=0), strict=True):
            np.testing.assert_allclose(own[r], other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("run", sorted(CSEM["runs"]))
def test_predictions_are_those_of_csem(run):
    told = CSEM["runs"][run]
    model = Model.parse(told["model"])
    method = build("plsc" if "_plsc_" in run else "pls", {**EXACT, "modes": "A"}, 0.95).estimator
    batch = batch_of("prediction_300", model)
    antecedents = "earliest" if run.endswith("earliest") else "direct"
    errors = held_out(method, batch, model, plan.of_one(np.arange(300) % 5), antecedents)
    found = {
        "RMSE": measures.rmse(errors.own), "MAE": measures.mae(errors.own),
        "Q2_standard": measures.q2(errors.own, errors.average),
    }  # fmt: skip
    assert [each["indicator"] for each in told["pooled"]] == [model.items[i] for i in predicted_items(model)]
    for name, values in found.items():
        np.testing.assert_allclose(values[0], [each[name] for each in told["pooled"]], rtol=0, atol=1e-9)
    answers = survey("prediction_300")
    for first in told["first_predictions"].values():
        rows = np.array(first["rows"], dtype=int) - 1
        predicted = answers[first["cols"]].to_numpy()[rows] - errors.own[0, rows]
        np.testing.assert_allclose(predicted, first["values"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("run", ["builtin_pls_direct", "builtin_plsc_earliest"])
def test_csems_own_folds_give_its_rmse_and_mae(run):
    told = CSEM["own_folds"]
    model = Model.parse(CSEM["runs"][run.replace("builtin", "explicit")]["model"])
    method = build("plsc" if "_plsc_" in run else "pls", EXACT, 0.95).estimator
    folds = plan.of_one(told["fold_assignment"])
    assert len(folds) == 1
    assert folds[0].left_out.shape == (1, 5, 60)
    errors = held_out(method, batch_of("prediction_300", model), model, folds, run.rpartition("_")[2])
    wanted = told["metrics"][run]
    np.testing.assert_allclose(measures.rmse(errors.own)[0], [each["RMSE_target"] for each in wanted], atol=1e-9)
    np.testing.assert_allclose(measures.mae(errors.own)[0], [each["MAE_target"] for each in wanted], atol=1e-9)
    # Its Q2_predict is of centred errors, of the average too.
    centred = [each - each.mean(axis=1, keepdims=True) for each in (errors.own, errors.average)]
    np.testing.assert_allclose(measures.q2(*centred)[0], [each["Q2_predict"] for each in wanted], atol=1e-9)


@pytest.mark.parametrize("antecedents", ["direct", "earliest"])
class TestSeminr:
    def errors(self, name, antecedents):
        model = Model.parse(SEMINR["models"][name])
        method = build("pls", EXACT, 0.95).estimator
        folds = plan.of_one(SEMINR["folds"])
        return model, held_out(method, batch_of("crm_000", model), model, folds, antecedents)

    @pytest.mark.parametrize("name", ["whole", "mediated"])
    def test_errors_of_pls_and_the_linear_model(self, name, antecedents):
        told = SEMINR["runs"][f"{name}_{antecedents}"]
        model, errors = self.errors(name, antecedents)
        assert told["items"] == [model.items[i] for i in predicted_items(model)]
        # 1e-10: seminr stops where weights change by 1e-12 in all, and solves normal equations
        for ours, theirs in ((errors.own, "pls"), (errors.linear, "lm")):
            np.testing.assert_allclose(measures.rmse(ours)[0], told[f"{theirs}_rmse"], rtol=0, atol=1e-10)
            np.testing.assert_allclose(measures.mae(ours)[0], told[f"{theirs}_mae"], rtol=0, atol=1e-10)
        np.testing.assert_allclose(errors.own[0, :3], told["first_residuals"], rtol=0, atol=1e-10)

    def test_losses_and_the_paired_t_of_cvpat(self, antecedents):
        told = SEMINR["runs"][f"whole_{antecedents}"]
        model, errors = self.errors("whole", antecedents)
        _, other = self.errors("mediated", antecedents)
        own = measures.losses(errors.own, errors.retained, model, "constructs")
        for kind, each in (("cvpat_lm", errors.linear), ("cvpat", other.own)):
            against = measures.losses(each, errors.retained, model, "constructs")
            tested = measures.difference(own, against, 0.95)
            for e, name in enumerate(["", *model.endogenous]):
                wanted = told[kind][name]
                assert own[0, :, e].mean() == pytest.approx(wanted["loss"], abs=1e-10)
                assert against[0, :, e].mean() == pytest.approx(wanted["other"], abs=1e-10)
                # theirs is of the other's loss less the own one
                assert tested.value[0, e] / tested.se[0, e] == pytest.approx(-wanted["t"], rel=1e-8)


def test_many_respondents_are_predicted_piece_by_piece(monkeypatch):
    batch = Batch.of(draw_block(population("crm-clusters"), 60, Address(3, "ab" * 32), 0, 3).raw, items=MEDIATED.items)
    method = build("pls", {}, 0.95).estimator
    folds = plan.drawn(batch, plan.Plan(folds=7, repetitions=3))
    whole = held_out(method, batch, MEDIATED, folds)
    monkeypatch.setattr(heldout, "AT_ONCE", 20)
    monkeypatch.setattr(heldout, "TOGETHER", 30)
    parts = held_out(method, batch, MEDIATED, folds)
    for name in ("own", "linear", "average"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=0, atol=1e-13)


def test_a_difference_of_losses_is_a_paired_t_test():
    generator = np.random.default_rng(2)
    own, other = generator.chisquare(3, (2, 3, 40)).transpose(0, 1, 2)
    tested = measures.difference(own, other, 0.90)
    for r in range(3):
        told = stats.ttest_rel(own[r], other[r])
        ends = told.confidence_interval(0.90)
        assert tested.p_value[r] == pytest.approx(told.pvalue, rel=1e-12)
        assert (tested.lower[r], tested.upper[r]) == pytest.approx((ends.low, ends.high), rel=1e-12)
    same = measures.difference(own, own, 0.90)
    assert (same.value == 0).all()
    assert np.isnan(same.p_value).all()


def test_losses_of_items_that_are_not_retained_do_not_count():
    errors = np.random.default_rng(4).normal(size=(2, 10, 11))
    retained = np.ones((2, 11), dtype=bool)
    retained[1, [0, 7]] = False
    found = measures.losses(errors, retained, MEDIATED)
    for r in range(2):
        kept = [np.flatnonzero(retained[r, :5]), 5 + np.flatnonzero(retained[r, 5:])]
        constructs = np.column_stack([(errors[r][:, part] ** 2).mean(axis=1) for part in kept])
        np.testing.assert_allclose(found[r, :, 1:], constructs, rtol=1e-14)
        np.testing.assert_allclose(found[r, :, 0], (errors[r][:, retained[r]] ** 2).mean(axis=1), rtol=1e-14)
    equally = measures.losses(errors, retained, MEDIATED, "constructs")
    np.testing.assert_array_equal(equally[:, :, 1:], found[:, :, 1:])
    np.testing.assert_allclose(equally[:, :, 0], equally[:, :, 1:].mean(axis=2), rtol=1e-14)
