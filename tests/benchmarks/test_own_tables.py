"""The analyses of one's own survey: cSEM's values, plain counterparts, and nothing where there is nothing to tell."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import loadstone
from benchmarks.own.fitting import NOT_PREDICTED, fit_survey
from benchmarks.own.tables.analyses import ANALYSES
from estimators.methods import build
from estimators.prediction.wrapper import Predicted
from estimators.wrappers.bootstrap import bootstrap_rows
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import CRM, REFERENCE, reference, survey

CSEM = reference("own_survey_csem")
#: The settings of the runs, by their names.
SETTINGS = {
    "plsc_default": "plsc",
    "pls_default": "pls",
    "pls_modeB_all": "pls[modes=B]",
    "pls_modeA_all": "pls[modes=A]",
}
EXACT = "tolerance=1e-11, max_iterations=3000"
MEDIATED = Model.parse(CRM.syntax + "\nO ~ A")


def exact(method):
    """The method that stops where cSEM was told to."""
    return f"{method[:-1]}, {EXACT}]" if method.endswith("]") else f"{method}[{EXACT}]"


@pytest.fixture(scope="module")
def fits():
    return fit_survey(survey("crm_000"), MEDIATED, ("pls", "plsc", "ml"), resamples=120, scale="1-5")


@pytest.fixture(scope="module", params=sorted(CSEM["runs"]))
def run(request):
    told = CSEM["runs"][request.param]
    words = exact(SETTINGS[request.param])
    return told, fit_survey(survey("composite_310"), told["model"], (words,), resamples=20)


class TestCSEM:
    def test_cross_loadings(self, run):
        told, fits = run
        wanted = pd.DataFrame(
            told["cross_loadings"]["values"], told["cross_loadings"]["rows"], told["cross_loadings"]["cols"]
        )
        found = fits.cross_loadings.set_index("item")[list(wanted.index)].T[list(wanted.columns)]
        np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=0, atol=1e-8)
        assert (np.sign(found) == np.sign(wanted)).all(axis=None)

    def test_inflation_of_items_and_of_constructs(self, run):
        told, fits = run
        wanted = {item: vif for block in told["vif_items"].values() for item, vif in block.items()}
        found = fits.item_vif.set_index("item")["vif"]
        assert dict(found) == pytest.approx(wanted, abs=1e-8)
        of_constructs = dict(zip(told["vif_constructs"]["cols"], told["vif_constructs"]["values"][0], strict=True))
        paths = fits.paths[fits.paths["outcome"] == told["vif_constructs"]["rows"][0]].set_index("predictor")
        assert dict(paths["vif"]) == pytest.approx(of_constructs, abs=1e-8)

    def test_scores(self, run):
        told, fits = run
        scores = fits.scores
        np.testing.assert_allclose(scores[list(fits.model.constructs)].var(), 1.0, rtol=1e-12)
        if "scores" in told:
            found = scores.set_index("row").loc[[int(row) for row in told["scores"]["rows"]], told["scores"]["cols"]]
            np.testing.assert_allclose(found, told["scores"]["values"], rtol=0, atol=1e-8)


def test_scores_of_consistent_pls_are_those_of_pls(fits):
    scores = fits.scores.set_index(["method", "row"])
    np.testing.assert_array_equal(scores.loc["PLS"], scores.loc["PLSc"])
    assert set(fits.scores["method"]) == {"PLS", "PLSc"}  # ML has no scores


def test_descriptives_are_those_of_scipy_and_count_what_is_missing():
    data = survey("crm_000").astype(float)
    data.loc[[3, 9], "CC1"] = np.nan
    data.loc[9, "VA1"] = np.nan
    fits = fit_survey(data, CRM, "sumscores", missing="listwise")
    found = fits.item_descriptives.set_index("item")
    for item in CRM.items:
        told = data[item].dropna()
        wanted = {
            "n": len(told), "missing": 72 - len(told), "missing_share": 1 - len(told) / 72,
            "mean": told.mean(), "sd": told.std(),
            "skewness": stats.skew(told, bias=False), "kurtosis": stats.kurtosis(told, bias=False),
            "min": told.min(), "max": told.max(),
        }  # fmt: skip
        assert dict(found.loc[item, list(wanted)]) == pytest.approx(wanted, rel=1e-12)
        shares = fits.answer_shares.set_index("item").loc[item]
        for answer in "12345":
            assert shares[answer] == pytest.approx((told == float(answer)).mean(), abs=1e-15)
    # the scores name the respondents that are left, by their rows
    assert fits.scores["row"].tolist() == [row for row in range(1, 73) if row not in (4, 10)]


def test_items_of_more_answers_have_no_shares():
    assert fit_survey(
        survey("composite_310"), CSEM["runs"]["pls_default"]["model"], "pls", resamples=20
    ).answer_shares.empty


def test_inference_for_htmt_is_that_of_the_resamples(fits):
    table = fits.htmt_inference
    assert set(table["method"]) == {"PLS", "PLSc"}
    row = table[(table["method"] == "PLS") & (table["constructs"] == "A, P") & (table["ratio"] == "HTMT")].iloc[0]
    batch = fits.survey.batch
    generator = batch.address.generator("bootstrap", 0)
    ratios = []
    block_a, block_p = (list(MEDIATED.indicators[c]) for c in "AP")
    for rows in bootstrap_rows(generator, 120, 72):
        among = survey("crm_000").iloc[rows].corr()
        within = [among.loc[b, b].to_numpy()[np.triu_indices(len(b), 1)].mean() for b in (block_a, block_p)]
        ratios.append(among.loc[block_a, block_p].to_numpy().mean() / np.sqrt(np.prod(within)))
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(np.percentile(ratios, [2.5, 97.5])), abs=1e-10)
    assert row["below"] == next((f"{b:.2f}" for b in (0.85, 0.9, 1.0) if row["upper"] < b), "none")


def test_differences_of_paths_are_percentiles_of_the_same_resamples(fits):
    table = fits.path_differences.set_index("method")
    assert list(table.index) == ["PLS", "PLSc"]
    data = survey("crm_000")[list(MEDIATED.items)].to_numpy(np.int8)
    method = build("plsc", {}, 0.95).estimator
    targets = [MEDIATED.target(name) for name in ("P~A", "P~O")]
    apart = []
    for rows in bootstrap_rows(fits.survey.batch.address.generator("bootstrap", 0), 120, 72):
        fit = method.fit(Batch.of(data[rows]), MEDIATED, targets)
        if not fit.fatal[0]:
            apart.append(fit.value[0, 0] - fit.value[0, 1])
    row = table.loc["PLSc"]
    assert row["paths"] == "A - O"
    paths = fits.paths.set_index(["method", "outcome", "predictor"])["value"]
    assert row["difference"] == paths["PLSc", "P", "A"] - paths["PLSc", "P", "O"]
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(np.percentile(apart, [2.5, 97.5])), abs=1e-8)
    assert row["se"] == pytest.approx(np.std(apart, ddof=1), rel=1e-8)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["difference"] / row["se"]), 119), rel=1e-8)


def test_importance_is_the_slope_between_scores_in_points_of_the_scale(fits):
    """Regressions of scores in points, on all that acts on the outcome: paths, and total effects as their products."""
    table = fits.importance_performance.set_index(["method", "outcome", "construct"])
    points = (survey("crm_000")[list(MEDIATED.items)] - 1) * 25
    weights = fits.weights[fits.weights["method"] == "PLS"].set_index("item")["value"]
    scores = {}
    for construct, items in MEDIATED.indicators.items():
        raw = weights[list(items)] / points[list(items)].std(ddof=0)
        scores[construct] = points[list(items)] @ (raw / raw.sum())
    scores = pd.DataFrame(scores)
    for construct in "AO":
        assert table.loc[("PLS", "P", construct), "performance"] == pytest.approx(scores[construct].mean(), rel=1e-12)
    on_o = sm.OLS(scores["O"], sm.add_constant(scores["A"])).fit().params["A"]
    on_p = sm.OLS(scores["P"], sm.add_constant(scores[["A", "O"]])).fit().params
    # 1e-5: paths and scores stop where weights change by less than 1e-7
    assert table.loc[("PLS", "O", "A"), "importance"] == pytest.approx(on_o, abs=1e-5)
    assert table.loc[("PLS", "P", "O"), "importance"] == pytest.approx(on_p["O"], abs=1e-5)
    assert table.loc[("PLS", "P", "A"), "importance"] == pytest.approx(on_p["A"] + on_p["O"] * on_o, abs=1e-5)
    total = fits.effects.set_index(["method", "target"])["value"]["PLS", "total(A->P)"]
    assert table.loc[("PLS", "P", "A"), "total_effect"] == pytest.approx(total, abs=1e-12)


def test_the_ends_of_a_scale_that_is_not_given_are_those_of_the_block(fits):
    data = survey("crm_000")
    assert data.min().min() == 1
    assert data.max().max() == 5
    again = fit_survey(data, MEDIATED, ("pls",), resamples=20).importance_performance
    items = fits.item_importance.set_index(["method", "outcome", "construct"])
    by_construct = fits.importance_performance.set_index(["method", "outcome", "construct"])
    for key, own in items.groupby(level=[0, 1, 2]):
        # Unstandardised weights sum to 1, and a construct's performance is that mean of its items' performances.
        assert own["importance"].sum() == pytest.approx(by_construct.loc[key, "importance"], abs=1e-12)
        shares = own["importance"] / own["importance"].sum()
        assert (shares * own["performance"]).sum() == pytest.approx(by_construct.loc[key, "performance"], abs=1e-9)
    given = fits.importance_performance[fits.importance_performance["method"] == "PLS"]
    pd.testing.assert_frame_equal(again, given.reset_index(drop=True))
    wider = fit_survey(data, MEDIATED, ("pls",), resamples=20, scale="0-10").importance_performance
    assert (wider["performance"] < again["performance"]).all()
    np.testing.assert_allclose(wider["importance"], again["importance"], rtol=1e-12)


@pytest.fixture(scope="module")
def predicted():
    other = MEDIATED.syntax.replace("P ~ A + O", "P ~ O")
    asked = {"folds": 6, "repetitions": 2, "against": other}
    return fit_survey(survey("crm_000"), MEDIATED, ("pls", "ml"), resamples=20, seed=7, predict=asked)


class TestPrediction:
    def test_tables_are_what_the_method_estimates(self, predicted):
        (pls, ml) = predicted.fitted
        plan = pls.method.wrapper(Predicted).plan
        assert (plan.folds, plan.repetitions, plan.antecedents) == (6, 2, "direct")
        assert NOT_PREDICTED in ml.noted
        assert NOT_PREDICTED not in pls.noted
        estimates = predicted.estimates.set_index(["method", "target"])
        table = predicted.prediction.set_index("item")
        assert len(table) == 11
        for item in ("OGG1", "VA2"):
            for kind in ("q2_predict", "rmse_lm", "mae_predict"):
                assert table.loc[item, kind] == estimates.loc[("PLS", f"{kind}({item})"), "value"]
        tests = predicted.predictive_ability.set_index(["against", "construct"])
        assert len(tests) == 9
        told = estimates.loc[("PLS", "cvpat(P)")]
        assert tests.loc[("the other model", "P"), "difference"] == told["value"]
        assert tests.loc[("the other model", "P"), "p_value"] == told["p_value"]
        assert tests.loc[("linear model", "all"), "lower"] == estimates.loc[("PLS", "cvpat_lm"), "lower"]

    def test_the_seed_gives_the_folds(self, predicted):
        asked = {"folds": 6, "repetitions": 2}
        same, other = (fit_survey(survey("crm_000"), MEDIATED, "pls", 20, seed, predict=asked) for seed in (7, 8))
        pd.testing.assert_frame_equal(same.prediction, predicted.prediction)
        assert (other.prediction["rmse_predict"] != same.prediction["rmse_predict"]).all()

    def test_ten_folds_ten_times_unless_told_otherwise(self):
        fits = fit_survey(survey("crm_000"), MEDIATED, "pls", 20, predict=True)
        plan = fits.fitted[0].method.wrapper(Predicted).plan
        assert (plan.folds, plan.repetitions) == (10, 10)

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ({"folds": 73}, "73 folds are asked for, and there are 72 respondents; give at most 72"),
            ("yes", "predict is 'yes'; give true"),
            ({"against": "O =~ OGG1 + OGG2\nP =~ VA1 + VA2\nP ~ O"}, "models are compared that predict the same items"),
        ],
    )
    def test_what_cannot_be_predicted_is_refused(self, asked, told):
        with pytest.raises(InputError, match=told):
            fit_survey(survey("crm_000"), MEDIATED, "pls", 20, predict=asked)

    def test_another_model_implies_it(self, command, capsys, tmp_path):
        for name, text in (("model", MEDIATED.syntax), ("other", MEDIATED.syntax.replace("P ~ A + O", "P ~ O"))):
            (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        data, out = REFERENCE / "data" / "crm_000.csv", tmp_path / "out"
        words = [
            "--model",
            tmp_path / "model.txt",
            "--against",
            tmp_path / "other.txt",
            "--folds",
            5,
            "--repetitions",
            1,
        ]
        assert command("fit", data, *words, "--method", "pls", "--resamples", 20, "--out", out) in (0, None)
        assert "the other model" in capsys.readouterr().out
        assert len(pd.read_csv(out / "fit-predictive-ability.csv")) == 9


def test_a_survey_without_answers_or_with_gaps_has_what_moments_tell():
    data = survey("crm_000").astype(float)
    data.loc[[3, 9], "CC1"] = np.nan
    pairwise = fit_survey(data, CRM, "pls", missing="pairwise")
    assert pairwise.scores.empty
    assert pairwise.importance_performance.empty
    assert len(pairwise.cross_loadings) == 19
    by_likelihood = fit_survey(data, CRM, "ml", missing="fiml", predict=True)
    shown = {name for name, frame in by_likelihood.tables.items() if len(frame)}
    assert {"item_descriptives", "answer_shares"} <= shown
    assert not shown & {"scores", "prediction", "cross_loadings", "item_vif"}


def test_observed_variables_and_dropped_items_stand_in_the_tables():
    model = "A =~ CC1 + CC2 + CC3\nP =~ VA1 + VA2 + PRO1\nP ~ A + OGG1"
    fits = fit_survey(survey("crm_000"), model, "pls[screening={threshold=0.7}]", resamples=20)
    assert "PRO1" in fits.fitted[0].dropped
    assert "PRO1" not in set(fits.cross_loadings["item"])
    assert fits.cross_loadings.set_index("item").loc["OGG1", "OGG1"] == pytest.approx(1.0)
    observed = fits.scores["OGG1"]
    assert np.corrcoef(observed, survey("crm_000")["OGG1"])[0, 1] == pytest.approx(1.0)


def test_constructs_may_be_called_as_columns_are():
    model = "item =~ CC1 + CC2 + CC3\nmethod =~ VA1 + VA2\nmethod ~ item"
    fits = fit_survey(survey("crm_000"), model, "pls", resamples=20)
    assert list(fits.cross_loadings) == ["method", "construct", "item", "item_", "method_"]
    assert list(fits.scores) == ["method", "row", "item", "method_"]


def test_second_order_constructs_leave_out_what_is_not_theirs():
    model = "A1 =~ CC1 + CC2 + CC3\nA2 =~ PC1 + PC2 + PC3\nP =~ VA1 + VA2\nA =~ A1 + A2\nP ~ A"
    fits = fit_survey(survey("crm_000"), model, "pls", resamples=20)
    assert fits.importance_performance.empty
    assert set(fits.cross_loadings.columns) >= {"A1", "A2", "P"}
    with pytest.raises(InputError, match="A is a second-order construct, for which no way to predict"):
        fit_survey(survey("crm_000"), model, "pls", resamples=20, predict=True)


def test_every_analysis_is_a_frame_of_the_fits(fits):
    assert list(fits.tables) == [analysis.name for analysis in ANALYSES]
    for analysis in ANALYSES:
        frame = getattr(fits, analysis.name)
        assert isinstance(frame, pd.DataFrame)
        assert [column.name for column in analysis.columns_of(frame)] == list(frame.columns)
    assert not hasattr(fits, "cross_loading")
    assert isinstance(loadstone.fit(survey("crm_000"), CRM, "sumscores").cross_loadings, pd.DataFrame)
