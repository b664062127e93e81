"""Rules that change the model: modification indices and weak paths, against plain loops and plain derivatives."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.pls import PLS
from estimators.decisions.models.freed import error_candidates, with_covariances
from estimators.decisions.models.indices import error_modifications
from estimators.decisions.models.modification import ModificationIndices
from estimators.decisions.models.weak_paths import WeakPaths
from estimators.decisions.rule import Analysis
from estimators.factors.covariance import MaximumLikelihood
from estimators.methods import build
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target
from tests.estimators.decisions.cases import TWO, two_factor_answers

ML = MaximumLikelihood()
LOADINGS = ([0.8, 0.7, 0.75, 0.6], [0.8, 0.7, 0.6])


def doubtful(seed, r=6, n=150, size=0.5):
    """Data of two factors in which the errors of f1 and f2 covary."""
    rng = np.random.default_rng(seed)
    data = np.array([two_factor_answers(rng, n, LOADINGS) for _ in range(r)])
    shared = rng.normal(size=(r, n)) * size
    data[:, :, 0] += shared
    data[:, :, 1] += shared
    return data


def plain_indices(answers, pairs):
    """Score tests with the expected information, derivatives by differences, parameters unstandardised."""
    sample = np.cov(answers.T, bias=True)
    fit = ML.fit(Batch.of(answers), TWO)
    loading = np.array([fit.value[0, fit.column(f"{c}=~{i}")] for c, i in zip("FFFFGGG", TWO.items, strict=True)])
    path = fit.value[0, fit.column("G~F")]
    deviation = np.sqrt(np.diagonal(sample))
    block = np.array([0, 0, 0, 0, 1, 1, 1])

    def implied(x):
        lam, error, b, extra = x[:7], x[7:14], x[14], x[15:]
        phi = np.array([[1, b], [b, 1]])
        sigma = np.outer(lam, lam) * phi[np.ix_(block, block)] + np.diag(error)
        for value, (i, k) in zip(extra, pairs, strict=True):
            sigma[i, k] += value
            sigma[k, i] += value
        return sigma

    x = np.concatenate([loading * deviation, (1 - loading**2) * deviation**2, [path], np.zeros(len(pairs))])
    step = 1e-5
    slopes = [
        (implied(x + step * (np.arange(len(x)) == t)) - implied(x - step * (np.arange(len(x)) == t))) / (2 * step)
        for t in range(len(x))
    ]
    inverse = np.linalg.inv(implied(x))
    gradient = np.array([0.5 * np.trace(inverse @ (sample - implied(x)) @ inverse @ d) for d in slopes])
    information = np.array([[0.5 * np.trace(inverse @ a @ inverse @ b) for b in slopes] for a in slopes])
    free, found = np.arange(15), []
    for t in range(15, len(x)):
        left = information[t, t] - information[t, free] @ np.linalg.solve(
            information[np.ix_(free, free)], information[free, t]
        )
        found.append(len(answers) * gradient[t] ** 2 / left)
    return np.array(found)


def test_modification_indices_are_score_tests():
    batch = Batch.of(doubtful(1, 3))
    pairs = error_candidates(TWO)
    assert pairs == [*combinations(range(4), 2), *combinations(range(4, 7), 2)]
    index = error_modifications(ML.minimum(batch, TWO), batch, TWO, pairs)
    for r in range(3):
        # Differences of step 1e-5 and a search that ends at 1e-8 leave 1e-6 of the value.
        np.testing.assert_allclose(index[r], plain_indices(batch.raw[r], pairs), rtol=1e-5, atol=1e-6)


def test_a_small_index_is_about_the_fall_of_chi_square():
    batch = Batch.of(doubtful(2, 4, 400, 0.25))
    index = error_modifications(ML.minimum(batch, TWO), batch, TWO, [(0, 1)])
    chisq = Target("chisq", ())
    freed = with_covariances(TWO, [("f1", "f2")])
    fall = ML.fit(batch, TWO, [chisq]).value - ML.fit(batch, freed, [chisq]).value
    np.testing.assert_allclose(index, fall, rtol=0.15)


def test_items_that_were_dropped_have_none():
    batch = Batch.of(doubtful(3, 2))
    kept = batch.retained.copy()
    kept[:, 0] = False
    batch = batch.keep(kept)
    index = error_modifications(ML.minimum(batch, TWO), batch, TWO, error_candidates(TWO))
    assert np.isnan(index[:, :3]).all()
    alone = Model.parse("F =~ f2 + f3 + f4\nG =~ g1 + g2 + g3\nG ~ F")
    smaller = Batch.of(batch.raw[:, :, 1:])
    other = error_modifications(ML.minimum(smaller, alone), smaller, alone, error_candidates(alone))
    np.testing.assert_allclose(index[:, 3:], other, rtol=1e-6)


def analysis_of(batch, model=TWO, method=ML):
    return Analysis(batch, model, method, method)


def models_by_place(outcomes, r):
    found = [None] * r
    for outcome in outcomes:
        for place in outcome.places:
            found[place] = outcome.analysis.model
    return found


@pytest.mark.parametrize(
    "rule", [ModificationIndices(), ModificationIndices(1.0, cfi=0.99), ModificationIndices(3.84, rmsea=0.05)]
)
def test_the_largest_index_first_is_what_a_plain_loop_does(rule):
    batch = Batch.of(np.concatenate([doubtful(4, 6, 200, 0.7), doubtful(5, 3, 200, 0.0)]))
    outcomes = rule.apply(analysis_of(batch))
    found = models_by_place(outcomes, len(batch))
    freed = 0
    for r in range(len(batch)):
        model = TWO
        while True:
            alone = batch.rows(slice(r, r + 1))
            fit = ML.fit(alone, model, [Target("cfi", ()), Target("rmsea", ())])
            if rule.cfi is not None and fit.value[0, 0] >= rule.cfi:
                break
            if rule.rmsea is not None and fit.value[0, 1] <= rule.rmsea:
                break
            pairs = error_candidates(model)
            index = error_modifications(ML.minimum(alone, model), alone, model, pairs)[0]
            order = [k for k in np.argsort(-np.nan_to_num(index, nan=-1)) if index[k] >= rule.least]
            if not order:
                break
            next_model = with_covariances(model, [(model.items[pairs[order[0]][0]], model.items[pairs[order[0]][1]])])
            if ML.refusal(next_model) or ML.fit(alone, next_model).fatal[0]:
                break
            model, freed = next_model, freed + 1
        assert set(found[r].covariances) == set(model.covariances), r
    assert freed > 3
    assert sum(outcome.actions.sum() for outcome in outcomes) == freed


def test_a_model_that_fits_is_left_alone():
    batch = Batch.of(doubtful(6, 4, 200, 0.0))
    (outcome,) = ModificationIndices(cfi=0.90).apply(analysis_of(batch))
    assert outcome.analysis.model == TWO
    assert outcome.actions.tolist() == [0] * 4


def test_the_table_is_that_of_the_changed_model():
    batch = Batch.of(doubtful(7, 3, 200, 0.8), items=TWO.items)
    method = build("ml", {"steps": [{"rule": "modification-indices", "most": 1}]}, 0.95, model=TWO)
    fit = method.fit(batch, TWO)
    changed = with_covariances(TWO, [("f1", "f2")])
    np.testing.assert_array_equal(fit.value, ML.fit(batch, changed, TWO.targets).value)


def test_what_has_no_indices_is_refused():
    composite = Model.parse("F <~ f1 + f2 + f3\nG =~ g1 + g2 + g3\nG ~ F")
    assert "of maximum likelihood" in ModificationIndices().refusal(composite, PLS())
    assert "no block has three items" in ModificationIndices().refusal(Model.parse("F =~ a + b\nG =~ c + d\nG ~ F"), ML)


THREE = Model.parse("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B\nB ~ A")


def unrelated(seed, r, n=120):
    """Three factors of which only B depends on A."""
    rng = np.random.default_rng(seed)
    a, c = rng.normal(size=(2, r, n))
    b = 0.5 * a + np.sqrt(0.75) * rng.normal(size=(r, n))
    factors = np.repeat(np.stack([a, b, c], axis=2), 3, axis=2)
    return 0.8 * factors + 0.6 * rng.normal(size=factors.shape)


def test_weak_paths_go_as_in_a_plain_loop():
    batch = Batch.of(unrelated(8, 12))
    rule = WeakPaths(0.05)
    outcomes = rule.apply(analysis_of(batch, THREE))
    found = models_by_place(outcomes, len(batch))
    gone = 0
    for r in range(len(batch)):
        model = THREE
        while True:
            fit = ML.fit(batch.rows(slice(r, r + 1)), model, [Target("path", path) for path in model.paths])
            worst = int(np.argmax(fit.p_value[0]))
            if fit.p_value[0, worst] < 0.05 or len(model.paths) == 1:
                break
            model, gone = replace(model, paths=tuple(p for k, p in enumerate(model.paths) if k != worst)), gone + 1
        assert found[r].paths == model.paths, r
    assert gone > 10


def test_a_path_that_went_is_zero_with_the_p_value_it_had():
    batch = Batch.of(unrelated(9, 8), items=THREE.items)
    method = build("ml", {"steps": [{"rule": "weak-paths"}]}, 0.95, model=THREE)
    fit, plain = method.fit(batch, THREE), ML.fit(batch, THREE)
    paths = [fit.column("~".join(path)) for path in THREE.paths]
    gone = fit.value[:, paths] == 0
    assert gone.any()
    assert not gone.all()
    assert (fit.p_value[:, paths][gone] >= 0.05).all()
    assert np.isnan(fit.se[:, paths][gone]).all()
    assert (fit.p_value[:, paths][~gone] < 0.05).all()
    first = plain.p_value[:, paths].argmax(axis=1)
    rows = np.arange(len(batch))
    only = gone[rows, first]
    np.testing.assert_array_equal(
        fit.p_value[rows, np.array(paths)[first]][only], plain.p_value[rows, np.array(paths)[first]][only]
    )
    r2 = fit.column("r2(C)")
    np.testing.assert_array_equal(
        fit.value[:, r2] == 0, gone[:, [k for k, p in enumerate(THREE.paths) if p[0] == "C"]].all(axis=1)
    )


def test_paths_that_are_kept_stay_and_no_construct_is_left_alone():
    batch = Batch.of(unrelated(10, 8), items=THREE.items)
    (outcome, *_) = WeakPaths(keep=["C~A", "C~B"]).apply(analysis_of(batch, THREE))
    assert {("C", "A"), ("C", "B")} <= set(outcome.analysis.model.paths)
    pls = build("pls", {"resamples": 30, "steps": [{"rule": "weak-paths", "level": 1e-9}]}, 0.95, model=THREE)
    fit = pls.fit(batch.rows(slice(0, 3)), THREE)
    assert (fit.status == Status.OK).all(), "PLS needs every construct on a path, and gets it"


def test_weak_paths_are_refused_without_p_values_and_paths():
    assert "decides by standard errors" in WeakPaths().refusal(THREE, PLS())
    assert "has no path" in WeakPaths().refusal(Model.parse("F =~ a + b + c"), ML)
    assert "path 'C~D' is not known" in WeakPaths(keep=["C~D"]).refusal(THREE, ML)
