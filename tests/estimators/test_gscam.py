"""GSCA with uniqueness terms against a plain version that works on the answers, and its consistency."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.gscam import GSCAm
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.model import Model
from tests.cases import survey

TIGHT = GSCAm(tolerance=1e-12)


def plain(data, model, rounds=3000):
    """GSCAm step by step on raw data (n, p): components, then uniquenesses by a singular value decomposition.

    Gives loadings (p,) and the components' correlations (m, m).
    """
    z = data - data.mean(0)
    z /= np.linalg.norm(z, axis=0)
    blocks = np.eye(len(model.blocks))[model.block_of]
    loadings, without, unique = np.ones(z.shape[1]), z, np.ones(z.shape[1])
    for _ in range(rounds):
        components = without @ (blocks * loadings[:, None])
        components /= np.linalg.norm(components, axis=0)
        basis = np.linalg.qr(components)[0]
        left, _, right = np.linalg.svd((z - basis @ (basis.T @ z)) * unique, full_matrices=False)
        terms = left @ right
        unique = (terms * z).sum(axis=0)
        without = z - terms * unique
        before, loadings = loadings, (z.T @ components * blocks).sum(axis=1)
        if np.abs(loadings - before).max() < 1e-13:
            break
    return loadings, components.T @ components


@pytest.mark.parametrize("name", ["crm_000", "crm_002"])
def test_the_moments_give_what_the_answers_give(name):
    model = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2\nO =~ OGG1+OGG2+OGG3+PCO1\nP =~ VA1+VA2+VPC1\nP ~ A + O")
    data = survey(name)[list(model.items)].to_numpy(float)
    loadings, correlations = plain(data, model)
    fit = TIGHT.fit(Batch.of(data), model)
    assert fit.status[0] == Status.OK
    for (construct, item), loading in zip(
        [(b.construct, i) for b in model.blocks for i in b.items], loadings, strict=True
    ):
        assert abs(fit.value[0, fit.column(f"{construct}=~{item}")] - loading) < 1e-9
    paths = np.linalg.solve(correlations[:2, :2], correlations[:2, 2])
    found = [fit.value[0, fit.column(name)] for name in ("P~A", "P~O", "A~~O", "r2(P)")]
    np.testing.assert_allclose(found, [*paths, correlations[0, 1], paths @ correlations[:2, 2]], atol=1e-9)


def test_items_left_out_take_no_part():
    model = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2\nO =~ OGG1+OGG2+OGG3+PCO1\nP =~ VA1+VA2+VPC1\nP ~ A + O")
    smaller = Model.parse("A =~ CC1+CC2+CC3+PC1\nO =~ OGG1+OGG2+OGG3\nP =~ VA1\nP ~ A + O")
    data = survey("crm_001")[list(model.items)].to_numpy(float)
    retained = np.array([[item in smaller.items for item in model.items]])
    within = TIGHT.fit(Batch.of(data).keep(retained), model, smaller.targets)
    alone = TIGHT.fit(Batch.of(data[:, retained[0]]), smaller)
    np.testing.assert_allclose(within.value, alone.value, atol=1e-10)
    assert alone.value[0, alone.column("P=~VA1")] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", ["three-factors", "crm-clusters"])
def test_returns_the_truth_on_population_moments(name):
    population = catalogue.population(name)
    model = population.model
    targets = [target for target in model.targets if target.kind != "alpha"]
    fit = TIGHT.fit(Batch.of_moments(population.moments), model, targets)
    assert fit.status[0] == Status.OK
    np.testing.assert_allclose(fit.value[0], population.truth(targets), atol=1e-6)


def test_a_sample_too_small_for_the_uniquenesses_is_unidentified():
    population = catalogue.population("crm-clusters")
    p, m = len(population.model.items), len(population.model.blocks)
    enough = GSCAm().fit(Batch.of(draw(population, p + m + 1, 5, np.random.default_rng(2))), population.model)
    fewer = GSCAm().fit(Batch.of(draw(population, p + m, 5, np.random.default_rng(2))), population.model)
    assert (fewer.status == Status.UNIDENTIFIED).all()
    assert not (enough.status == Status.UNIDENTIFIED).any()


def test_an_iteration_limit_that_is_too_low_is_told():
    population = catalogue.population("crm-clusters")
    batch = Batch.of(draw(population, 72, 5, np.random.default_rng(1)))
    fit = GSCAm(max_iterations=5).fit(batch, population.model)
    assert (fit.status == Status.NOT_CONVERGED).all()
    assert (fit.iterations == 5).all()


def test_blocks_of_two_items_composite_ones_and_lonely_ones_are_refused():
    assert "has two items" in GSCAm().refusal(Model.parse("A =~ a1+a2+a3\nB =~ b1+b2\nB ~ A"))
    assert "composite (<~)" in GSCAm().refusal(Model.parse("A <~ a1+a2\nB =~ b1+b2\nB ~ A"))
    assert "on no path" in GSCAm().refusal(Model.parse("A =~ a1+a2+a3\nB =~ b1\nC =~ c1\nB ~ A"))


def test_a_block_left_with_two_items_is_unidentified():
    population = catalogue.population("three-factors")
    batch = Batch.of(draw(population, 100, 2, np.random.default_rng(3)))
    retained = batch.retained.copy()
    retained[1, 0] = False
    fit = GSCAm().fit(batch.keep(retained), population.model)
    assert fit.status.tolist() == [Status.OK, Status.UNIDENTIFIED]
