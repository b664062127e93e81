"""PLS against a plain version of itself and its limits on population moments."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.methods import build
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.errors import InputError
from sim.model import Model
from sim.population.record import Population
from tests import plain

TIGHT = PLS(tolerance=1e-13, max_iterations=10_000)


def fitted(method, batch, model, targets):
    fit = method.fit(batch, model, [model.target(name) for name in targets])
    return dict(zip(targets, fit.value[0], strict=True))


SCHEMES_AND_SEEDS = [(scheme, seed) for scheme in ("path", "centroid", "factorial") for seed in range(3)]


@pytest.mark.parametrize(("scheme", "seed"), SCHEMES_AND_SEEDS)
def test_the_compiled_loop_agrees_with_the_plain_version(scheme, seed):
    model = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2\nC =~ c1+c2+c3+c4\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((90, 1))
    data = 0.6 * common + rng.standard_normal((90, len(model.items)))
    # The plain version knows no mask; dropping a column of its data does the same.
    retained = np.array([[item not in ("a2", "c4") for item in model.items]])
    smaller = Model.parse("A =~ a1+a3\nB =~ b1+b2\nC =~ c1+c2+c3\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
    weights, loadings, correlations, paths, r2 = plain.pls(
        data[:, retained[0]], smaller.bounds, smaller.path_matrix, scheme
    )
    targets = (*model.targets, *(model.target(f"{b.construct}<~{i}") for b in model.blocks for i in b.items))
    fit = PLS(scheme, 1e-13, 10_000).fit(Batch.of(data).keep(retained), model, targets)
    values = dict(zip([t.name for t in targets], fit.value[0], strict=True))
    assert fit.status[0] == Status.OK
    names = [(b.construct, i) for b in smaller.blocks for i in b.items]
    for (construct, item), weight, loading in zip(names, weights, loadings, strict=True):
        assert abs(values[f"{construct}<~{item}"] - weight) < 1e-10
        assert abs(values[f"{construct}=~{item}"] - loading) < 1e-10
    assert np.isnan(values["A=~a2"])
    for j, outcome in enumerate(model.constructs):
        for k, predictor in enumerate(model.constructs):
            if model.path_matrix[j, k]:
                assert abs(values[f"{outcome}~{predictor}"] - paths[j, k]) < 1e-10
        if outcome in model.endogenous:
            assert abs(values[f"r2({outcome})"] - r2[j]) < 1e-10
    assert abs(values["A~~C"] - correlations[0, 2]) < 1e-10


def test_limits_of_the_three_factor_population():
    population = catalogue.population("three-factors")
    found = fitted(
        TIGHT,
        Batch.of_moments(population.moments),
        population.model,
        ["eta2~eta1", "eta3~eta1", "eta3~eta2", "r2(eta2)", "r2(eta3)"],
    )
    # Published to six decimals: half a unit of the last one.
    np.testing.assert_allclose(list(found.values()), [0.511969, 0.370911, 0.307520, 0.262113, 0.348937], atol=6e-7)


def test_limits_of_goodhues_population_without_the_block_that_has_none():
    values = {"Y~X1": 0.48, "Y~X2": 0.314, "Y~X3": 0.114}
    blocks = ("X1", "X2", "X3", "Y")
    model = Model.parse("\n".join(f"{c} =~ {c}1 + {c}2 + {c}3" for c in blocks) + "\nY ~ X1 + X2 + X3")
    values |= {f"{c}=~{c}{i}": loading for c in blocks for i, loading in enumerate((0.7, 0.8, 0.9), start=1)}
    population = Population.of(model, values)
    found = fitted(TIGHT, Batch.of_moments(population.moments), model, ["Y~X1", "Y~X2", "Y~X3", "r2(Y)"])
    np.testing.assert_allclose(list(found.values()), [0.410780, 0.268719, 0.097560, 0.250468], atol=6e-7)


def test_a_block_without_any_relation_is_unidentified_on_population_moments():
    population = catalogue.population("goodhue-2012")
    fit = TIGHT.fit(Batch.of_moments(population.moments), population.model)
    assert fit.status[0] == Status.UNIDENTIFIED
    assert np.isnan(fit.value).all()


@pytest.mark.parametrize(
    ("loadings", "composite_loadings", "path"),
    [
        ((0.5, 0.5, 0.5), (0.7071, 0.7071, 0.7071), None),
        ((0.7, 0.7, 0.7), (0.8124, 0.8124, 0.8124), 0.222727),
        ((0.7, 0.8, 0.9), (0.8178, 0.8774, 0.9141), 0.256737),
        ((0.5, 0.6, 0.7, 0.8), (0.628, 0.721, 0.795, 0.848), 0.231362),
        ((0.4, 0.6, 0.8), (0.574, 0.775, 0.873), None),
    ],
)
def test_composite_loadings_and_attenuation_of_the_analytic_table(loadings, composite_loadings, path):
    items = range(1, len(loadings) + 1)
    model = Model.parse("\n".join(f"{c} =~ " + "+".join(f"{c}{i}" for i in items) for c in "AB") + "\nB ~ A")
    values = {f"{c}=~{c}{i}": loading for c in "AB" for i, loading in zip(items, loadings, strict=True)}
    population = Population.of(model, values | {"B~A": 0.30})
    targets = [f"A=~A{i}" for i in items] + ["B~A", "ave(A)"]
    found = fitted(TIGHT, Batch.of_moments(population.moments), model, targets)
    decimals = 5e-5 if len(loadings) == 3 and loadings[0] != 0.4 else 5e-4
    np.testing.assert_allclose([found[f"A=~A{i}"] for i in items], composite_loadings, atol=1.1 * decimals)
    # Mode A reliability Q2 of the composite, from the formula; the path is the true one times it.
    l2 = np.square(loadings)
    reliability = l2.sum() ** 2 / (l2.sum() ** 2 + (l2 * (1 - l2)).sum())
    assert abs(found["B~A"] - 0.30 * reliability) < 1e-9
    if path is not None:
        assert abs(found["B~A"] - path) < 6e-7


def test_an_iteration_limit_that_is_too_low_is_told():
    population = catalogue.population("crm-clusters")
    batch = Batch.of(draw(population, 72, 20, np.random.default_rng(1)))
    fit = PLS(tolerance=1e-12, max_iterations=3).fit(batch, population.model)
    assert (fit.status == Status.NOT_CONVERGED).all()
    assert (fit.iterations == 3).all()


@pytest.mark.parametrize("scheme", ["path", "centroid"])
@pytest.mark.parametrize("modes", ["B", "by block", {"C": "B", "B": "A"}])
def test_mode_b_agrees_with_the_plain_version(scheme, modes):
    model = Model.parse("A =~ a1+a2+a3\nB <~ b1+b2\nC =~ c1+c2+c3+c4\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
    rng = np.random.default_rng(4)
    data = 0.6 * rng.standard_normal((90, 1)) + rng.standard_normal((90, len(model.items)))
    retained = np.array([[item not in ("a2", "c4") for item in model.items]])
    smaller = Model.parse("A =~ a1+a3\nB <~ b1+b2\nC =~ c1+c2+c3\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
    method = PLS(scheme, 1e-13, 10_000, modes)
    weights, loadings, correlations, paths, _ = plain.pls(
        data[:, retained[0]], smaller.bounds, smaller.path_matrix, scheme, mode_b=method.mode_b(model)
    )
    names = [(b.construct, i) for b in smaller.blocks for i in b.items]
    targets = [model.target(f"{construct}{sign}{item}") for sign in ("<~", "=~") for construct, item in names]
    fit = method.fit(Batch.of(data).keep(retained), model, [*targets, *map(model.target, ("A~~C", "C~B"))])
    assert fit.status[0] == Status.OK
    np.testing.assert_allclose(fit.value[0], [*weights, *loadings, correlations[0, 2], paths[2, 1]], atol=1e-9)


def test_modes_follow_the_blocks_unless_told_otherwise():
    model = Model.parse("A =~ a1+a2\nB <~ b1+b2\nC =~ c1+c2\nB ~ A\nC ~ B")
    assert PLS().mode_b(model).tolist() == [False, True, False]
    assert PLS(modes="A").mode_b(model).tolist() == [False, False, False]
    assert PLS(modes="B").mode_b(model).tolist() == [True, True, True]
    assert PLS(modes={"A": "B"}).mode_b(model).tolist() == [True, True, False]
    assert "construct 'X' is not known" in PLS(modes={"X": "B"}).refusal(model)


def test_a_mode_b_block_of_dependent_items_is_singular_and_fails_alone():
    model = Model.parse("A <~ a1+a2+a3\nB =~ b1+b2\nB ~ A")
    rng = np.random.default_rng(3)
    data = rng.standard_normal((40, 60, 1)) + rng.standard_normal((40, 60, 5))
    straight = PLS().fit(Batch.of(data), model)
    data[3, :, 2] = data[3, :, 0] - data[3, :, 1]
    fit = PLS().fit(Batch.of(data), model)
    assert fit.status.tolist() == [Status.SINGULAR if r == 3 else Status.OK for r in range(40)]
    others = np.arange(40) != 3
    np.testing.assert_array_equal(fit.value[others], straight.value[others])


def test_mode_b_weights_in_a_batch_are_those_of_each_data_set_alone():
    model = Model.parse("A <~ a1+a2+a3\nB =~ b1+b2\nB ~ A")
    rng = np.random.default_rng(5)
    batch = Batch.of(rng.standard_normal((40, 60, 1)) + rng.standard_normal((40, 60, 5)))
    whole = PLS().fit(batch, model)
    for r in range(40):
        np.testing.assert_array_equal(PLS().fit(Batch.of(batch.raw[r]), model).value[0], whole.value[r])


def test_the_catalogue_takes_modes_as_a_name_or_a_table():
    assert build("pls", {"modes": {"A": "B"}}, 0.95).estimator == PLS(modes={"A": "B"})
    assert build("plsc", {"modes": "A"}, 0.95).estimator == ConsistentPLS(modes="A")
    with pytest.raises(InputError, match="modes of A 'C' is not known"):
        build("pls", {"modes": {"A": "C"}}, 0.95)
    with pytest.raises(InputError, match="modes 'C' is not known"):
        build("pls", {"modes": "C"}, 0.95)
