"""`missing = "fiml"`: ML of answers with gaps, in studies, in `loadstone fit` and in Python, or refused by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import loadstone
from benchmarks.run import runner
from benchmarks.run.replay import replay
from benchmarks.study import study
from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import REFERENCE, batch_of, reference, survey
from tests.ways_of_answering import MINE, STUDY, written

HOLED = MINE[: MINE.index("[responses]")] + "[missing]\nshare = 0.03\nitems = { x3 = 0.1 }\n"
THREE = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual")


def fit(batch, model, name="ml", targets=None, **settings):
    return build(name, {"missing": "fiml", **settings}, 0.95, model=model).fit(batch, model, targets)


def test_fit_of_a_survey_with_empty_cells_is_that_of_lavaan(command, tmp_path, capsys):
    """`sem(model, data, missing = "ml", em.h1.tol = 1e-11)` of lavaan 0.6-20, polished by Newton steps."""
    given, path, out = reference("fiml_lavaan"), tmp_path / "model.txt", tmp_path / "estimates.csv"
    path.write_text(THREE.syntax, encoding="utf-8")
    words = ["fit", REFERENCE / "data" / "hs_mcar15.csv", "--model", path, "--missing", "fiml", "--out", out]
    assert command(*words, "--method", "ml[solution=raw]") in (0, None)
    assert "413 missing answers left as they are" in " ".join(capsys.readouterr().out.split())
    table = pd.read_csv(out).set_index("target")
    compared = 0
    for name, (value, error) in given["values"].items():
        if name in table.index:
            assert table.loc[name, "value"] == pytest.approx(value, rel=1e-6)
            assert table.loc[name, "se"] == pytest.approx(error, rel=1e-4)
            compared += 1
    assert compared >= 8
    assert table.loc["chisq", "value"] == pytest.approx(given["chisq"], rel=1e-7)
    assert table.loc["df", "value"] == given["df"]


def test_the_robust_form_is_that_of_lavaan():
    """`sem(model, data, missing = "ml", estimator = "MLR", em.h1.tol = 1e-11)` of lavaan 0.6-20.

    lavaan takes its information where its own search ends, some 1e-5 standard errors away.
    """
    given = reference("fiml_mlr_lavaan")
    batch = Batch.of_frame(survey("hs_mcar15")[list(THREE.items)])
    asked = [THREE.target(name) for name in (*given["se"], "chisq", "cfi", "tli", "rmsea")]
    found = fit(batch, THREE, "mlr", asked, solution="raw")
    np.testing.assert_allclose(found.se[0, :-4], list(given["se"].values()), rtol=1e-4)
    expected = [given[name] for name in ("chisq", "cfi", "tli", "rmsea")]
    np.testing.assert_allclose(found.value[0, -4:], expected, rtol=1e-6)


@pytest.mark.parametrize(("name", "settings"), [("ml", {"information": "observed"}), ("mlr", {})])
def test_on_complete_answers_it_is_ml(name, settings):
    batch, model = batch_of("HolzingerSwineford1939", THREE), THREE
    asked = [*model.targets, *(model.target(name) for name in ("chisq", "df", "cfi", "tli", "rmsea", "srmr", "aic"))]
    whole = build(name, settings, 0.95).fit(batch, model, asked)
    without = fit(batch, model, name, asked)
    np.testing.assert_array_equal(without.value, whole.value)
    # The likelihood of answers, none of which is missing: by the other way through.
    gone = np.zeros(batch.answers.shape, dtype=bool)
    fit_of = fit(replace(batch, missing=gone), model, name, asked)
    np.testing.assert_allclose(fit_of.value, whole.value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(fit_of.se, whole.se, rtol=1e-4)
    np.testing.assert_allclose(fit_of.p_value, whole.p_value, rtol=1e-4)
    assert fit_of.respondents.tolist() == [batch.n]


def test_on_complete_answers_the_raw_solution_is_that_of_ml():
    batch = batch_of("HolzingerSwineford1939", THREE)
    gone = np.zeros(batch.answers.shape, dtype=bool)
    whole = build("ml", {"information": "observed", "solution": "raw"}, 0.95).fit(batch, THREE)
    found = fit(replace(batch, missing=gone), THREE, solution="raw")
    np.testing.assert_allclose(found.value, whole.value, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.se, whole.se, rtol=1e-4)


def test_every_data_set_of_a_batch_has_its_own_fit_and_status():
    model = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nG ~ F")
    rng = np.random.default_rng(8)
    constructs = rng.normal(size=(5, 60, 2)) @ [[1.0, 0.5], [0.0, 0.9]]
    answers = np.repeat(constructs, 3, axis=2) * 0.8 + rng.normal(size=(5, 60, 6)) * 0.6
    gone = rng.random(answers.shape) < 0.1
    gone[1, :30, 0], gone[1, 30:, 1] = True, True  # nobody answered both
    answers[2, :, 3] = 4.0
    gone[3, 6:] = True  # six respondents for six items
    answers[gone] = 99.0  # where nobody may look
    found = fit(Batch.of(answers, missing=gone, items=model.items), model)
    expected = [Status.OK, Status.TOO_FEW_ANSWERS, Status.CONSTANT_ITEM, Status.SINGULAR, Status.OK]
    assert found.status.tolist() == expected
    assert np.isnan(found.value[1:4]).all()
    assert found.respondents.tolist() == (~gone.all(axis=2)).sum(axis=1).tolist()
    alone = fit(Batch.of(answers[4:], missing=gone[4:], items=model.items), model)
    np.testing.assert_array_equal(alone.value[0], found.value[4])
    slow = fit(Batch.of(answers[4:], missing=gone[4:], items=model.items), model, max_iterations=1)
    assert slow.status.tolist() == [Status.NOT_CONVERGED]


def test_bounds_and_equal_loadings_hold():
    batch = Batch.of_frame(survey("hs_mcar15")[list(THREE.items)])
    model = Model.parse(THREE.syntax.replace("x2", "a*x2").replace("x3", "a*x3"))
    found = fit(batch, model, solution="raw")
    at = {target.name: value for target, value in zip(found.targets, found.value[0], strict=True)}
    assert at["visual=~x2"] == pytest.approx(at["visual=~x3"], abs=1e-10)
    free, bounded = fit(batch, THREE), fit(batch, THREE, bounds="pos.var")
    np.testing.assert_allclose(bounded.value, free.value, rtol=1e-6)  # no bound binds
    np.testing.assert_allclose(bounded.se, free.se, rtol=1e-5)


def test_a_bound_that_binds_keeps_an_error_variance_at_0():
    rng = np.random.default_rng(3)
    model = Model.parse("F =~ x1 + x2 + x3")
    for _ in range(200):
        answers = rng.normal(size=(1, 25, 1)) * 0.6 + rng.normal(size=(1, 25, 3)) * 0.8
        gone = rng.random(answers.shape) < 0.05
        batch = Batch.of(answers, missing=gone, items=model.items)
        if fit(batch, model).status[0] == Status.INADMISSIBLE:
            break
    bounded = fit(batch, model, bounds="pos.var")
    assert bounded.status[0] == Status.OK
    assert np.abs(bounded.value[0, :3]).max() <= 1.0 + 1e-9
    assert np.isclose(np.abs(bounded.value[0]), 1.0).any()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bollen_stine": 20}, "bollen_stine"),
        ({"screening": {"threshold": 0.6}}, "screening"),
        ({"steps": [{"rule": "hair"}]}, "steps"),
        ({"information": "expected"}, "information = 'expected'"),
        ({"likelihood": "wishart"}, "likelihood = 'wishart'"),
        ({"test": "unstandardised"}, "test = 'unstandardised'"),
    ],
)
def test_what_asks_for_complete_answers_is_refused_by_name(settings, said):
    with pytest.raises(InputError, match=said) as error:
        build("ml", {"missing": "fiml", **settings}, 0.95, model=THREE)
    assert "choose missing = 'listwise'" in str(error.value)


def test_every_other_method_refuses_it_by_name(tmp_path: Path):
    for name in ESTIMATORS:
        if name not in ("ml", "mlr", "sam"):
            with pytest.raises(InputError, match=rf"methods.{name}: missing = 'fiml' .* not of {name}; choose one of"):
                study.load(written(tmp_path, HOLED, STUDY + f'[methods.{name}]\nmissing = "fiml"\n'))
    with pytest.raises(InputError, match=r"pls does not take .*--missing listwise"):
        loadstone.fit_survey(survey("hs_mcar15"), THREE, ("ml", "pls"), missing="fiml")
    with pytest.raises(InputError, match=r"--missing fiml does not go with bollen_stine.*--missing listwise"):
        loadstone.fit_survey(survey("hs_mcar15"), THREE, ("ml[bollen_stine=20]",), missing="fiml")


def test_the_refusal_of_gaps_names_it_to_methods_that_take_it():
    with pytest.raises(InputError, match=r"mean, regression, pairwise, fiml or two-stage"):
        loadstone.fit_survey(survey("hs_mcar15"), THREE, ("ml", "mlr"))
    with pytest.raises(InputError, match=r"mean, regression or pairwise$"):
        loadstone.fit_survey(survey("hs_mcar15"), THREE, ("ml", "pls"))


def test_a_study_runs_it_and_a_replayed_survey_gives_the_same(tmp_path: Path):
    loaded = study.load(written(tmp_path, HOLED, STUDY + '[methods.ml]\nmissing = "fiml"\n'))
    assert loaded.methods[0].label == "ML SEM, FIML"
    runner.run(loaded, tmp_path / "results", 1, Console(quiet=True))
    table = pd.read_parquet(tmp_path / "results" / "measures.parquet").set_index("measure")
    assert (table.loc[["convergence_rate"], "value"] > 0).all()
    assert (table.loc[["respondents_used"], "value"] == 150).all()
    data, _, again = replay(loaded, loaded.cells[0], 2, tmp_path)
    fits = loadstone.fit_survey(data, loaded.model, ("ml",), missing="fiml").estimates.set_index("target")
    for row in again.itertuples():
        assert fits.loc[row.target, "value"] == pytest.approx(row.value, abs=1e-7)


def test_pairs_on_no_form_together_are_refused_before_any_draw(tmp_path: Path):
    holed = HOLED[: HOLED.index("[missing]")] + '[missing]\nforms = [["x1"], ["x2"]]\n'
    with pytest.raises(InputError, match="no form has both x1 and x2, so that fiml has no covariance of them"):
        study.load(written(tmp_path, holed, STUDY + '[methods.ml]\nmissing = "fiml"\n'))


@pytest.mark.acceptance
def test_answers_missing_at_random_mislead_listwise_and_not_fiml():
    """Loadings of 100 data sets of 300, where x2 and x3 are mostly missing if x1 is high.

    Means lie within 3.5 Monte Carlo standard errors of the truth, and 0.005 for the bias of order 1/n.
    """
    rng, truth = np.random.default_rng(2), 0.7
    model = Model.parse("F =~ x1 + x2 + x3 + x4")
    answers = truth * rng.normal(size=(100, 300, 1)) + np.sqrt(1.0 - truth**2) * rng.normal(size=(100, 300, 4))
    gone = np.zeros(answers.shape, dtype=bool)
    gone[:, :, 1:3] = (answers[:, :, :1] > 0.0) & (rng.random((100, 300, 2)) < 0.7)
    batch = Batch.of(np.where(gone, 99.0, answers), missing=gone, items=model.items)
    asked = [model.target(f"F=~x{i}") for i in range(1, 5)]
    found, dropped = (
        build("ml", {"missing": handling}, 0.95).fit(batch, model, asked) for handling in ("fiml", "listwise")
    )
    assert not found.fatal.any()
    error = found.value.std(axis=0) / np.sqrt(100)
    assert (np.abs(found.value.mean(axis=0) - truth) < 3.5 * error + 0.005).all()
    assert abs(np.nanmean(dropped.value[:, 0]) - truth) > 10.0 * error[0]
    # Standard errors say how far estimates of the data sets lie apart: an SD of 100 has an error of 7 %.
    np.testing.assert_allclose(found.se.mean(axis=0), found.value.std(axis=0), rtol=0.25)
