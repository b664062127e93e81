"""Prediction as targets of a method: names, limits, what is refused, the same respondents for all methods."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.methods import build
from estimators.prediction import plan
from estimators.prediction.wrapper import item_targets, loss_targets
from sim.batch import Batch
from sim.catalogue import population
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.streams import Address
from sim.targets import ITEM_KINDS, LOSS_KINDS, read_target
from tests.cases import CRM, batch_of, targets

HERE = Address(8, "ef" * 32)
TEXT = "F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nH =~ z1 + z2\nG ~ F\nH ~ F + G"
MODEL = Model.parse(TEXT)
FEWER = TEXT.replace("H ~ F + G", "H ~ G")
KNOWN = Population.of(
    MODEL,
    {**{f"{item[0].translate(str.maketrans('xyz', 'FGH'))}=~{item}": loading
        for item, loading in zip(MODEL.items, (0.9, 0.8, 0.5, 0.8, 0.7, 0.6, 0.85, 0.7), strict=True)},
     "G~F": 0.5, "H~F": 0.3, "H~G": 0.4},
)  # fmt: skip
EVERY = (*item_targets(MODEL), *(target for kind in LOSS_KINDS for target in loss_targets(kind, MODEL)))


def fitted(name, model, batch, wanted, **predict):
    return build(name, {"predict": predict}, 0.95, model=model).estimator.fit(batch, model, wanted)


def test_names_are_read_as_they_are_written():
    assert len(EVERY) == len(ITEM_KINDS) * 5 + len(LOSS_KINDS) * 3
    assert all(read_target(target.name) == target == MODEL.target(target.name) for target in EVERY)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("q2_predict(x1)", "no path leads to F, so nothing predicts its items; it is defined for y1, y2, y3, z1, z2"),
        ("q2_predict(y7)", "item 'y7' is not known"),
        ("cvpat_lm(F)", "no path leads to F; cvpat_lm is defined for G, H"),
        ("cvpat(Q)", "construct 'Q' is not known"),
    ],
)  # fmt: skip
def test_targets_that_a_model_has_not(name, told):
    with pytest.raises(InputError) as error:
        MODEL.target(name)
    assert told.partition(" is not known")[0] in str(error.value)


class TestLimits:
    def limits(self, name="pls", model=MODEL, **predict):
        batch = Batch.of_moments(KNOWN.moments, MODEL.items)
        wanted = [target for target in EVERY if model.target(target.name)]
        fit = fitted(name, model, batch, wanted, **predict)
        return dict(zip([t.name for t in wanted], fit.value[0].tolist(), strict=True))

    def test_of_the_linear_model_is_the_explained_variance_of_the_regression_on_the_items(self):
        found, s = self.limits(), KNOWN.moments.covariances[0]
        for item, predictors in (("y2", "F"), ("z1", "FG")):
            i = MODEL.items.index(item)
            xs = [MODEL.items.index(each) for construct in predictors for each in MODEL.indicators[construct]]
            explained = s[i, xs] @ np.linalg.solve(s[np.ix_(xs, xs)], s[xs, i]) / s[i, i]
            assert found[f"q2_lm({item})"] == pytest.approx(explained, abs=1e-12)
            assert found[f"rmse_lm({item})"] == pytest.approx(np.sqrt(1 - explained), abs=1e-12)
            assert found[f"q2_predict({item})"] <= explained + 1e-12

    @pytest.mark.parametrize(("name", "share"), [("pls", 1.0), ("sumscores", 1.0)])
    def test_of_a_method_is_the_error_of_its_composites(self, name, share):
        fit = build(name, {}, 0.95).estimator.fit(
            Batch.of_moments(KNOWN.moments), MODEL, targets(MODEL, *(f"F<~x{i}" for i in (1, 2, 3)), "G~F", "G=~y1")
        )
        w, path, loading = fit.value[0, :3], *fit.value[0, 3:]
        s = KNOWN.moments.covariances[0]
        slope = loading * path
        # y1 - slope F: 1 - 2 slope cov(y1, F) + slope^2
        wanted = 1 - 2 * slope * (s[3, :3] @ w) + slope**2 * share
        assert self.limits(name)["rmse_predict(y1)"] == pytest.approx(np.sqrt(wanted), abs=1e-10)

    @pytest.mark.parametrize(("loss", "weights"), [("items", (3 / 5, 2 / 5)), ("constructs", (0.5, 0.5))])
    def test_losses_are_means_over_items_or_over_constructs(self, loss, weights):
        found = self.limits(against=FEWER, loss=loss)
        of_items = {
            kind: {c: np.mean([found[f"rmse_{kind}({i})"] ** 2 for i in MODEL.indicators[c]]) for c in ("G", "H")}
            for kind in ("predict", "lm")
        }
        for c in ("G", "H"):
            assert found[f"cvpat_lm({c})"] == pytest.approx(of_items["predict"][c] - of_items["lm"][c], abs=1e-12)
            assert found[f"cvpat_ia({c})"] == pytest.approx(of_items["predict"][c] - 1, abs=1e-12)
        for kind in LOSS_KINDS:
            parts = [found[f"{kind}(G)"], found[f"{kind}(H)"]]
            assert found[kind] == pytest.approx(np.dot(weights, parts), abs=1e-12)
        assert found["cvpat(G)"] == pytest.approx(0, abs=0.01)
        assert found["cvpat(H)"] < -0.01
        assert np.isnan(found["mae_predict(y1)"])

    @pytest.mark.parametrize("antecedents", plan.ANTECEDENTS)
    def test_large_samples_come_near_them(self, antecedents):
        batch = draw_block(KNOWN, 20000, HERE, 0, 1)
        limits = self.limits(against=FEWER, antecedents=antecedents)
        fit = fitted("pls", MODEL, batch, EVERY, folds=5, against=FEWER, antecedents=antecedents)
        found = dict(zip([t.name for t in EVERY], fit.value[0].tolist(), strict=True))
        for name, limit in limits.items():
            # shares and roots of means over 20,000: errors of at most about 0.007; five of them
            assert np.isnan(limit) or found[name] == pytest.approx(limit, abs=0.035), name
        se = dict(zip([t.name for t in EVERY], fit.se[0].tolist(), strict=True))
        for kind in ("cvpat_ia", "cvpat(H)"):
            assert abs(found[kind] - limits[kind]) < 4 * se[kind]


def test_methods_and_models_meet_the_same_respondents_and_only_prediction_is_added():
    batch = draw_block(population("crm-clusters"), 60, HERE, 0, 3)
    wanted = targets(CRM_LIKE, "PERF~ACRM", "q2_lm(VA1)", "mae_lm(PRO1)", "q2_predict(VA1)")
    fits = [fitted(name, CRM_LIKE, batch, wanted, folds=6) for name in ("pls", "plsc", "sumscores")]
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.value[:, 1:3], fits[0].value[:, 1:3])
        assert (fit.value[:, 3] != fits[0].value[:, 3]).all()
    alone = build("pls", {"resamples": 30}, 0.95).estimator.fit(batch, CRM_LIKE, wanted[:1])
    both = build("pls", {"resamples": 30, "predict": {"folds": 6}}, 0.95).estimator.fit(batch, CRM_LIKE, wanted)
    for part in ("value", "se", "lower", "upper", "p_value"):
        np.testing.assert_array_equal(getattr(both, part)[:, 0], getattr(alone, part)[:, 0])
    np.testing.assert_array_equal(both.value, fits[0].value)
    # one data set alone has the folds that it has among others
    one = fitted("pls", CRM_LIKE, batch.rows(slice(1, 2)), wanted, folds=6)
    np.testing.assert_array_equal(one.value[0], fits[0].value[1])


CRM_LIKE = population("crm-clusters").model


def test_two_models_against_each_other_are_the_same_comparison():
    batch = batch_of("crm_000", CRM)
    whole = Model.parse(CRM.syntax.replace("P ~ A + O", "O ~ A\nP ~ A + O"))
    less = Model.parse(CRM.syntax.replace("P ~ A + O", "O ~ A\nP ~ O"))
    one = fitted("pls", whole, batch, targets(whole, "cvpat", "cvpat(P)"), against=less.syntax)
    other = fitted("pls", less, batch, targets(less, "cvpat", "cvpat(P)"), against=whole.syntax)
    np.testing.assert_allclose(one.value, -other.value, rtol=1e-12)
    np.testing.assert_allclose(one.lower, -other.upper, rtol=1e-12)
    np.testing.assert_allclose(one.p_value, other.p_value, rtol=1e-12)


def test_constructs_in_another_order_in_the_other_model():
    turned = "H =~ z1 + z2\nG =~ y1 + y2 + y3\nF =~ x1 + x2 + x3\nG ~ F\nH ~ G"
    batch = draw_block(KNOWN, 90, HERE, 0, 2)
    wanted = targets(MODEL, "cvpat", "cvpat(G)", "cvpat(H)")
    straight = fitted("pls", MODEL, batch, wanted, against=FEWER)
    np.testing.assert_allclose(fitted("pls", MODEL, batch, wanted, against=turned).value, straight.value, atol=1e-8)


def test_a_screening_comes_first_and_what_it_drops_is_not_predicted():
    batch = draw_block(population("crm-clusters"), 60, HERE, 0, 40)
    settings = {"screening": {"threshold": 0.7}, "predict": {"folds": 5}}
    wanted = [t for t in item_targets(CRM_LIKE) if t.kind == "rmse_predict"]
    fit = build("pls", settings, 0.95).estimator.fit(batch, CRM_LIKE, wanted)
    dropped = ~fit.retained[:, [CRM_LIKE.items.index(target.parts[0]) for target in wanted]]
    assert dropped.any()
    assert (~dropped).any()
    np.testing.assert_array_equal(np.isnan(fit.value), dropped)


def test_missing_answers_are_handled_before_and_moments_of_a_sample_predict_nothing():
    gone = np.random.default_rng(5).random((2, 80, 8)) < 0.03
    answers = draw_block(KNOWN, 80, HERE, 0, 2).raw
    incomplete = Batch.of(answers, address=HERE, missing=gone, items=MODEL.items)
    wanted = targets(MODEL, "q2_predict(z1)", "cvpat_ia", "H~F")
    fits = {
        handling: build("pls", {"missing": handling, "predict": {"folds": 5}}, 0.95).estimator.fit(
            incomplete, MODEL, wanted
        )
        for handling in ("listwise", "mean", "regression", "pairwise")
    }
    for handling, fit in fits.items():
        assert np.isfinite(fit.value[:, 2]).all()
        assert np.isfinite(fit.value[:, :2]).all() == (handling != "pairwise")
    complete = Batch.of(answers[:1, ~gone[0].any(axis=1)], address=HERE, items=MODEL.items)
    np.testing.assert_array_equal(fits["listwise"].value[:1], fitted("pls", MODEL, complete, wanted, folds=5).value)


def test_too_few_respondents_for_the_folds_or_for_the_linear_model_give_no_number():
    few = draw_block(KNOWN, 9, HERE, 0, 2)
    wanted = targets(MODEL, "q2_predict(y1)", "q2_lm(z1)", "G~F")
    fit = fitted("pls", MODEL, few, wanted, folds=10)
    assert np.isnan(fit.value[:, :2]).all()
    assert np.isfinite(fit.value[:, 2]).all()
    fit = fitted("sumscores", MODEL, few, wanted, folds=3)  # 6 respondents, 6 items and an intercept
    assert np.isfinite(fit.value[:, 0]).all()
    assert np.isnan(fit.value[:, 1]).all()
    assert (fit.status == Status.OK).all()


@pytest.mark.parametrize(
    ("name", "model", "predict", "told"),
    [
        ("ml", TEXT, {}, "predict needs a method that gives weights, as pls"),
        ("pls", TEXT.partition("G ~ F")[0] + "W =~ F + G\nH ~ W", {}, "W is a second-order construct, for which"),
        ("sumscores", "F =~ x1 + x2\nG =~ y1 + y2", {}, "the model has no paths"),
        ("pls", TEXT, {"against": TEXT.replace("G ~ F\n", "")},
         "models are compared that predict the same items; they predict G: y1, y2, y3; H: z1, z2 and H: z1, z2"),
        ("pls", TEXT, {"against": TEXT.replace("x3", "x3 + x4")}, "x4 is no item of the model; give it the larger"),
    ],
)  # fmt: skip
def test_models_and_methods_that_predict_nothing_are_refused(name, model, predict, told):
    structure = Model.parse(model)
    method = build(name, {"predict": predict}, 0.95, model=structure)
    assert told in (method.estimator.refusal(structure) or "")


@pytest.mark.parametrize(
    ("predict", "told"),
    [
        ("yes", "predict is 'yes'; give a table"),
        ({"fold": 5}, r"predict.fold is no setting; did you mean folds"),
        ({"folds": 1}, "predict.folds is 1; give a whole number of at least 2"),
        ({"repetitions": 0.5}, "predict.repetitions is 0.5"),
        ({"antecedents": "near"}, "predict.antecedents 'near' is not known"),
        ({"loss": "all"}, "predict.loss 'all' is not known"),
        ({"against": 3}, "predict.against is 3; give a model"),
        ({"against": "F =~"}, "predict.against: line 1"),
    ],
)
def test_settings_that_are_none_are_refused_by_name(predict, told):
    with pytest.raises(InputError) as error:
        build("pls", {"predict": predict}, 0.95)
    assert told.partition(";")[0] in str(error.value)
    with pytest.raises(InputError, match="polychoric"):
        build("ordpls", {"predict": {}}, 0.95)
