"""Consistent PLS against the plain formulas, and its consistency."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.composites.consistent import ConsistentPLS
from estimators.kernels.consistent import rho_a
from sim import catalogue
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.model import Model
from tests import plain
from tests.cases import CRM, SURVEYS, batch_of

TIGHT = ConsistentPLS(tolerance=1e-13, max_iterations=10_000)


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_compiled_correction_agrees_with_the_plain_formulas(survey):
    model, batch = CRM, batch_of(survey, CRM)
    weights, _, composite, _, _ = plain.pls(batch.raw[0].astype(float), model.bounds, model.path_matrix)
    rho, loadings, corrected, paths = plain.consistent(
        batch.moments.correlations[0], weights, model.bounds, composite, model.path_matrix
    )
    targets = [*model.targets, *(model.target(f"rho_a({construct})") for construct in model.constructs)]
    fit = TIGHT.fit(batch, model, targets)
    expected = {f"{b.construct}=~{i}": loadings[model.items.index(i)] for b in model.blocks for i in b.items}
    expected |= {f"rho_a({c})": rho[j] for j, c in enumerate(model.constructs)}
    expected |= {"A~~O": corrected[0, 1], "P~A": paths[2, 0], "P~O": paths[2, 1]}
    for name, value in expected.items():
        assert abs(fit.value[0, fit.column(name)] - value) < 1e-10, name


@pytest.mark.parametrize("name", ["three-factors", "crm-clusters"])
def test_returns_the_truth_on_population_moments(name):
    population = catalogue.population(name)
    model = population.model
    fit = TIGHT.fit(Batch.of_moments(population.moments), model)
    truth = population.truth(model.targets)
    # Alpha is that of the items, which is not a common-factor parameter where loadings differ.
    chosen = [i for i, target in enumerate(model.targets) if target.kind != "alpha"]
    np.testing.assert_allclose(fit.value[0, chosen], truth[chosen], atol=1e-6)


def test_a_negative_rho_a_is_fatal_and_typed():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = -0.3
    matrix[2, 3] = matrix[3, 2] = 0.5
    matrix[:2, 2:] = matrix[2:, :2] = 0.2
    fit = TIGHT.fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert fit.status[0] == Status.NEGATIVE_RELIABILITY
    assert np.isnan(fit.value).all()


def test_the_size_of_a_negative_rho_a_would_leave_the_correlations_worse_off_than_no_loadings():
    # Dijkstra & Henseler (2015, eq. 3): loadings are c w, with the c^2 whose c^2 ww' is nearest to the block's
    # correlations off the diagonal, and rho_A = c^2 (w'w)^2. A negative c^2 has no loadings; |c^2| has the wrong sign.
    correlations = np.array([[1.0, -0.3, 0.1], [-0.3, 1.0, -0.2], [0.1, -0.2, 1.0]])
    off = ~np.eye(3, dtype=bool)
    w = np.ones(3) / np.sqrt(correlations.sum())
    products = np.outer(w, w)[off]
    squared = correlations[off] @ products / (products @ products)
    assert squared < 0.0
    retained = np.ones(3, dtype=bool)
    assert rho_a(correlations, w, retained, np.zeros((3, 3), dtype=bool), 0, 3) == pytest.approx(
        squared * (w @ w) ** 2, rel=1e-12
    )
    left = [((correlations[off] - c * products) ** 2).sum() for c in (squared, 0.0, -squared)]
    assert left[0] < left[1] < left[2]


def test_a_corrected_correlation_beyond_1_is_inadmissible_and_keeps_its_numbers():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = matrix[2, 3] = matrix[3, 2] = 0.3
    matrix[:2, 2:] = matrix[2:, :2] = 0.4
    fit = TIGHT.fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert fit.status[0] == Status.INADMISSIBLE
    # Tau-equivalent pairs: the corrected correlation is 0.4 / 0.3.
    assert abs(fit.value[0, fit.column("B~A")] - 4 / 3) < 1e-9


def test_at_n_20_every_replication_has_numbers_or_a_status():
    population = catalogue.population("crm-clusters")
    fit = ConsistentPLS().fit(Batch.of(draw(population, 20, 500, np.random.default_rng(8))), population.model)
    with_numbers = np.isfinite(fit.value[:, 0])
    np.testing.assert_array_equal(with_numbers, ~fit.fatal)
    assert 0 < (fit.status == Status.INADMISSIBLE).sum() < 500


def test_single_items_and_composite_blocks_are_left_as_they_are():
    model = Model.parse("A =~ a1\nB <~ b1+b2+b3\nC =~ c1+c2+c3\nB ~ A\nC ~ A + B")
    rng = np.random.default_rng(6)
    data = rng.standard_normal((200, 1)) + rng.standard_normal((200, 7))
    from estimators.composites.pls import PLS

    plain = PLS(tolerance=1e-13).fit(Batch.of(data), model)
    fit = TIGHT.fit(Batch.of(data), model, [*model.targets, model.target("rho_a(A)"), model.target("rho_a(B)")])
    for name in ("A=~a1", "A~~B", "B~A"):
        assert abs(fit.value[0, fit.column(name)] - plain.value[0, plain.column(name)]) < 1e-9
    assert fit.value[0, fit.column("rho_a(A)")] == fit.value[0, fit.column("rho_a(B)")] == 1
    assert fit.value[0, fit.column("C~A")] != plain.value[0, plain.column("C~A")]


def test_a_reflective_block_of_mode_b_is_refused():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    assert "rho_A is no reliability" in ConsistentPLS(modes={"A": "B"}).refusal(model)
    assert "construct 'X' is not known" in ConsistentPLS(modes={"X": "B"}).refusal(model)
    assert ConsistentPLS().refusal(Model.parse("A <~ a1+a2\nB =~ b1+b2\nB ~ A")) is None
