"""Tests of two groups as part of a method in studies: plain counterparts, failures, what they go with."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from benchmarks.study import study
from estimators.base import Status
from estimators.composites.pls import PLS
from estimators.groups.differences import pooled_error, separate_errors
from estimators.groups.permuted import Permuted, generator_of, upper_share
from estimators.methods import build
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population, pooled
from sim.streams import Address
from sim.structures.groups import Group
from tests.cases import targets

MODEL = Model.parse("X =~ x1+x2+x3\nM =~ m1+m2+m3\nY =~ y1+y2+y3\nM ~ X\nY ~ M + X")
VALUES = {t.name: 0.7 for t in MODEL.targets if t.kind == "loading"} | {"M~X": 0.4, "Y~M": 0.3, "Y~X": 0.3}
NAMES = (
    *("Y~X", "group_difference(Y~X)", "group_difference(M~X)", "micom_c(X)", "micom_mean(X)", "micom_variance(X)"),
    *("groups_d_g", "groups_d_l"),
)
TARGETS = targets(MODEL, *NAMES)
HERE = Address(5, "e1" * 32)


def of_groups(second=None, sizes="fixed", shares=(0.5, 0.5)):
    parts = [Population.of(MODEL, VALUES), Population.of(MODEL, VALUES | (second or {}))]
    return pooled([Group(name, share, part) for name, share, part in zip("ab", shares, parts, strict=True)], sizes)


BATCH = draw_block(of_groups(), 80, HERE, 0, 4)
FEW = {"group_test": "permutation", "permutations": 40}


def fit(settings, batch=BATCH, name="pls", asked=TARGETS):
    return build(name, settings, 0.95, model=MODEL).fit(batch, MODEL, asked)


# --- the members of a draw ---


def test_a_draw_tells_who_is_of_which_group_and_changes_nothing_else():
    population = of_groups({"X=~x1": 0.05, "X=~x2": 0.05, "X=~x3": 0.05}, "random", (0.3, 0.7))
    drawn = draw_block(population, 4000, HERE, 1, 2)
    assert drawn.members.mean() == pytest.approx(0.7, abs=0.03)
    within = [np.corrcoef(drawn.raw[0][drawn.members[0] == k].T)[0, 1] for k in (0, 1)]
    assert within[0] == pytest.approx(0.49, abs=0.08)
    assert within[1] == pytest.approx(0.0, abs=0.08)
    assert draw_block(Population.of(MODEL, VALUES), 40, HERE, 0, 2).members is None
    assert_array_equal(BATCH.rows(slice(1, 3)).members, BATCH.members[1:3])
    turned = Batch.of(BATCH.raw[:, :, ::-1], items=MODEL.items[::-1])
    assert_array_equal(replace(turned, members=BATCH.members).aligned(MODEL.items).members, BATCH.members)


def test_the_truth_of_a_difference_is_that_of_the_groups_paths():
    population = of_groups({"Y~X": -0.1})
    assert population.truth(targets(MODEL, "group_difference(Y~X)", "group_difference(Y~M)")).tolist() == pytest.approx(
        [0.4, 0.0]
    )
    assert np.isnan(population.truth(targets(MODEL, "micom_c(X)", "groups_d_g"))).all()
    assert "how groups of a sample differ" in population.no_truth(MODEL.target("micom_c(X)"))
    alone = Population.of(MODEL, VALUES)
    assert "does not consist of two groups" in alone.no_truth(MODEL.target("group_difference(Y~X)"))
    with pytest.raises(InputError, match="the model has no path X~Y"):
        MODEL.target("group_difference(X~Y)")


# --- values and p-values ---


def test_comparisons_by_permutation_are_those_of_each_data_set_alone():
    found = fit(FEW)
    assert_array_equal(found.resamples, 40)
    for r in range(len(BATCH)):
        split = Permuted.of(
            BATCH.raw[r], BATCH.members[r], 40, generator_of(HERE, r), np.ones(9, dtype=bool), MODEL.items
        )
        paths = targets(MODEL, "Y~X", "M~X")
        first, second = (each.value for each in split.fits(PLS(), MODEL, paths))
        assert_allclose(found.value[r, 1:3], (first - second)[0], rtol=0, atol=1e-14)
        assert_allclose(found.p_value[r, 1:3], upper_share(np.abs(first - second)), rtol=0, atol=1e-14)
        alone = fit(FEW, BATCH.rows(slice(r, r + 1)))
        assert_array_equal(alone.value[0], found.value[r])
        assert_array_equal(alone.p_value[0], found.p_value[r])
    groups = [Batch.of(BATCH.raw[0][BATCH.members[0] == k]) for k in (0, 1)]
    plain = [PLS().fit(group, MODEL, targets(MODEL, "Y~X")).value[0, 0] for group in groups]
    assert found.value[0, 1] == pytest.approx(plain[0] - plain[1], abs=1e-12)
    assert_array_equal(found.value[:, 0], PLS().fit(BATCH, MODEL, targets(MODEL, "Y~X")).value[:, 0])
    assert np.isfinite(found.p_value[:, 1:]).all()


def test_more_permutations_begin_with_the_same_and_a_method_shares_them_with_others():
    few, more = fit(FEW), fit({**FEW, "permutations": 60})
    assert_array_equal(few.value, more.value)
    assert not np.array_equal(few.p_value[:, 1:], more.p_value[:, 1:])
    assert_array_equal(fit(FEW).p_value, few.p_value)


@pytest.mark.parametrize("test", ["parametric", "welch"])
def test_t_tests_take_the_standard_errors_of_each_group(test):
    found = fit({"group_test": test}, name="ml", asked=targets(MODEL, "group_difference(Y~X)", "micom_c(X)"))
    of = build("ml", {}, 0.95).estimator
    groups = [Batch.of(BATCH.raw[0][BATCH.members[0] == k], items=MODEL.items) for k in (0, 1)]
    fits = [of.fit(group, MODEL, targets(MODEL, "Y~X")) for group in groups]
    formula = pooled_error if test == "parametric" else separate_errors
    tested = formula(fits[0].value[0] - fits[1].value[0], tuple(each.se[0] for each in fits), (40, 40))
    assert found.value[0, 0] == tested.value[0]
    assert found.se[0, 0] == tested.se[0]
    assert found.p_value[0, 0] == tested.p_value[0]
    assert (found.lower[0, 0], found.upper[0, 0]) == (tested.interval(0.95)[0][0], tested.interval(0.95)[1][0])
    assert np.isnan(found.value[:, 1]).all()


def test_the_bootstrap_test_resamples_each_group_from_a_stream_of_its_own():
    found = fit({"group_test": "bootstrap", "resamples": 30}, asked=TARGETS[:3])
    assert np.isfinite(found.p_value[:, 1:3]).all()
    assert np.isfinite(found.se[:, 1:3]).all()
    twins = replace(Batch.of(np.repeat(BATCH.raw[:1], 2, axis=1), items=MODEL.items), members=np.arange(160)[None] % 2)
    same = fit({"group_test": "bootstrap", "resamples": 30}, twins, asked=TARGETS[:2])
    assert same.value[0, 1] == 0
    assert 0.3 < same.p_value[0, 1] <= 1


# --- failures ---


def test_groups_that_are_too_small_or_cannot_be_estimated_fail_alone():
    members = BATCH.members.copy()
    members[1] = 0
    members[1, :2] = 1
    data = BATCH.raw.copy()
    data[2, members[2] == 1, 4] = 3.0
    batch = replace(Batch.of(data, BATCH.replications, HERE, items=MODEL.items), members=members)
    found = fit(FEW, batch)
    assert found.status.tolist() == [Status.OK, Status.TOO_FEW_ANSWERS, Status.CONSTANT_ITEM, Status.OK]
    assert np.isnan(found.value[1:3]).all()
    assert_array_equal(found.value[[0, 3]], fit(FEW).value[[0, 3]])


def test_without_groups_or_answers_there_is_no_comparison():
    for batch in (replace(BATCH, members=None), Batch.of_moments(Population.of(MODEL, VALUES).moments)):
        found = fit(FEW, batch)
        assert np.isnan(found.value[:, 1:]).all()
        assert np.isfinite(found.value[:, 0]).all()
    only = fit(FEW, asked=targets(MODEL, "group_difference(Y~X)"))
    assert [target.name for target in only.targets] == ["group_difference(Y~X)"]
    assert_array_equal(only.value[:, 0], fit(FEW).value[:, 1])


def test_methods_without_composites_compare_paths_alone():
    found = fit(FEW, name="sumscores")
    assert np.isfinite(found.p_value[:, 1:3]).all()
    assert np.isnan(found.value[:, 3:]).all()


def test_items_that_are_screened_out_take_no_part():
    found = fit({**FEW, "screening": {"threshold": 0.72}})
    assert not found.retained.all()
    r = int(np.argmin(found.retained.all(axis=1)))
    noise = BATCH.raw.copy()
    noise[r][:, ~found.retained[r]] = np.random.default_rng(1).standard_normal((80, int((~found.retained[r]).sum())))
    kept = replace(Batch.of(noise, BATCH.replications, HERE, items=MODEL.items), members=BATCH.members)
    other = fit(FEW, kept.keep(found.retained))
    assert_allclose(other.value[r], found.value[r], rtol=0, atol=1e-12)


# --- what it goes with ---

REFUSED = {
    "unknown": ({"group_test": "chow"}, "group_test 'chow' is not known"),
    "alone": ({"permutations": 50}, 'permutations belongs to group_test = "permutation"'),
    "other test": ({"group_test": "welch", "resamples": 30, "permutations": 50}, "permutations belongs to"),
    "few": (
        {"group_test": "permutation", "permutations": 5},
        "permutations is 5; give a whole number of exchanges, at least 20",
    ),
    "no resamples": ({"group_test": "bootstrap"}, "is of resamples; give resamples too"),
    "no errors": (
        {"group_test": "parametric"},
        "needs standard errors, and pls has none of its own; give resamples too",
    ),
    "fpc": ({**FEW, "split": 0.5, "steps": [{"rule": "all-at-once"}]}, "group_test does not go with split"),
    "outliers": (
        {**FEW, "steps": [{"rule": "outliers"}]},
        "outliers changes the respondents; leave",
    ),
    "pairwise": ({**FEW, "missing": "pairwise"}, "pls with group_test needs the answers themselves"),
    "fiml": ({**FEW, "missing": "fiml"}, "not of pls"),
    "blocks": ({**FEW, "blocks": "composite"}, "leave out group_test or blocks"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_it_does_not_go_with_is_told(what):
    settings, words = REFUSED[what]
    with pytest.raises(InputError) as raised:
        build("pls", settings, 0.95)
    assert words in str(raised.value)


def test_missing_answers_are_handled_within_each_group():
    answers, gone = BATCH.raw.astype(float), np.random.default_rng(2).random(BATCH.raw.shape) < 0.02
    gone[1] = False  # a data set that is complete
    with_gaps = replace(Batch.of(answers, BATCH.replications, HERE, gone, MODEL.items), members=BATCH.members)
    listwise = fit({**FEW, "missing": "listwise"}, with_gaps)
    for r in range(len(BATCH)):
        stay = ~gone[r].any(axis=1)
        alone = Batch.of(answers[r][stay], BATCH.replications[r : r + 1], HERE, items=MODEL.items)
        expected = fit(FEW, replace(alone, members=BATCH.members[r : r + 1, stay]))
        assert_allclose(listwise.value[r], expected.value[0], rtol=0, atol=1e-12)
        assert_array_equal(listwise.p_value[r], expected.p_value[0])
        assert listwise.respondents[r] == stay.sum()
    filled = answers[0].copy()
    for group in (0, 1):
        own = np.flatnonzero(BATCH.members[0] == group)
        for item in range(9):
            lost = gone[0, own, item]
            filled[own[lost], item] = answers[0, own[~lost], item].mean()
    by_means = fit({**FEW, "missing": "mean"}, with_gaps)
    alone = replace(Batch.of(filled, BATCH.replications[:1], HERE, items=MODEL.items), members=BATCH.members[:1])
    expected = fit(FEW, alone)
    assert_allclose(by_means.value[0], expected.value[0], rtol=0, atol=1e-12)
    assert_array_equal(by_means.p_value[0], expected.p_value[0])
    assert_allclose(by_means.value[1], fit(FEW).value[1], rtol=0, atol=1e-12)
    assert np.isfinite(fit({**FEW, "missing": "regression"}, with_gaps).value).all()


def test_a_group_of_which_nobody_answered_all_is_a_failure():
    gone = np.zeros(BATCH.raw.shape, dtype=bool)
    gone[0, BATCH.members[0] == 1, 0] = True
    with_gaps = replace(Batch.of(BATCH.raw, BATCH.replications, HERE, gone, MODEL.items), members=BATCH.members)
    for handling in ("listwise", "mean"):
        found = fit({**FEW, "missing": handling}, with_gaps)
        assert found.status[0] == Status.TOO_FEW_ANSWERS
        assert np.isnan(found.value[0]).all()
        assert (found.status[1:] == Status.OK).all()


def test_steps_that_leave_items_out_leave_them_out_of_both_groups():
    steps = {"steps": [{"rule": "all-at-once", "threshold": 0.80}]}
    found, screened = fit({**FEW, **steps}), fit({**FEW, "screening": {"threshold": 0.80}})
    assert not found.retained.all()
    assert_array_equal(found.retained, screened.retained)
    assert_allclose(found.value, screened.value, rtol=0, atol=1e-12)
    assert_array_equal(found.p_value, screened.p_value)


STUDY = """
name = "groups"
[aims]
title = "Groups"
question = "Do they differ?"
[data]
n = [60]
replications = 4
seed = 3
[data.population]
source = "made up"
model = "X =~ x1 + x2\\nY =~ y1 + y2\\nY ~ X"
values = { "*=~*" = 0.7, "Y~X" = 0.4 }
GROUPS
[estimands]
targets = ["Y~X"]
[methods.pls]
group_test = "permutation"
permutations = 20
"""


@pytest.mark.parametrize(("names", "words"), [((), "has no groups"), (("a", "b", "c"), "has 3 groups")])
def test_a_population_without_two_groups_is_told(tmp_path, names, words):
    text = "".join(f"[data.population.groups.{name}]\nshare = {1 / len(names)}\n" for name in names)
    (tmp_path / "groups.toml").write_text(STUDY.replace("GROUPS", text))
    with pytest.raises(InputError, match=rf"methods.pls: group_test compares two groups .* {words} in cell 1"):
        study.load(str(tmp_path / "groups.toml"))
