"""Missing answers by likelihood as a setting: two stages, resamples with their gaps, what does not go together."""

import numpy as np
import pandas as pd
import pytest

import loadstone as ls
from estimators.base import Status
from estimators.incomplete.twostage import two_stage
from estimators.methods import build
from estimators.wrappers.bootstrap import bootstrap_rows
from sim.batch import Batch
from sim.errors import InputError
from sim.missing import as_they_stand
from sim.model import Model
from sim.streams import Address
from tests.cases import reference, survey, targets

LAVAAN = reference("two_stage_lavaan")["runs"]
THREE = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nspeed ~ visual + textual")
SMALL = Model.parse("F =~ x1 + x2 + x3\nG =~ x4 + x5 + x6\nG ~ F")
HERE = Address(7, "cd" * 32)


def incomplete(n: int = 60, data_sets: int = 2) -> Batch:
    rng = np.random.default_rng(3)
    f = rng.normal(size=(data_sets, n, 1))
    g = 0.5 * f + rng.normal(size=f.shape)
    answers = np.concatenate([np.repeat(f, 3, axis=2), np.repeat(g, 3, axis=2)], axis=2) * 0.8
    answers += 0.6 * rng.normal(size=answers.shape)
    missing = rng.random(answers.shape) < 0.1
    missing[:, 0] = True  # somebody who answered nothing
    return Batch.of(np.where(missing, 99.0, answers), address=HERE, missing=missing, items=SMALL.items)


def fit(name, settings, batch, names, model=SMALL):
    return build(name, settings, 0.95, model=model).fit(batch, model, targets(model, *names))


@pytest.mark.parametrize("name", LAVAAN)
def test_the_setting_gives_what_lavaan_gives(name):
    """`sem(model, data, missing = "two.stage", em.h1.tol = 1e-11)` of lavaan 0.6-20, and "robust.two.stage"."""
    given = LAVAAN[name]
    model = Model.parse(given["model"])
    batch = Batch.of_frame(survey("hs_mcar15")[list(model.items)])
    of = "mlr" if "robust" in name else "ml"
    wanted = (*("chisq", "df"), *(target.name for target in model.targets if target.kind in ("path", "loading")))
    found = fit(of, {"missing": "two-stage", "solution": "raw"}, batch, wanted, model)
    assert found.status.tolist() == [Status.OK]
    assert found.value[0, 0] == pytest.approx(given["fit"]["chisq.scaled"], rel=1e-5)
    assert found.value[0, 1] == given["fit"]["df"]
    for column, target in enumerate(wanted[2:], start=2):
        value, error = given["values"].get(target, (1.0, None))
        assert found.value[0, column] == pytest.approx(value, rel=1e-6)
        if error is not None:
            assert found.se[0, column] == pytest.approx(error, rel=1e-4)


def test_indices_follow_from_the_scaled_statistic_and_that_of_independence():
    """lavaan 0.6-20 on the same answers: cfi.scaled, tli.scaled, rmsea.scaled; srmr over covariances alone."""
    names = ("cfi", "tli", "rmsea", "srmr", "aic", "chisq_swain")
    batch = Batch.of_frame(survey("hs_mcar15")[list(THREE.items)])
    model = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9")
    lavaan = {
        "ml": (0.9450593271225525, 0.9175889906838287, 0.06874363455779188),
        "mlr": (0.9463846926153936, 0.9195770389230904, 0.06669695275584656),
    }
    for of, given in lavaan.items():
        found = fit(of, {"missing": "two-stage"}, batch, names, model)
        assert found.value[0, :3] == pytest.approx(given, rel=1e-6)
        assert found.value[0, 3] == pytest.approx(0.058555545206681846 * (54 / 45) ** 0.5, rel=1e-6)
        assert np.isnan(found.value[0, 4:]).all()


def test_on_complete_answers_it_is_the_method_itself():
    rng = np.random.default_rng(5)
    whole = Batch.of(as_they_stand(incomplete())[:, 1:] * 0.01 + rng.normal(size=(2, 59, 6)), items=SMALL.items)
    for name in ("ml", "mlr"):
        here, there = (fit(name, settings, whole, ("G~F", "chisq")) for settings in ({"missing": "two-stage"}, {}))
        np.testing.assert_array_equal(here.value, there.value)
        np.testing.assert_array_equal(here.se, there.se)


def test_terms_and_bounds_go_with_two_stages():
    model = Model.parse("F =~ x1 + a*x2 + a*x3\nG =~ x4 + x5 + x6\nG ~ b*F\ntwice := 2*b")
    found = fit("ml", {"missing": "two-stage", "bounds": "pos.var", "solution": "raw"}, incomplete(),
                ("F=~x2", "F=~x3", "b", "twice"), model)  # fmt: skip
    np.testing.assert_allclose(found.value[:, 0], found.value[:, 1], rtol=1e-10)
    np.testing.assert_allclose(found.value[:, 3], 2 * found.value[:, 2], rtol=1e-10)
    np.testing.assert_allclose(found.se[:, 3], 2 * found.se[:, 2], rtol=1e-10)
    alone = two_stage(incomplete(), model, 1)
    free = {row.name: at for at, row in enumerate(alone.found.layouts[0].table.free)}
    assert found.value[1, 2] == pytest.approx(alone.found.ends[0].theta[free["G~F"]], rel=1e-7)


@pytest.mark.acceptance
@pytest.mark.parametrize("handling", ["fiml", "two-stage"])
def test_resamples_are_of_respondents_with_their_gaps(handling):
    batch, resamples = incomplete(), 20
    found = fit("ml", {"missing": handling, "resamples": resamples}, batch, ("G~F", "F=~x2", "chisq"))
    own = fit("ml", {"missing": handling}, batch, ("G~F", "F=~x2", "chisq"))
    np.testing.assert_array_equal(found.value, own.value)
    np.testing.assert_array_equal(found.p_value[:, 2], own.p_value[:, 2])
    for r in range(len(batch)):
        rows = bootstrap_rows(HERE.generator("bootstrap", r), resamples, 60)
        values = []
        for drawn in rows:
            one = Batch.of(as_they_stand(batch)[r][drawn], missing=batch.missing[r][drawn][None], items=SMALL.items)
            values.append(fit("ml", {"missing": handling}, one, ("G~F", "F=~x2")).value[0])
        kept = [value for value in values if np.isfinite(value).all()]
        assert found.resamples[r] == len(kept)
        np.testing.assert_allclose(found.se[r, :2], np.std(kept, axis=0, ddof=1), rtol=1e-6)


@pytest.mark.acceptance
def test_the_jackknife_leaves_out_respondents_with_their_gaps():
    batch = incomplete(40, 1)
    found = fit("mlr", {"missing": "fiml", "inference": "jackknife"}, batch, ("G~F",))
    values = []
    for left_out in range(40):
        others = np.delete(np.arange(40), left_out)
        one = Batch.of(as_they_stand(batch)[0][others], missing=batch.missing[0][others][None], items=SMALL.items)
        values.append(fit("mlr", {"missing": "fiml"}, one, ("G~F",)).value[0, 0])
    values = np.array([value for value in values if np.isfinite(value)])
    assert found.resamples[0] == len(values)
    assert found.se[0, 0] == pytest.approx(np.sqrt(39 * values.var()), rel=1e-6)


REFUSED = {
    "other method": ("pls", {"missing": "two-stage"}, r"answers that there are \(ml, mlr\), not of pls"),
    "observed": ("ml", {"missing": "two-stage", "information": "observed"}, "does not go with missing = 'two-stage'"),
    "wishart": ("ml", {"missing": "two-stage", "likelihood": "wishart"}, "does not go with missing = 'two-stage'"),
    "screening": ("ml", {"missing": "two-stage", "screening": {"threshold": 0.7}}, "does not go with screening"),
    "bollen-stine": ("ml", {"missing": "fiml", "bollen_stine": 100}, "does not go with bollen_stine"),
    "pairwise": ("wlsmv", {"missing": "pairwise", "resamples": 50}, "does not go with resamples"),
}


@pytest.mark.parametrize(("name", "settings", "told"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused(name, settings, told):
    with pytest.raises(InputError, match=told):
        build(name, settings, 0.95, model=SMALL)


def test_intercepts_are_refused_by_name():
    model = Model.parse("F =~ x1 + x2 + x3 + x4\nx1 ~ 1")
    assert "missing = 'two-stage', whose means are free" in build(
        "ml", {"missing": "two-stage"}, 0.95, model=model
    ).estimator.refusal(model)


def test_a_survey_of_ones_own_takes_it():
    batch = incomplete(60, 1)
    frame = pd.DataFrame(np.where(batch.missing[0], np.nan, as_they_stand(batch)[0]), columns=SMALL.items)
    fits = ls.fit_survey(frame, SMALL, methods=["ml", "mlr[resamples=20]"], missing="two-stage")
    assert fits.survey.note.startswith("two-stage: ")
    own = fit("ml", {"missing": "two-stage"}, batch.rows(slice(0, 1)), ("G~F",))
    row = fits.estimates.query("name == 'G~F'") if "name" in fits.estimates else fits.estimates
    assert own.value[0, 0] == pytest.approx(float(row[row.iloc[:, 0].astype(str) != ""]["value"].iloc[0]), rel=1e-9)
    with pytest.raises(InputError, match="--missing two-stage is of ml, mlr"):
        ls.fit_survey(frame, SMALL, methods=["pls"], missing="two-stage")
