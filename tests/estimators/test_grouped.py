"""Groups fitted together: against lavaan, a plain optimiser and closed forms."""

import numpy as np
import pytest
from scipy.optimize import minimize

from estimators.base import Status
from estimators.constrained.fitting import Search
from estimators.grouped.equal import tables_of
from estimators.grouped.inference import Robust, information_covariance
from estimators.grouped.invariance import STEPS, Failed, compared, fitted, invariance
from estimators.grouped.search import Sample, fit_groups
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from tests.cases import reference, survey

LAVAAN = reference("groups_lavaan")
CFA = Model.parse("visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9")
TEN = Model.parse("F =~ x1 + x2 + x3 + x4 + x5")


def schools(model=CFA):
    """The two schools of Holzinger and Swineford, in the order in which they appear."""
    frame = survey("HolzingerSwineford1939")
    return [
        Sample.of(Batch.of(frame[frame["school"] == label][list(model.items)].to_numpy(), items=model.items), model)
        for label in frame["school"].unique()
    ]


def drawn(n, seed, shift=0.0, loadings=(1.0, 0.8, 0.7, 0.9, 0.6)):
    """A group of one construct and five items."""
    rng = np.random.default_rng(seed)
    answers = (rng.normal(shift, 1.0, (n, 1))) * loadings + rng.normal(0.0, 0.7, (n, 5)) + [1.0, 2.0, 3.0, 4.0, 5.0]
    return Sample.of(Batch.of(answers, items=TEN.items), TEN)


@pytest.mark.parametrize("name", LAVAAN["groups"])
def test_every_step_is_that_of_lavaan(name):
    """`cfa(model, group = "school", group.equal = ...)` of lavaan 0.6-20, ML and MLR."""
    given = LAVAAN["groups"][name]
    method, _, step = name.partition("_")
    partial = ("x3 ~ 1", "x7~1") if step == "partial_scalar" else ()
    found = fitted(schools(), CFA, STEPS[step.removeprefix("partial_")], partial, method, name=step)
    told = {f"{each.group}:{each.name}": each for each in found.parameters if each.free}
    assert set(told) == set(given["values"])
    for key, (value, se, std_se) in given["values"].items():
        assert told[key].value == pytest.approx(value, rel=1e-6, abs=1e-8), key
        assert told[key].se == pytest.approx(se, rel=1e-4), key
        if std_se:
            assert told[key].std_se == pytest.approx(std_se, rel=1e-4), key
    fit, own, end = given["fit"], found.measures, ".scaled" if method == "mlr" else ""
    assert (own.df, own.parameters) == (fit["df"], fit["npar"])
    assert own.chisq == pytest.approx(fit["chisq" + end], rel=1e-4 if end else 1e-7)
    assert own.log_likelihood == pytest.approx(fit["logl"], rel=1e-7)
    assert (own.aic, own.bic) == pytest.approx((fit["aic"], fit["bic"]), rel=1e-7)
    for index in ("cfi", "tli", "rmsea"):
        assert getattr(own, index) == pytest.approx(fit[index + end], rel=1e-4 if end else 1e-7)
    assert own.srmr == pytest.approx(fit["srmr"], rel=1e-5)
    if not end:
        assert (own.rmsea_lower, own.rmsea_upper) == pytest.approx(
            (fit["rmsea.ci.lower"], fit["rmsea.ci.upper"]), rel=1e-4
        )


@pytest.mark.parametrize("method", ["ml", "mlr"])
def test_differences_of_steps_are_those_of_lavaan(method):
    """lavTestLRT of lavaan 0.6-20; of MLR "satorra.bentler.2001", whose factor loses digits (1e-5 of them are good)."""
    tolerance = 1e-7 if method == "ml" else 1e-4
    told = {step.name: step.difference for step in invariance(schools(), CFA, method=method)}
    assert told["configural"] is None
    for step, key in (("metric", "config_metric"), ("scalar", "metric_scalar")):
        statistic, df, p_value = LAVAAN["differences"][f"{method}_{key}"]
        assert told[step].df == df
        assert told[step].statistic == pytest.approx(statistic, rel=tolerance)
        assert told[step].p_value == pytest.approx(p_value, rel=1e-6 if method == "ml" else 1e-3)


def test_labels_and_values_for_each_group_do_what_equal_and_partial_do():
    both = "visual =~ u*x1 + a*x2 + b*x3\ntextual =~ x4 + c(d, d)*x5 + c(e1, e2)*x6\nspeed =~ x7 + x8 + x9"
    labelled = fit_groups(schools(), Model.parse(both))
    named = fit_groups(schools(), CFA, ("loadings",), ("textual=~x6", "speed=~x8", "speed=~x9"))
    assert labelled.df == named.df == 48 + 3
    np.testing.assert_allclose(labelled.end.theta, named.end.theta, atol=1e-9)
    held = fit_groups(schools(), Model.parse(both + "\ne1 == e2"))
    assert held.df == 48 + 4
    at = [k for k, row in enumerate(held.tables.joint.free) if row.label in ("e1", "e2")]
    assert held.end.theta[at[0]] == pytest.approx(held.end.theta[at[1]], abs=1e-12)
    fixed = fit_groups(schools(), Model.parse(both.replace("c(e1, e2)", "c(0.9, NA)")))
    assert fixed.layouts[0].matrices(fixed.end.theta[fixed.tables.places[0]]).loadings[5, 1] == 0.9


def test_a_saturated_model_with_everything_equal_is_tested_by_a_closed_form():
    """Equal means and covariances: n ln|S| - sum n_g ln|S_g|, S of all respondents around their common mean."""
    first, second = drawn(60, 1), drawn(45, 2, shift=0.3)
    model = Model.parse("\n".join(f"f{i} =~ x{i}" for i in (1, 2, 3)))
    groups = [Sample(s.covariances[:3, :3], s.means[:3], s.n, s.answers[:, :3]) for s in (first, second)]
    kinds = ("loadings", "intercepts", "lv.variances", "lv.covariances", "means")
    found = fit_groups(groups, model, kinds)
    everyone = np.concatenate([group.answers for group in groups])
    of_all = np.linalg.slogdet(np.cov(everyone.T, ddof=0))[1]
    statistic = len(everyone) * of_all - sum(g.n * np.linalg.slogdet(g.covariances)[1] for g in groups)
    assert found.statistic == pytest.approx(statistic, rel=1e-9)
    assert found.df == 9
    free = fit_groups(groups, model)
    assert free.statistic == pytest.approx(0.0, abs=1e-9)
    assert free.df == 0


def test_a_plain_optimiser_ends_at_the_same_place():
    samples = [drawn(50, 3), drawn(70, 4, 0.5), drawn(40, 5, -0.4)]
    found = fit_groups(samples, TEN, ("loadings", "intercepts"), ("x4~1",))
    assert found.df == 3 * 20 - (3 * 5 + 3 + 4 + 4 + 3 + 2)  # errors, variances, loadings, intercepts, x4's, means
    basis = np.linalg.svd(found.region.ties)[2][len(found.region.ties) :].T
    begun = found.end.theta + basis @ np.random.default_rng(1).normal(0.0, 0.05, basis.shape[1])
    plain = minimize(
        lambda z: found.objective.value(begun + basis @ z), np.zeros(basis.shape[1]), method="BFGS", tol=1e-10
    )
    assert plain.fun == pytest.approx(found.end.value, abs=1e-10)
    np.testing.assert_allclose(begun + basis @ plain.x, found.end.theta, atol=2e-4)  # BFGS by finite differences
    np.testing.assert_allclose(basis.T @ found.objective.gradient(found.end.theta), 0.0, atol=1e-8)
    np.testing.assert_allclose(found.region.ties @ found.end.theta, found.region.values, atol=1e-12)


def test_one_group_twice_is_that_group():
    one = drawn(60, 6)
    found = fit_groups([one, one], TEN, ("loadings", "intercepts"))
    alone = fit_groups([one], TEN)
    assert found.statistic == pytest.approx(2.0 * alone.statistic, rel=1e-9)
    means = found.layouts[1].matrices(found.end.theta[found.tables.places[1]]).means
    np.testing.assert_allclose(means, 0.0, atol=1e-8)
    expected, observed = information_covariance(found), information_covariance(found, observed=True)
    assert np.isfinite(expected).all()
    assert np.isfinite(observed).all()


def test_second_order_and_observed_variables_have_means_that_are_identified():
    frame = survey("HolzingerSwineford1939")
    text = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
    for more in ("G =~ visual + textual + speed", "speed ~ visual + agemo"):
        model = Model.parse(text + more)
        samples = [
            Sample.of(Batch.of(part[list(model.items)].to_numpy(float), items=model.items), model)
            for _, part in frame.groupby("school", sort=False)
        ]
        told = invariance(samples, model)
        assert [step.name for step in told] == [*STEPS]
        assert all(step.fit.status == Status.OK for step in told)
        dfs = [step.fit.df for step in told]
        assert dfs == sorted(dfs)
        if more.startswith("G"):
            assert dfs[:3] == [48, 48 + 6 + 2, 48 + 8 + 6]


def test_bounds_hold_in_every_group():
    samples = [drawn(15, seed, loadings=(1.0, 0.2, 0.1, 0.9, 0.1)) for seed in (13, 21)]
    bounded = fit_groups(samples, TEN, search=Search("likelihood", "pos.var", 1e-9, 150))
    assert (bounded.end.theta >= bounded.region.lower).all()
    assert np.isfinite(bounded.region.lower).sum() == 12


def test_groups_that_cannot_be_used_are_named():
    good, few = drawn(40, 8), drawn(5, 9)
    constant = Sample(good.covariances.copy(), good.means, good.n)
    constant.covariances[1] = constant.covariances[:, 1] = 0.0
    assert fit_groups([good, few], TEN) == (Status.SINGULAR, 1)
    assert fit_groups([constant, good], TEN) == (Status.CONSTANT_ITEM, 0)
    free = Model.parse("F =~ NA*x1 + x2 + x3 + x4 + x5")
    assert fit_groups([good, good], free) == (Status.UNIDENTIFIED, None)
    told = invariance([good, few], TEN)
    assert [type(step) for step in told] == [Failed] * 4
    without = Sample(good.covariances, good.means, good.n)
    with pytest.raises(InputError, match="needs the answers of every group"):
        Robust(fit_groups([without, good], TEN))


def test_wrong_words_are_refused():
    good = drawn(40, 8)
    with pytest.raises(InputError, match="two or more"):
        invariance([good], TEN)
    with pytest.raises(InputError, match="'weak'"):
        invariance([good, good], TEN, steps=("weak",))
    with pytest.raises(InputError, match="ml or mlr"):
        invariance([good, good], TEN, method="gls")
    with pytest.raises(InputError, match="'everything'"):
        tables_of(TEN, 2, ("everything",))
    with pytest.raises(InputError, match="'x9~1'"):
        tables_of(TEN, 2, ("intercepts",), ("x9~1",))
    with pytest.raises(InputError, match="has 3 values, and the data have 2 groups"):
        tables_of(Model.parse("F =~ x1 + c(a, b, d)*x2 + x3"), 2)
    steps = invariance([good, drawn(30, 9)], TEN)
    with pytest.raises(InputError, match="the larger first"):
        compared(steps[1], steps[0])
