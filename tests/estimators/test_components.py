"""Principal components against a plain version."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.components import Components
from sim import catalogue
from sim.batch import Batch, Moments
from sim.model import Model
from tests.cases import survey

MODEL = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2\nO =~ OGG1+OGG2+OGG3+PCO1\nP =~ VA1+VA2\nP ~ A + O")


def plain(correlations, model):
    """Weights (p,), score correlations (m, m) and the paths to the last construct, by the power method."""
    p, m = len(correlations), len(model.blocks)
    weights = np.zeros((p, m))
    for j in range(m):
        block = model.block_of == j
        vector = np.ones(block.sum())
        for _ in range(5000):
            vector = correlations[np.ix_(block, block)] @ vector
            vector /= np.linalg.norm(vector)
        weights[block, j] = vector / np.sqrt(vector @ correlations[np.ix_(block, block)] @ vector)
    scores = weights.T @ correlations @ weights
    return weights.sum(axis=1), scores, np.linalg.solve(scores[:-1, :-1], scores[:-1, -1])


@pytest.mark.parametrize("name", ["crm_000", "crm_001", "crm_002", "crm500_000"])
def test_agrees_with_the_power_method(name):
    data = survey(name)[list(MODEL.items)].to_numpy(float)
    correlations = np.corrcoef(data.T)
    weights, scores, paths = plain(correlations, MODEL)
    targets = [MODEL.target(f"{b.construct}<~{i}") for b in MODEL.blocks for i in b.items]
    fit = Components().fit(Batch.of(data), MODEL, [*targets, *map(MODEL.target, ("A~~O", "P~A", "P~O"))])
    np.testing.assert_allclose(fit.value[0], [*weights, scores[0, 1], *paths], atol=1e-10)


def test_the_limit_on_population_moments_is_attenuated_as_the_plain_version_says():
    population = catalogue.population("three-factors")
    model = population.model
    _, scores, paths = plain(population.moments.correlations[0], model)
    targets = [model.target(name) for name in ("eta1~~eta2", "eta3~eta1", "eta3~eta2")]
    fit = Components().fit(Batch.of_moments(population.moments), model, targets)
    np.testing.assert_allclose(fit.value[0], [scores[0, 1], *paths], atol=1e-10)
    assert (np.abs(fit.value[0]) < population.truth(targets)).all()


def test_a_reversed_item_turns_its_own_loading_round():
    data = survey("crm_000")[list(MODEL.items)].to_numpy(float)
    straight = Components().fit(Batch.of(data), MODEL)
    data[:, 1] = 6 - data[:, 1]
    turned = Components().fit(Batch.of(data), MODEL)
    signs = np.array([-1.0 if target.name == "A=~CC2" else 1.0 for target in straight.targets])
    chosen = [i for i, t in enumerate(straight.targets) if t.kind in ("path", "loading", "correlation", "r2")]
    np.testing.assert_allclose(turned.value[0, chosen], (straight.value[0] * signs)[chosen], atol=1e-12)


def test_items_left_out_take_no_part_and_a_tie_is_unidentified():
    data = survey("crm_001")[list(MODEL.items)].to_numpy(float)
    smaller = Model.parse("A =~ CC1+CC3+PC1\nO =~ OGG1+OGG2+PCO1\nP =~ VA1\nP ~ A + O")
    retained = np.array([[item in smaller.items for item in MODEL.items]])
    within = Components().fit(Batch.of(data).keep(retained), MODEL, smaller.targets)
    alone = Components().fit(Batch.of(data[:, retained[0]]), smaller)
    np.testing.assert_allclose(within.value, alone.value, atol=1e-12)
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    matrix = np.eye(4)
    matrix[2, 3] = matrix[3, 2] = 0.5
    fit = Components().fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert fit.status[0] == Status.UNIDENTIFIED
