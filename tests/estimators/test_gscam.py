"""GSCA with uniqueness terms against a plain version that works on the answers, and its consistency."""

import numpy as np
import pytest
from numba import njit
from scipy.optimize import minimize

from estimators.base import Status
from estimators.composites.gscam import GSCAm
from estimators.kernels.eigen import decompose, room
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.model import Model
from tests.cases import survey

TIGHT = GSCAm(tolerance=1e-12)


def standard(data):
    """Columns of mean 0 and length 1."""
    z = data - data.mean(0)
    return z / np.linalg.norm(z, axis=0)


def plain(data, model, rounds=3000, loadings=None):
    """GSCAm step by step on raw data (n, p): components, then uniquenesses by a singular value decomposition.

    Starts from loadings (p,), 1 if not told. An item alone in its block has no uniqueness. Gives loadings (p,), the
    components' correlations (m, m) and the rounds.
    """
    z = standard(data)
    blocks = np.eye(len(model.blocks))[model.block_of]
    several = (blocks.sum(axis=0) > 1)[model.block_of]
    loadings = np.ones(z.shape[1]) if loadings is None else loadings
    without, unique, terms = z, np.where(several, 1.0, 0.0), np.zeros_like(z)
    for done in range(rounds):  # noqa: B007
        components = without @ (blocks * loadings[:, None])
        components /= np.linalg.norm(components, axis=0)
        basis = np.linalg.qr(components)[0]
        left, _, right = np.linalg.svd(((z - basis @ (basis.T @ z)) * unique)[:, several], full_matrices=False)
        terms[:, several] = left @ right
        unique = (terms * z).sum(axis=0)
        without = z - terms * unique
        before, loadings = loadings, (z.T @ components * blocks).sum(axis=1)
        if np.abs(loadings - before).max() < 1e-13:
            break
    return loadings, components.T @ components, done + 1


def loadings_of(fit, model):
    """Loadings (p,) in the order of the items."""
    return np.array([fit.value[0, fit.column(f"{b.construct}=~{item}")] for b in model.blocks for item in b.items])


@pytest.mark.parametrize("name", ["crm_000", "crm_002"])
def test_the_moments_give_what_the_answers_give(name):
    model = Model.parse("A =~ CC1+CC2+CC3+PC1+PC2\nO =~ OGG1+OGG2+OGG3+PCO1\nP =~ VA1+VA2+VPC1\nP ~ A + O")
    data = survey(name)[list(model.items)].to_numpy(float)
    loadings, correlations, _ = plain(data, model)
    fit = TIGHT.fit(Batch.of(data), model)
    assert fit.status[0] == Status.OK
    np.testing.assert_allclose(loadings_of(fit, model), loadings, atol=1e-9)
    paths = np.linalg.solve(correlations[:2, :2], correlations[:2, 2])
    found = [fit.value[0, fit.column(name)] for name in ("P~A", "P~O", "A~~O", "r2(P)")]
    np.testing.assert_allclose(found, [*paths, correlations[0, 1], paths @ correlations[:2, 2]], atol=1e-9)


def sum_of_squares(correlations, loadings, among, model):
    """The least SS(Z - G C' - U D) over G, U and D for given loadings C (p,) and correlations G'G (m, m).

    With B = [C (G'G)^(1/2), D] the best [G, U] leave tr(Z'Z) + tr(BB') - 2 ||(Z'Z)^(1/2) B||, the nuclear norm
    (orthogonal Procrustes problem); D, 0 for an item alone, is searched.
    """
    blocks = np.eye(len(model.blocks))[model.block_of]
    several = (blocks.sum(axis=0) > 1)[model.block_of]
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    common = blocks * loadings[:, None] @ np.linalg.cholesky(among)

    def left(free):
        unique = np.zeros(len(loadings))
        unique[several] = free
        b = np.hstack([common, np.diag(unique)])
        norm = np.linalg.svd(root @ b, compute_uv=False).sum()
        return np.trace(correlations) + (b**2).sum() - 2.0 * norm

    start = np.sqrt(np.maximum(1.0 - loadings[several] ** 2, 0.01))
    return minimize(left, start, method="BFGS", options={"gtol": 1e-9}).fun


#: Loadings of cSEM 0.6.1, csem(.data, .model, .approach_weights = 'GSCA', .disattenuate = TRUE), which settled, on
#: answers with single items; its construct correlations; and by how much its sum of squares is above ours.
ONE_ITEM = {
    "one_item_040": (
        "F1 =~ x1a+x1b+x1c\nF2 =~ x2a\nF3 =~ x3a\nF3 ~ F1 + F2",
        [0.666290054674584, 0.981553273471191, 0.747621542584921, 1.0, 1.0],
        [-0.225137908017167, 0.364762580199182, 0.0508783372184831],
        3.29e-7,
    ),
    "one_item_200": (
        "F1 =~ x1a+x1b+x1c+x1d\nF2 =~ x2a\nF3 =~ x3a\nF2 ~ F1\nF3 ~ F2",
        [0.723056490959151, 0.948643271122902, 0.8993066879129, 0.587935059366291, 1.0, 1.0],
        [-0.0253907327537434, -0.0500511335255532, 0.0225850480701903],
        -1.48e-8,
    ),
}


@pytest.mark.parametrize("name", ONE_ITEM)
def test_items_alone_give_what_the_rounds_give_from_wherever_they_start_and_csem_something_else(name):
    text, theirs, pairs, above = ONE_ITEM[name]
    model, theirs = Model.parse(text), np.array(theirs)
    data = survey(name)[list(model.items)].to_numpy(float)
    fit = TIGHT.fit(Batch.of(data), model)
    ours = loadings_of(fit, model)
    generator = np.random.default_rng(4)
    for loadings in (None, theirs, np.where(theirs == 1.0, 1.0, generator.uniform(0.3, 1.0, len(theirs)))):
        np.testing.assert_allclose(plain(data, model, loadings=loadings)[0], ours, atol=1e-9)
    assert np.abs(theirs - ours).max() > 2e-5
    among = {"theirs": np.eye(3), "ours": np.eye(3)}
    for (a, b), value in zip(((0, 1), (0, 2), (1, 2)), pairs, strict=True):
        own = fit.value[0, fit.column(f"{model.constructs[a]}~~{model.constructs[b]}")]
        among["theirs"][[a, b], [b, a]], among["ours"][[a, b], [b, a]] = value, own
    correlations = np.corrcoef(data.T)
    squares = sum_of_squares(correlations, ours, among["ours"], model)
    assert sum_of_squares(correlations, theirs, among["theirs"], model) - squares == pytest.approx(above, rel=0.02)


def test_csem_stopped_on_the_way_and_mixed_rounds_end_where_plain_ones_do():
    # A uniqueness runs to 0 and a second end lies near (x4d loads 0.992 there), which mixtures of early rounds reach.
    blocks = ("F1 =~ x1a+x1b+x1c", "F2 =~ x2a+x2b+x2c+x2d+x2e+x2f", "F3 =~ x3a+x3b+x3c", "F4 =~ x4a+x4b+x4c+x4d")
    model = Model.parse("\n".join([*blocks, "F4 ~ F1 + F2 + F3"]))
    data = survey("heywood_100")[list(model.items)].to_numpy(float)
    at_their_limit = [0.995246090841391, 0.412809231691238, 0.967458115996971]  # cSEM 0.6.1 after 3000 rounds
    first, last = plain(data, model, 3000)[0], plain(data, model, 9000)[0]
    # A round still moves a loading by 6e-7, and the first, rank-deficient rounds set programs some rounds apart.
    np.testing.assert_allclose(first[[0, 1, -1]], at_their_limit, atol=1e-5)
    # The distance from the end, 6e-4 here, falls to 0.38 of itself every 1000 rounds: to 2e-6.
    np.testing.assert_allclose(loadings_of(TIGHT.fit(Batch.of(data), model), model), last, atol=5e-6)


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


@njit
def _one_after_another(matrices, values, vectors):
    space = room(matrices.shape[1])
    for r in range(len(matrices)):
        for i in range(matrices.shape[1]):
            for k in range(matrices.shape[1]):
                space.vectors[k, i] = matrices[r, i, k]
        decompose(space)
        values[r] = space.values
        vectors[r] = space.vectors


@pytest.mark.acceptance
@pytest.mark.parametrize("p", [1, 2, 9, 40])
def test_eigenvectors_in_room_that_is_made_once_are_those_of_eigh(p):
    """One matrix after another in the same room, none like the one before; 40 is beyond where LAPACK divides.

    NumPy has another LAPACK than SciPy, so that the last digits may differ: 1e-12 is far above their rounding.
    """
    roots = np.random.default_rng(1).normal(size=(3, p, p))
    matrices = roots @ roots.swapaxes(1, 2)
    values, vectors = np.empty((3, p)), np.empty((3, p, p))
    _one_after_another(matrices, values, vectors)
    assert np.allclose(values, np.linalg.eigvalsh(matrices), rtol=1e-10, atol=1e-12 * p**2)
    assert np.allclose(vectors @ vectors.swapaxes(1, 2), np.eye(p), atol=1e-12)
    assert np.allclose(vectors.swapaxes(1, 2) * values[:, None] @ vectors, matrices, atol=1e-11 * p)
