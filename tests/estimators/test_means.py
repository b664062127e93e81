"""Intercepts and means beside covariances: against lavaan, and a closed form."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.constrained.fitting import Search, search_all
from estimators.constrained.moments import STEP, Layout
from estimators.constrained.table import table_of
from estimators.methods import build
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import batch_of, reference

LAVAAN = reference("groups_lavaan")["means"]
CFA = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
EVERYTHING = (
    f"{CFA}\nspeed ~ visual\nx1 ~ a*1\nx4 ~ a*1\nx2 ~ 6*1\nvisual ~ 1\ntextual ~ lower(-9)*1\nspeed ~ 1\nx7 ~ 0*1"
)


@pytest.mark.parametrize("name", LAVAAN)
def test_intercepts_and_means_are_those_of_lavaan(name):
    given, method = LAVAAN[name], "mlr" if name.endswith("mlr") else "ml"
    written = given["model"] if " ~ " in given["model"] else f"{given['model']}\nx1 ~ 1"
    model = Model.parse(written)
    targets = [model.target(each) for each in given["values"]]
    asked = [model.target(each) for each in ("chisq", "df", "srmr", "aic", "bic")]
    batch = batch_of("HolzingerSwineford1939", model)
    found = build(method, {"solution": "raw"}, 0.95).estimator.fit(batch, model, [*targets, *asked])
    values, errors, std_errors = np.array([*given["values"].values()]).T
    np.testing.assert_allclose(found.value[0, : len(targets)], values, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.se[0, : len(targets)], errors, rtol=1e-4)
    told = dict(zip([each.name for each in asked], found.value[0, len(targets) :], strict=True))
    fit = given["fit"]
    assert told["df"] == fit["df"]
    scaled = "chisq.scaled" in fit
    assert told["chisq"] == pytest.approx(fit["chisq.scaled" if scaled else "chisq"], rel=1e-4 if scaled else 1e-7)
    assert told["aic"] == pytest.approx(fit["aic"], rel=1e-7)
    assert told["bic"] == pytest.approx(fit["bic"], rel=1e-7)
    assert told["srmr"] == pytest.approx(fit["srmr"], rel=1e-5)  # taken where lavaan stops: first order there
    free = [each for each, error in zip(targets, std_errors, strict=True) if error > 0.0]
    standardised = build(method, {}, 0.95).estimator.fit(batch, model, free)
    np.testing.assert_allclose(standardised.se[0], std_errors[std_errors > 0.0], rtol=1e-4)


def test_free_means_change_nothing_else():
    plain, other = Model.parse(CFA), Model.parse(f"{CFA}\nx1 ~ 1")
    batch = batch_of("HolzingerSwineford1939", plain)
    names = [target.name for target in plain.targets] + ["chisq", "df", "cfi", "rmsea"]
    for method in ("ml", "mlr"):
        fits = [
            build(method, {"bounds": "wide"}, 0.95).estimator.fit(batch, model, [model.target(n) for n in names])
            for model in (plain, other)
        ]
        np.testing.assert_allclose(fits[1].value, fits[0].value, atol=1e-8)
        np.testing.assert_allclose(fits[1].se, fits[0].se, rtol=1e-7)
        assert fits[1].p_value[0, -4] == pytest.approx(fits[0].p_value[0, -4], rel=1e-6)


def test_a_regression_has_the_intercept_of_least_squares():
    x, error = np.random.default_rng(3).normal([[2.0], [5.0]], 1.0, (2, 60))
    y = 0.4 * x + error
    model = Model.parse("y ~ 1 + b*x\nx ~ 1")
    batch = Batch.of(np.column_stack([x, y]), items=("x", "y"))
    wanted = [model.target(name) for name in ("y~1", "x~1")]
    found = build("ml", {"solution": "raw"}, 0.95).estimator.fit(batch, model, wanted)
    slope = np.cov(x, y)[0, 1] / x.var(ddof=1)
    intercept = y.mean() - slope * x.mean()
    s2 = ((y - intercept - slope * x) ** 2).mean()
    np.testing.assert_allclose(found.value[0], [intercept, x.mean()], atol=1e-9)
    error_of_intercept = np.sqrt(s2 * (1 / 60 + x.mean() ** 2 / (60 * x.var())))
    np.testing.assert_allclose(found.se[0], [error_of_intercept, x.std() / np.sqrt(60)], rtol=1e-7)


def test_restrictions_on_intercepts_hold_and_the_gradient_vanishes():
    model = Model.parse(EVERYTHING)
    batch = batch_of("HolzingerSwineford1939", model)
    found = search_all(batch, model, Search("likelihood", "none", 1e-9, 1000), batch.n)
    end, layout = found.ends[0], found.layouts[0]
    names = {row.name: at for at, row in enumerate(layout.table.free)}
    assert end.theta[names["x1~1"]] == pytest.approx(end.theta[names["x4~1"]], abs=1e-12)
    assert layout.matrices(end.theta).intercepts[model.items.index("x2")] == 6.0
    assert layout.table.parameters == 20 + (9 - 2 - 1) + 3  # covariances; intercepts less fixed and tied ones; means
    assert found.df[0] == 54 - layout.table.parameters
    gradient = found.discrepancy_of(0).gradient(end.theta)
    np.testing.assert_allclose(found.directions(0).T @ gradient, 0.0, atol=1e-8)


def test_slopes_of_means_are_those_of_differences():
    layout = Layout(table_of(Model.parse(EVERYTHING), [True] * 9))
    theta = np.random.default_rng(1).normal(1.0, 0.3, len(layout.table.free))
    moved = layout.matrices(theta + STEP * 1j * np.eye(len(theta))).averages.imag / STEP
    np.testing.assert_allclose(layout.mean_slopes(layout.matrices(theta)), moved, atol=1e-12)


def test_an_origin_that_nothing_gives_is_told():
    model = Model.parse(f"{CFA}\nvisual ~ 1")
    batch = batch_of("HolzingerSwineford1939", model)
    assert build("ml", {}, 0.95).estimator.fit(batch, model).status[0] == Status.UNIDENTIFIED


def test_intercepts_are_written_and_read_alike():
    model = Model.parse(EVERYTHING)
    again = Model.parse(model.syntax)
    assert again.syntax == model.syntax
    assert {term.place: term.modifier for term in again.terms.terms} == {
        term.place: term.modifier for term in model.terms.terms
    }
    assert model.terms.at["x2", "~1", ""].shown == "`x2 ~ 6.0*1` (line 7)"
    assert Model.parse("F =~ x1 + x2 + x3\nx1 ~ 0").terms.at["x1", "~1", ""].modifier.fixed == 0.0
    both = Model.parse("F =~ x1 + x2 + x3\nG =~ y1 + y2 + y3\nF + G ~ 1\nG ~ F + 1")
    assert both.paths == (("G", "F"),)
    assert [term.left for term in both.terms.terms] == ["F", "G"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("z ~ 1", "name 'z' is not known"),
        ("x1 ~ 2", "one that is fixed `~ 2*1`"),
        ("x1 ~ u(1)*1", "none of: a number"),
        ("x1 ~ c(a, b)*c(a, b, d)*1", "has 2 values for groups, and 3"),
    ],
)
def test_what_is_no_intercept_is_refused_with_its_line(line, words):
    with pytest.raises(InputError, match=r"line 4") as refused:
        Model.parse(f"{CFA}\n{line}")
    assert words in str(refused.value)


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name not in ("ml", "mlr")])
def test_methods_without_means_refuse_intercepts_by_name(name):
    model = Model.parse("QUAL =~ q1 + q2 + q3\nSAT =~ s1 + s2 + s3\nSAT ~ QUAL\nq1 ~ 3*1")
    told = ESTIMATORS[name].estimator().refusal(model)
    assert told is not None
    assert "`q1 ~ 3.0*1` (line 4)" in told


def test_settings_without_means_refuse_them_too():
    model = Model.parse(f"{CFA}\nx1 ~ 1")
    for settings, words in (({"likelihood": "wishart"}, "wishart"), ({"missing": "fiml"}, "fiml")):
        assert words in (build("ml", settings, 0.95).estimator.refusal(model) or "")
    groupwise = Model.parse(CFA.replace("x2", "c(a, b)*x2"))
    for name in ("ml", "mlm", "mlr", "gls", "uls", "pls"):
        assert "c(a, b)*x2" in (build(name, {}, 0.95).estimator.refusal(groupwise) or "")


def test_means_count_as_moments_where_a_model_leaves_no_degrees_of_freedom():
    model = Model.parse("visual =~ x1 + x2 + x3\nx1 ~ 1")
    batch = batch_of("HolzingerSwineford1939", model)
    found = build("ml", {"solution": "raw"}, 0.95, model=model)
    assert found.estimator.refusal(model) is None
    told = found.fit(batch, model, [model.target(name) for name in ("df", "x1~1", "visual=~x2")])
    without = Model.parse("visual =~ x1 + x2 + x3")
    loading = build("ml", {"solution": "raw"}, 0.95).fit(batch, without, [without.target("visual=~x2")])
    assert told.value[0, 0] == 0
    np.testing.assert_allclose(told.value[0, 1:], [batch.moments.means[0, 0], loading.value[0, 0]], rtol=1e-6)
    ordered = Model.parse("visual =~ x1 + x2\nx1 ~ 1")
    assert "6 free parameters, and 2 items give 5 means, variances" in build("ml", {}, 0.95).estimator.refusal(ordered)
