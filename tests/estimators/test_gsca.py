"""GSCA against a slow plain version that works on the answers, its criterion and its limits."""

import numpy as np
import pytest
from scipy.optimize import minimize

from estimators.base import Status
from estimators.composites.gsca import GSCA
from sim import catalogue
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.model import Model
from tests.cases import survey

TIGHT = GSCA(tolerance=1e-13, max_iterations=10_000)
CHAIN = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2\nC =~ c1+c2+c3+c4\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
FORMED = Model.parse("A <~ a1+a2+a3\nB =~ b1+b2\nC =~ c1+c2+c3+c4\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")


def answers(seed, n=90):
    rng = np.random.default_rng(seed)
    return 0.6 * rng.standard_normal((n, 1)) + rng.standard_normal((n, len(CHAIN.items)))


def residual(z, weights, model):
    """The sum of squares that GSCA minimises, with the best loadings and paths for given weights, and all of them.

    z (n, p): standardised answers, or a root of their correlations, whose means are not taken off.
    """
    scores = np.column_stack(
        [z[:, model.block_of == j] @ weights[model.block_of == j] for j in range(len(model.blocks))]
    )
    scores /= np.sqrt(np.mean(scores**2, axis=0))
    loadings = np.array([z[:, i] @ scores[:, j] / len(z) for i, j in enumerate(model.block_of)])
    paths, loss = np.zeros((len(model.blocks), len(model.blocks))), 0.0
    for i, j in enumerate(model.block_of):
        if model.reflective[j]:
            loss += np.mean((z[:, i] - loadings[i] * scores[:, j]) ** 2)
    for j in range(len(model.blocks)):
        k = np.flatnonzero(model.path_matrix[j])
        if k.size:
            paths[j, k] = np.linalg.lstsq(scores[:, k], scores[:, j], rcond=None)[0]
            loss += np.mean((scores[:, j] - scores @ paths[j]) ** 2)
    return loss, loadings, paths, scores.T @ scores / len(z)


def plain(data, model):
    """GSCA by a general minimiser over all weights."""
    z = (data - data.mean(0)) / data.std(0)
    best = minimize(lambda w: residual(z, w, model)[0], np.ones(z.shape[1]), method="BFGS", options={"gtol": 1e-9})
    return residual(z, best.x, model)


@pytest.mark.parametrize("model", [CHAIN, FORMED], ids=["reflective", "with a composite block"])
@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_loop_finds_the_minimum_of_the_criterion(model, seed):
    data = answers(seed)
    _, loadings, paths, correlations = plain(data, model)
    fit = TIGHT.fit(Batch.of(data), model)
    value = dict(zip([t.name for t in fit.targets], fit.value[0], strict=True))
    assert fit.status[0] == Status.OK
    # The general minimiser takes finite differences, which settle to about 1e-6.
    for (construct, item), loading in zip(
        [(b.construct, i) for b in model.blocks for i in b.items], loadings, strict=True
    ):
        assert abs(value[f"{construct}=~{item}"] - loading) < 1e-5
    for outcome, predictor in model.paths:
        at = model.constructs.index(outcome), model.constructs.index(predictor)
        assert abs(value[f"{outcome}~{predictor}"] - paths[at]) < 1e-5
    assert abs(value["A~~C"] - correlations[0, 2]) < 1e-5


def test_items_left_out_take_no_part():
    data = answers(7)
    retained = np.array([[item not in ("a2", "c4") for item in CHAIN.items]])
    smaller = Model.parse("A =~ a1+a3\nB =~ b1+b2\nC =~ c1+c2+c3\nD =~ d1\nB ~ A\nC ~ A + B\nD ~ C")
    within = TIGHT.fit(Batch.of(data).keep(retained), CHAIN, smaller.targets)
    alone = TIGHT.fit(Batch.of(data[:, retained[0]]), smaller)
    np.testing.assert_allclose(within.value, alone.value, atol=1e-12)


def test_without_paths_the_components_are_principal_components():
    model = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2+PC3+OI1+OI2")
    data = survey("crm_000")[list(model.items)].to_numpy(float)
    values, vectors = np.linalg.eigh(np.corrcoef(data.T))
    fit = TIGHT.fit(Batch.of(data), model, [model.target(f"A=~{item}") for item in model.items])
    np.testing.assert_allclose(fit.value[0], np.abs(vectors[:, -1]) * np.sqrt(values[-1]), atol=1e-10)


def test_the_limit_is_the_minimum_on_population_moments():
    population = catalogue.population("three-factors")
    model, matrix = population.model, population.moments.correlations[0]
    exact = np.linalg.cholesky(matrix).T * np.sqrt(len(matrix))  # a data set with these very moments, about 0
    best = minimize(
        lambda w: residual(exact, w, model)[0], np.ones(len(matrix)), method="BFGS", options={"gtol": 1e-10}
    )
    fit = TIGHT.fit(Batch.of_moments(population.moments), model, [model.target(f"eta1<~{i}") for i in model.items[:3]])
    expected = best.x[:3] / np.sqrt(best.x[:3] @ matrix[:3, :3] @ best.x[:3])
    np.testing.assert_allclose(fit.value[0], expected, atol=1e-6)


def test_failures_have_their_status():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = 1.0
    fit = TIGHT.fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert fit.status[0] == Status.SINGULAR
    population = catalogue.population("crm-clusters")
    batch = Batch.of(draw(population, 72, 5, np.random.default_rng(1)))
    fit = GSCA(tolerance=1e-12, max_iterations=3).fit(batch, population.model)
    assert (fit.status == Status.NOT_CONVERGED).all()
    assert (fit.iterations == 3).all()


def test_a_composite_block_on_no_path_is_refused():
    assert "stands on no path" in GSCA().refusal(Model.parse("A <~ a1+a2\nB =~ b1+b2\nC =~ c1+c2\nC ~ B"))
    assert GSCA().refusal(FORMED) is None
