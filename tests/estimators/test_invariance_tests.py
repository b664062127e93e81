"""Steps of invariance as targets of studies: against the steps fitted apart, failures, what they go with."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.study import study
from estimators.base import Status
from estimators.grouped.invariance import invariance
from estimators.grouped.search import Sample
from estimators.methods import build
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population, pooled
from sim.streams import Address
from sim.structures.groups import Group
from tests.cases import targets

MODEL = Model.parse("X =~ x1+x2+x3\nY =~ y1+y2+y3\nY ~ X")
VALUES = {t.name: 0.7 for t in MODEL.targets if t.kind == "loading"} | {"Y~X": 0.4}
NAMES = (
    *("Y~X", "invariance(configural)", "invariance(metric)", "invariance(scalar)", "invariance(strict)"),
    *("invariance_cfi(metric)", "invariance_rmsea(scalar)"),
)
TARGETS = targets(MODEL, *NAMES)
HERE = Address(6, "ab" * 32)


def of_groups(*second, shares=(0.5, 0.5)):
    parts = [Population.of(MODEL, VALUES), *(Population.of(MODEL, VALUES | own) for own in second)]
    named = [Group(str(k), share, part) for k, (share, part) in enumerate(zip(shares, parts, strict=True))]
    return pooled(named, "fixed")


BATCH = draw_block(of_groups({"X=~x2": 0.3}), 240, HERE, 0, 3)


def fit(settings, batch=BATCH, name="ml", asked=TARGETS, model=MODEL):
    return build(name, settings, 0.95, model=model).fit(batch, model, asked)


@pytest.mark.parametrize("name", ["ml", "mlr"])
def test_targets_are_the_tests_of_the_steps_of_each_data_set(name):
    found = fit({"invariance": "strict", "partial": ["Y=~y3"]}, name=name)
    for r in range(len(BATCH)):
        groups = [Batch.of(BATCH.raw[r][BATCH.members[r] == k], items=MODEL.items) for k in (0, 1)]
        steps = invariance([Sample.of(group, MODEL) for group in groups], MODEL, partial=["Y=~y3"], method=name)
        configural, metric, scalar, strict = steps
        value = [configural.measures.chisq, *(step.difference.statistic for step in (metric, scalar, strict))]
        p_value = [configural.measures.p_value, *(step.difference.p_value for step in (metric, scalar, strict))]
        assert_array_equal(found.value[r, 1:5], value)
        assert_array_equal(found.p_value[r, 1:5], p_value)
        assert_array_equal(found.value[r, 5:], [metric.difference.cfi, scalar.difference.rmsea])
    assert_array_equal(found.value[:, 0], fit({}, name=name, asked=TARGETS[:1]).value[:, 0])
    assert_array_equal(found.se[:, 0], fit({}, name=name, asked=TARGETS[:1]).se[:, 0])
    assert np.isnan(found.se[:, 1:]).all()


def test_two_groups_of_the_same_answers_differ_in_nothing():
    half = BATCH.raw[:, :120].astype(float)
    members = np.repeat([[0, 1]], len(half), axis=0).repeat(120, axis=1)
    twins = replace(Batch.of(np.concatenate([half, half], axis=1), items=MODEL.items), members=members)
    found = fit({"invariance": "strict"}, twins)
    assert_allclose(found.value[:, 2:5], 0.0, atol=1e-6)
    assert_allclose(found.p_value[:, 2:5], 1.0, atol=1e-6)
    alone = fit({}, Batch.of(half, items=MODEL.items), asked=targets(MODEL, "chisq"))
    assert_allclose(found.value[:, 1], 2 * alone.value[:, 0], rtol=1e-6)


def test_what_differs_is_found_at_its_step_and_what_does_not_is_not():
    found = fit({"invariance": "strict"}, draw_block(of_groups({"X=~x2": 0.2}), 1000, HERE, 0, 12))
    assert (found.p_value[:, 2] < 0.05).mean() > 0.9
    assert (found.p_value[:, 3] < 0.05).mean() < 0.4
    three = fit(
        {"invariance": "metric"}, draw_block(of_groups({}, {}, shares=(0.4, 0.3, 0.3)), 300, HERE, 0, 60),
        asked=targets(MODEL, "invariance(metric)"),
    )  # fmt: skip
    usable = three.value[three.status == Status.OK, 0]  # 8 df: mean 8, variance 16
    assert usable.mean() == pytest.approx(8.0, abs=4 * (16 / len(usable)) ** 0.5)


def test_steps_beyond_the_last_and_data_without_groups_have_no_value():
    found = fit({"invariance": "metric"})
    assert np.isfinite(found.value[:, 1:3]).all()
    assert np.isnan(found.value[:, 3:5]).all()
    assert np.isnan(fit({"invariance": "metric"}, Batch.of(BATCH.raw, items=MODEL.items)).value[:, 1:]).all()
    assert np.isnan(fit({}).value[:, 1:]).all()


def test_a_group_that_cannot_be_fitted_is_a_failure_of_its_data_set():
    few = replace(BATCH, members=np.where(np.arange(240) < [[2], [5], [120]], 0, 1))
    found = fit({"invariance": "metric"}, few)
    assert found.status.tolist()[:2] == [Status.TOO_FEW_ANSWERS, Status.SINGULAR]
    assert np.isnan(found.value[:2]).all()
    assert np.isfinite(found.value[2, :3]).all()


def test_values_for_each_group_in_the_model_hold_there():
    model = Model.parse("X =~ x1+c(a, b)*x2+x3\nY =~ y1+y2+y3\nY ~ X")
    free, tied = (
        fit({"invariance": "metric"}, asked=targets(MODEL, "Y~X", "invariance(metric)"), model=each)
        for each in (model, MODEL)
    )
    partial = fit({"invariance": "metric", "partial": ["X=~x2"]}, asked=targets(MODEL, "Y~X", "invariance(metric)"))
    assert_allclose(free.value[:, 1], partial.value[:, 1], rtol=1e-6)
    assert (free.value[:, 1] < tied.value[:, 1]).all()
    assert_array_equal(free.value[:, 0], tied.value[:, 0])


REFUSED = {
    "unknown": ("ml", {"invariance": "loadings"}, "invariance 'loadings' is not known"),
    "other method": ("pls", {"invariance": "metric"}, r"invariance is of maximum likelihood \(ml, mlr\), not of pls"),
    "alone": ("ml", {"partial": ["X=~x2"]}, "partial belongs to invariance"),
    "text": ("ml", {"invariance": "metric", "partial": "X=~x2"}, "give a list of parameters"),
    "missing": ("ml", {"invariance": "metric", "missing": "listwise"}, "invariance does not go with missing"),
    "blocks": ("ml", {"invariance": "metric", "blocks": "composite"}, "leave out invariance or blocks"),
    "wishart": ("ml", {"invariance": "metric", "likelihood": "wishart"}, "likelihood = 'wishart' of covariances"),
}


@pytest.mark.parametrize(("name", "settings", "told"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused(name, settings, told):
    with pytest.raises(InputError, match=told):
        build(name, settings, 0.95, model=MODEL)


def test_targets_name_steps_that_there_are():
    with pytest.raises(InputError, match=r"step 'weak' is not known \(configural, metric, scalar, strict\)|weak"):
        MODEL.target("invariance(weak)")
    with pytest.raises(InputError, match="configural is the first step"):
        MODEL.target("invariance_cfi(configural)")


def test_parameters_in_partial_that_are_none_are_refused_before_anything_is_drawn():
    found = build("ml", {"invariance": "metric", "partial": ["X=~z9"]}, 0.95, model=MODEL)
    assert "X=~z9" in found.estimator.refusal(MODEL)


STUDY = """
name = "steps"
[aims]
title = "t"
question = "q?"
[data]
n = [60]
replications = 10
seed = 1
[data.population]
source = "made up"
model = "X =~ x1+x2+x3\\nY =~ y1+y2+y3\\nY ~ X"
[data.population.values]
"*=~*" = 0.8
"Y~X" = 0.5
[estimands]
targets = ["invariance(metric)", "invariance_cfi(metric)"]
[methods.ml]
estimator = "ml"
invariance = "metric"
[performance]
cutoffs = { invariance_cfi = -0.01 }
"""


def test_a_study_without_groups_is_told(tmp_path):
    (tmp_path / "steps.toml").write_text(STUDY)
    with pytest.raises(InputError, match=r"methods.ml: invariance is of groups of respondents, and .* none in cell 1"):
        study.load(str(tmp_path / "steps.toml"))
