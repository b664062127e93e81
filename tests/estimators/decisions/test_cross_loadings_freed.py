"""Cross-loadings freed by their modification indices: against lavaan, plain derivatives and a plain loop."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from estimators.composites.pls import PLS
from estimators.decisions.models.freed import (
    error_candidates,
    loading_candidates,
    named_loadings,
    named_pairs,
    with_changes,
)
from estimators.decisions.models.general_indices import general_modifications
from estimators.decisions.models.indices import error_modifications, loading_modifications
from estimators.decisions.models.modification import ModificationIndices
from estimators.decisions.rule import Analysis
from estimators.factors.covariance import MaximumLikelihood
from estimators.laws import decisions as laws
from estimators.methods import build
from sim.batch import Batch
from sim.drawing.draw import draw_block
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from sim.respecification import differences
from sim.targets import Target
from tests.cases import batch_of
from tests.estimators.decisions.cases import HERE, TWO

ML = MaximumLikelihood()
LAVAAN = json.loads((Path(__file__).parents[2] / "reference" / "modification_lavaan.json").read_text())
FIRST = Model.parse("X =~ x1 + x2 + x3 + x4\nW =~ w1 + w2 + w3 + w4\nY =~ y1 + y2 + y3 + y4\nY ~ X + W")
VALUES = {"*=~*": 0.7, "X~~W": 0.3, "Y~X": 0.4, "Y~W": 0.3}
CROSSING = ModificationIndices(10.83, free="cross-loadings")


def drawn(n, r, **values):
    """Data sets of a population with these values beside VALUES."""
    return draw_block(Population.of(FIRST, VALUES | values), n, HERE, 0, r)


def both_indices(batch, model):
    """Names and indices (R, e) of everything that could be freed, by the compiled search and by the general one."""
    pairs, places = error_candidates(model), loading_candidates(model)
    changes, every = named_pairs(model, pairs) + named_loadings(model, places), range(len(batch))
    fast = ML.minimum(batch, model)
    parts = (
        error_modifications(fast, batch, model, pairs),
        loading_modifications(fast, batch, model, places, every),
    )
    general = general_modifications(ML.searched(batch, model), batch, model, changes, every)
    names = ["=~".join(each) if each[0] in model.constructs else "~~".join(each) for each in changes]
    return names, np.concatenate(parts, axis=1), general


@pytest.mark.parametrize("name", ["cfa", "sem"])
def test_indices_are_those_of_lavaan(name):
    given = LAVAAN[name]
    model = Model.parse(given["model"])
    names, fast, general = both_indices(batch_of("HolzingerSwineford1939", model), model)
    assert set(names) == set(given["indices"])
    printed = [given["indices"][each] for each in names]
    np.testing.assert_allclose(fast[0], printed, atol=1e-3)
    np.testing.assert_allclose(general[0], printed, atol=1e-3)
    np.testing.assert_allclose(general, fast, rtol=1e-5, atol=1e-7)  # two searches, each to 1e-8


def test_what_is_freed_is_what_lavaan_then_has():
    given, largest = LAVAAN["cfa"], LAVAAN["largest"]
    model = Model.parse(given["model"])
    batch = batch_of("HolzingerSwineford1939", model)
    method = build("ml", {"steps": [{"rule": "modification-indices", "free": "both", "most": 1}]}, 0.95, model=model)
    fit = method.fit(batch, model, [Target("chisq", ())])
    assert fit.changes.tolist() == [largest["parameter"]]
    assert fit.value[0, 0] == pytest.approx(given["chisq"] - largest["chisq_drop_on_freeing"], abs=1e-5)
    raw = MaximumLikelihood(solution="raw")
    changed = with_changes(model, [("visual", "x9")])
    loading = raw.fit(batch, changed, [Target("loading", ("visual", "x9"))]).value[0, 0]
    assert loading == pytest.approx(largest["estimate_when_freed"], abs=1e-5)


def plain_indices(answers, model, changes):
    """Score tests with the expected information, derivatives by differences; two factors of variance 1, unstandardised.

    `model` may have cross-loadings and error covariances of its own already.
    """
    sample = np.cov(answers.T, bias=True)
    own = [(c, i) for c in model.constructs for i in model.indicators[c]]
    targets = [*(Target("loading", each) for each in own), Target("path", ("G", "F"))]
    *loadings, path = ML.fit(Batch.of(answers, items=model.items), model, targets).value[0]
    deviation = np.sqrt(np.diagonal(sample))
    place, p = model.items.index, len(model.items)
    lam = np.zeros((p, 2))
    for (c, i), value in zip(own, loadings, strict=True):
        lam[place(i), model.constructs.index(c)] = value * deviation[place(i)]
    phi = np.array([[1.0, path], [path, 1.0]])
    free = [(place(i), model.constructs.index(c)) for c, i in own]
    more = [(place(b), model.constructs.index(a)) if a in "FG" else (place(a), place(b)) for a, b in changes]

    def implied(x):
        lambdas, error = np.zeros((p, 2)), np.diag(x[len(free) : len(free) + p])
        for value, at in zip(x, free, strict=False):
            lambdas[at] = value
        for value, at, (a, _) in zip(x[len(free) + p + 1 :], more, changes, strict=True):
            if a in "FG":
                lambdas[at] += value
            else:
                error[at] += value
                error[at[::-1]] += value
        b = x[len(free) + p]
        return lambdas @ np.array([[1.0, b], [b, 1.0]]) @ lambdas.T + error

    errors = np.diagonal(sample) - np.diagonal(lam @ phi @ lam.T)
    x = np.concatenate([[lam[at] for at in free], errors, [path], np.zeros(len(more))])
    steps = 1e-5 * np.eye(len(x))
    slopes = np.array([(implied(x + d) - implied(x - d)) / 2e-5 for d in steps])
    inverse = np.linalg.inv(implied(x))
    score = np.array([0.5 * np.trace(inverse @ (sample - implied(x)) @ inverse @ d) for d in slopes])
    information = np.array([[0.5 * np.trace(inverse @ a @ inverse @ b) for b in slopes] for a in slopes])
    k, found = len(free) + p + 1, []
    np.testing.assert_allclose(score[:k], 0.0, atol=1e-5)  # it is the minimum
    for t in range(k, len(x)):
        explained = information[t, :k] @ np.linalg.solve(information[:k, :k], information[:k, t])
        left = information[t, t] - explained
        found.append(len(answers) * score[t] ** 2 / left if left > 1e-7 * information[t, t] else np.nan)
    return np.array(found)


def two_factors(seed, r=3, n=200, loading=0.35):
    """Two factors, and g1 of the second measures the first too."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], (r, n))
    answers = 0.7 * factors[:, :, [0, 0, 0, 0, 1, 1, 1]] + 0.7 * rng.normal(size=(r, n, 7))
    answers[:, :, 4] += loading * factors[:, :, 0]
    return Batch.of(3.0 * answers, items=TWO.items)


def test_indices_are_score_tests_by_plain_derivatives():
    batch = two_factors(1)
    names, fast, general = both_indices(batch, TWO)
    assert names[-7:] == ["F=~g1", "F=~g2", "F=~g3", "G=~f1", "G=~f2", "G=~f3", "G=~f4"]
    changes = [tuple(name.replace("~~", "=~").split("=~")) for name in names]
    for r in range(len(batch)):
        plain = plain_indices(batch.raw[r], TWO, changes)
        np.testing.assert_allclose(fast[r], plain, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(general[r], plain, rtol=1e-5, atol=1e-5)


def test_and_so_are_those_beside_a_cross_loading():
    batch, model = two_factors(2), with_changes(TWO, [("F", "g1")])
    changes = named_pairs(model, error_candidates(model)) + named_loadings(model, loading_candidates(model))
    assert ("F", "g1") not in changes
    index = general_modifications(ML.searched(batch, model), batch, model, changes, [0, 2])
    for r in (0, 2):
        np.testing.assert_allclose(index[r], plain_indices(batch.raw[r], model, changes), rtol=1e-5, atol=1e-5)
        # Without it only g1 tells the unit of G, and g1 has a covariance of its own with F.
        assert [changes[k] for k in np.flatnonzero(np.isnan(index[r]))] == [("g2", "g3")]
    assert np.isnan(index[1]).all(), "it was not asked for"


@pytest.mark.parametrize("more", ["x1 ~ 1", "visual =~ 1*x1"])
def test_means_and_units_change_no_index(more):
    plain = Model.parse(LAVAAN["cfa"]["model"])
    _, _, wanted = both_indices(batch_of("HolzingerSwineford1939", plain), plain)
    model = Model.parse(f"{LAVAAN['cfa']['model']}\n{more}")
    changes = named_pairs(model, error_candidates(model)) + named_loadings(model, loading_candidates(model))
    batch = batch_of("HolzingerSwineford1939", model)
    found = general_modifications(ML.searched(batch, model), batch, model, changes, [0])
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_a_restriction_holds_while_others_are_freed():
    """The index is about what chi-square falls by with the loadings of f2 to f4 equal before and after."""
    batch, model = two_factors(6, 4, 400, 0.15), Model.parse(f"{TWO.syntax}\nF =~ a*f2 + a*f3 + a*f4")
    assert model.terms
    index = general_modifications(ML.searched(batch, model), batch, model, [("F", "g1")], range(4))
    fall = [ML.fit(batch, each, [Target("chisq", ())]).value for each in (model, with_changes(model, [("F", "g1")]))]
    np.testing.assert_allclose(index, fall[0] - fall[1], rtol=0.15)
    assert (index > 3).sum() >= 2
    assert changes_of(replace(CROSSING, least=5.0, most=1), batch, model).count("F=~g1") >= 2


@pytest.mark.parametrize("loading", [0.15, -0.15])
def test_a_small_index_is_about_the_fall_of_chi_square(loading):
    batch = two_factors(3, 4, 400, loading)
    index = loading_modifications(ML.minimum(batch, TWO), batch, TWO, [(0, 4)], range(4))
    chisq = [Target("chisq", ())]
    fall = ML.fit(batch, TWO, chisq).value - ML.fit(batch, with_changes(TWO, [("F", "g1")]), chisq).value
    np.testing.assert_allclose(index, fall, rtol=0.15)
    assert (index > 3).sum() >= 2


def test_items_that_were_dropped_have_none_and_lone_ones_neither():
    batch = two_factors(4)
    kept = batch.retained.copy()
    kept[:, [0, 5, 6]] = False
    batch = batch.keep(kept)
    names, fast, general = both_indices(batch, TWO)
    assert np.isnan(fast).all(axis=0).tolist() == np.isnan(general).all(axis=0).tolist()
    known = [name for name, index in zip(names, fast[0], strict=True) if not np.isnan(index)]
    assert not any("f1" in name or "g" in name for name in known), "g1 is alone, and so is G"
    alone = Model.parse("F =~ f1 + f2 + f3\nG =~ g1\nG ~ F")
    assert loading_candidates(alone) == []


def changes_of(rule, batch, model=FIRST):
    """What the rule changed in each data set."""
    found = [None] * len(batch)
    for outcome in rule.apply(Analysis(batch, model, ML, ML)):
        for place in outcome.places:
            found[place] = differences(model, outcome.analysis.model)
    return found


@pytest.mark.parametrize("loading", [0.35, -0.35])
def test_a_planted_cross_loading_is_found(loading):
    """At n = 1500 its index is far over the limit, and one in a thousand chance indices hardly ever is."""
    batch = drawn(1500, 6, **{"X=~y2": loading})
    assert changes_of(replace(CROSSING, most=1), batch) == ["X=~y2"] * 6
    assert changes_of(replace(CROSSING, free="both", most=1), batch) == ["X=~y2"] * 6
    found = changes_of(replace(CROSSING, least=15.0), batch)
    assert found == ["X=~y2"] * 6, "and nothing beside it"


def test_nothing_is_freed_where_there_is_none():
    batch = drawn(400, 6)
    assert changes_of(replace(CROSSING, least=15.0), batch) == [""] * 6
    crossed = drawn(1500, 3, **{"X=~y2": 0.35})
    assert "X=~y2" not in changes_of(replace(CROSSING, free="covariances", most=1), crossed)


def test_a_covariance_is_freed_where_there_is_one():
    model = Model.parse(f"{FIRST.syntax}\nx1 ~~ x2")
    batch = draw_block(Population.of(model, VALUES | {"x1~~x2": 0.25}), 1500, HERE, 0, 4)
    assert changes_of(ModificationIndices(15.0, free="both"), batch) == ["x1~~x2"] * 4


@pytest.mark.parametrize(
    "rule", [ModificationIndices(8.0, free="both", most=3), replace(CROSSING, least=1.0, cfi=0.97)]
)
def test_the_largest_index_first_is_what_a_plain_loop_does(rule):
    batch = drawn(150, 8, **{"X=~y2": 0.3, "W=~x1": -0.25})
    found, freed = changes_of(rule, batch), 0
    for r in range(len(batch)):
        alone, model = batch.rows(slice(r, r + 1)), FIRST
        while True:
            fit = ML.fit(alone, model, [Target("cfi", ())])
            covariances = named_pairs(model, error_candidates(model)) if rule.free == "both" else []
            changes = covariances + named_loadings(model, loading_candidates(model))
            index = general_modifications(ML.searched(alone, model), alone, model, changes, [0])[0]
            largest = int(np.nanargmax(index))
            enough = rule.cfi is not None and fit.value[0, 0] >= rule.cfi
            larger = with_changes(model, [changes[largest]])
            made = len(differences(FIRST, model).split(", ")) if model != FIRST else 0
            if enough or index[largest] < rule.least or made == rule.most or ML.fit(alone, larger).fatal[0]:
                break
            model, freed = larger, freed + 1
        assert found[r] == differences(FIRST, model), r
    assert freed > 4


def test_a_data_sets_changes_do_not_depend_on_its_neighbours():
    batch = drawn(150, 12, **{"X=~y2": 0.3})
    rule = ModificationIndices(free="both", most=2)
    together = changes_of(rule, batch)
    assert len(set(together)) > 3
    backwards = changes_of(rule, batch.rows(np.arange(12)[::-1]))
    assert together == backwards[::-1]
    assert together[::5] == [changes_of(rule, batch.rows(np.array([r])))[0] for r in (0, 5, 10)]


def test_the_table_is_that_of_the_changed_model():
    batch = drawn(300, 3, **{"X=~y2": 0.4})
    method = build("ml", {"steps": [{"rule": "modification-indices", "free": "both", "most": 1}]}, 0.95, model=FIRST)
    fit, changed = method.fit(batch, FIRST), with_changes(FIRST, [("X", "y2")])
    assert fit.changes.tolist() == ["X=~y2"] * 3
    np.testing.assert_array_equal(fit.value, ML.fit(batch, changed, FIRST.targets).value)
    np.testing.assert_array_equal(fit.p_value, ML.fit(batch, changed, FIRST.targets).p_value)
    text = Model.parse(changed.syntax)
    same = ML.fit(batch, text, [Target("path", path) for path in FIRST.paths]).value
    np.testing.assert_allclose(fit.value[:, :2], same, atol=1e-6)  # y2 stands in the block of X there
    wanted = [each.name for each, value in zip(fit.targets, fit.value[0], strict=True) if np.isnan(value)]
    assert set(wanted) == {f"{kind}({c})" for kind in ("alpha", "rho_c", "ave") for c in "XY"}, "of shared items"


@pytest.mark.parametrize(
    "settings", [{"resamples": 20}, {"resamples": 20, "whole_procedure": True}, {"split": "crosswise"}]
)
def test_remedies_go_with_it(settings):
    batch = drawn(400, 2, **{"X=~y2": 0.4})
    step = {"rule": "modification-indices", "free": "both", "most": 1}
    fit = build("ml", {"steps": [step], **settings}, 0.95, model=FIRST).fit(batch, FIRST)
    assert not fit.fatal.any()
    assert np.isfinite(fit.se[:, :2]).all()
    assert fit.changes.tolist() == ["X=~y2"] * 2


def test_what_has_none_is_refused_by_name():
    step = [{"rule": "modification-indices", "free": "cross-loadings"}]
    told = build("pls", {"steps": step}, 0.95, model=FIRST).estimator.refusal(FIRST)
    assert "may come to a model that the method cannot fit: the model has item w1, which measures W and X" in told
    assert build("pls", {"steps": [{"rule": "modification-indices"}]}, 0.95).estimator.refusal(FIRST) is None
    for later in ({"rule": "one-at-a-time", "by": "pls"}, {"rule": "pick-method", "path": "Y~X", "among": ["miiv"]}):
        told = build("ml", {"steps": [*step, later]}, 0.95, model=FIRST).estimator.refusal(FIRST)
        assert told.startswith(f"steps[2] ({later['rule']}): ")
        assert "which measures W and X" in told
    alone = Model.parse("F =~ f1 + f2 + f3\nG =~ g1\nG ~ F")
    assert "no item of a block of several could load" in CROSSING.refusal(alone, ML)
    assert ModificationIndices(free="both").refusal(alone, PLS()) is None
    with pytest.raises(InputError, match="free is 'loadings'; give covariances or cross-loadings or both"):
        ModificationIndices(free="loadings")


@pytest.mark.parametrize("free", ["cross-loadings", "both"])
def test_the_laws_of_rules_hold(free):
    rule = ModificationIndices(6.0, most=2, free=free)
    assert "cross-loadings" in rule.label
    assert "ross-loadings are freed" in rule.sentence
    untested = {each.law for each in laws.check(rule, examples=1, models=[TWO]) if each.outcome == "untested"}
    assert untested <= ({"changes"} if free == "cross-loadings" else set()), "none of these data asks for one"
