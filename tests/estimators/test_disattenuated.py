"""Disattenuated regression against the textbook's formulas, and when it is consistent."""

import numpy as np
import pytest

from estimators.base import Status
from estimators.twostep.disattenuated import Disattenuated
from sim import catalogue
from sim.batch import Batch, Moments
from sim.drawing.draw import draw
from sim.model import Model
from sim.population.record import Population
from tests import plain
from tests.cases import survey

MODEL = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2\nO =~ OGG1+OGG2+OGG3+PCO1\nP =~ VA1+VA2+PRO1\nP ~ A + O")


def spearman(data, reliabilities):
    """Correlations of raw sums divided by the roots of reliabilities, and the regression on them."""
    sums = np.column_stack([data[:, MODEL.block_of == j].sum(axis=1) for j in range(3)])
    corrected = np.corrcoef(sums.T) / np.sqrt(np.outer(reliabilities, reliabilities))
    np.fill_diagonal(corrected, 1.0)
    return [*corrected[[0, 0, 1], [1, 2, 2]], *np.linalg.solve(corrected[:2, :2], corrected[:2, 2])]


def one_factor(covariance):
    """Loadings of a one-factor model by maximum likelihood: the EM algorithm (Rubin & Thayer 1982)."""
    unique, loadings = np.diag(covariance) / 2, np.sqrt(np.diag(covariance) / 2)
    for _ in range(20_000):
        slopes = loadings / unique / (1 + np.sum(loadings**2 / unique))
        joint = covariance @ slopes
        before, loadings = loadings, joint / (slopes @ joint + 1 - slopes @ loadings)
        unique = np.diag(covariance) - loadings * joint
        if np.abs(loadings - before).max() < 1e-14:
            break
    return loadings


@pytest.mark.parametrize("reliability", ["alpha", "congeneric"])
def test_agrees_with_the_formulas(reliability):
    data = survey("crm500_000")[list(MODEL.items)].to_numpy(float)
    known = []
    for j in range(3):
        items = data[:, MODEL.block_of == j]
        total = one_factor(np.cov(items.T, ddof=0)).sum() ** 2 / items.sum(axis=1).var()
        known.append(plain.alpha(items) if reliability == "alpha" else total)
    targets = [MODEL.target(name) for name in ("A~~O", "A~~P", "O~~P", "P~A", "P~O")]
    fit = Disattenuated(reliability).fit(Batch.of(data), MODEL, targets)
    assert fit.status[0] == Status.OK
    np.testing.assert_allclose(fit.value[0], spearman(data, known), atol=1e-7)


def test_csem_takes_the_reliabilities_smaller_by_the_ratio_of_the_divisors():
    data = survey("crm_000")[list(MODEL.items)].to_numpy(float)
    ours, theirs = (Disattenuated(kind).fit(Batch.of(data), MODEL) for kind in ("congeneric", "csem"))
    at = ours.column("A~~O")
    assert theirs.value[0, at] == pytest.approx(ours.value[0, at] * 72 / 71, rel=1e-12)


def test_congeneric_reliability_gives_the_truth_on_population_moments_and_alpha_does_not():
    population = catalogue.population("three-factors")
    targets = [t for t in population.model.targets if t.kind in ("path", "correlation", "loading", "r2")]
    batch = Batch.of_moments(population.moments)
    truth = population.truth(targets)
    for items in ("raw", "standardised"):
        fit = Disattenuated(items=items).fit(batch, population.model, targets)
        np.testing.assert_allclose(fit.value[0], truth, atol=1e-6)
    fit = Disattenuated("alpha").fit(batch, population.model, targets)
    assert np.abs(fit.value[0] - truth).max() > 0.01


def test_alpha_gives_the_truth_where_loadings_are_equal():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2+b3\nB ~ A")
    values = {t.name: 0.6 if t.parts[0] == "A" else 0.8 for t in model.targets if t.kind == "loading"}
    population = Population.of(model, values | {"B~A": 0.4})
    targets = [t for t in model.targets if t.kind in ("path", "correlation", "loading", "r2")]
    for reliability in ("alpha", "congeneric"):
        fit = Disattenuated(reliability).fit(Batch.of_moments(population.moments), model, targets)
        np.testing.assert_allclose(fit.value[0], population.truth(targets), atol=1e-6)


def test_statuses_are_those_of_the_correction():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2\nB ~ A")
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = matrix[2, 3] = matrix[3, 2] = 0.3
    matrix[:2, 2:] = matrix[2:, :2] = 0.4
    beyond = Disattenuated().fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert beyond.status[0] == Status.INADMISSIBLE
    assert beyond.value[0, beyond.column("B~A")] == pytest.approx(4 / 3)
    matrix[0, 1] = matrix[1, 0] = -0.3
    negative = Disattenuated().fit(Batch.of_moments(Moments(np.zeros((1, 4)), matrix[None], np.inf)), model)
    assert negative.status[0] == Status.NEGATIVE_RELIABILITY
    assert np.isnan(negative.value).all()


def test_single_items_and_composite_blocks_are_left_as_they_are():
    model = Model.parse("A =~ a1\nB <~ b1+b2+b3\nC =~ c1+c2+c3\nB ~ A\nC ~ A + B")
    rng = np.random.default_rng(6)
    data = rng.standard_normal((200, 1)) + rng.standard_normal((200, 7))
    fit = Disattenuated().fit(Batch.of(data), model)
    sums = np.column_stack([data[:, 0], data[:, 1:4].sum(axis=1)])
    assert fit.value[0, fit.column("A~~B")] == pytest.approx(np.corrcoef(sums.T)[0, 1], abs=1e-12)


@pytest.mark.parametrize("reliability", ["alpha", "csem"])
def test_a_data_set_gives_the_same_alone_as_in_a_batch(reliability):
    population = catalogue.population("crm-clusters")
    batch = Batch.of(draw(population, 72, 30, np.random.default_rng(4)))
    whole = Disattenuated(reliability).fit(batch, population.model)
    for r in range(0, 30, 7):
        alone = Disattenuated(reliability).fit(Batch.of(batch.raw[r]), population.model)
        np.testing.assert_array_equal(alone.value[0], whole.value[r])
