"""Limits of products in endless data: exact on a population's moments, and what an enormous sample comes to."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from estimators.products.wrapper import WAYS
from sim.answers.likert import Scale
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.implied.implied import implied
from sim.model import Model
from sim.population.record import Population
from sim.structures.products import cumulants, joint_cumulants

BLOCKS = "X =~ x1 + x2 + x3\nZ =~ z1 + z2 + z3\nM =~ m1 + m2 + m3\nY =~ y1 + y2 + y3\n"
LINEAR = Model.parse(f"{BLOCKS}M ~ X\nY ~ X + Z + M")
MODEL = Model.parse(f"{BLOCKS}M ~ X + X:X\nY ~ X + Z + M + X:Z")
VALUES = {
    **{f"{c}=~{c.lower()}{i + 1}": loading for c in "XZMY" for i, loading in enumerate((0.9, 0.8, 0.7))},
    **{"M~X": 0.4, "Y~X": 0.3, "Y~Z": 0.2, "Y~M": 0.25, "X~~Z": 0.35, "Y~X:Z": 0.3, "M~X:X": 0.2},
}
POPULATION = Population.of(LINEAR, VALUES)
#: What consistent methods give of it.
TRUTH = {
    "Y~X": 0.3, "Y~Z": 0.2, "Y~M": 0.25, "M~X": 0.4, "Y~X:Z": 0.3, "M~X:X": 0.2, "slope(Y~X|Z=1)": 0.6,
    "slope(M~X|X=-1)": 0.0, "r2(M)": 0.24, "adj_r2(M)": 0.24, "X->M->Y": 0.1,
}  # fmt: skip
EVERY = [(name, way) for name, entry in ESTIMATORS.items() for way in WAYS.get(entry.estimator, ())]
#: The methods that correct scores, beside those that claim to be consistent with any model.
CONSISTENT = {name for name, entry in ESTIMATORS.items() if entry.consistent} | {"disattenuated"}


def limit(name, way, batch, model=MODEL, names=tuple(TRUTH)):
    method = build(name, {"products": way}, 0.95, model=model).estimator
    return method.without_inference().fit(batch, model, [model.target(each) for each in names])


@pytest.mark.parametrize(("name", "way"), [each for each in EVERY if each[0] in CONSISTENT])
def test_consistent_methods_find_products_in_a_populations_moments(name, way):
    found = limit(name, way, Batch.of_moments(POPULATION.moments))
    assert found.status[0] == Status.OK
    # A block of three items has tau-equivalent sums only nearly: alpha is below the sum's reliability.
    near = 0.01 if name == "disattenuated" else 1e-6
    assert_allclose(found.value[0], list(TRUTH.values()), rtol=0, atol=near)


def test_limits_are_what_a_sample_without_sampling_error_gives():
    # 200,000 respondents, turned so that their second moments are the population's: what is left is in third and
    # fourth moments, whose standard errors are under sqrt(15 / 200,000) = 0.009 each.
    answers = draw(POPULATION, 200_000, 1, np.random.default_rng(3))[0].astype(np.float64)
    answers -= answers.mean(axis=0)
    root = np.linalg.cholesky(np.cov(answers.T, bias=True)).T
    turn = np.linalg.solve(root, np.linalg.cholesky(POPULATION.structure.covariance).T)
    sample = Batch.of(answers @ turn, items=MODEL.items)
    names, endless = ("Y~X:Z", "M~X:X", "f2(Y~X:Z)", "Y~X", "r2(Y)"), Batch.of_moments(POPULATION.moments)
    for name, way in (*(("pls", way) for way in WAYS[ESTIMATORS["pls"].estimator]), ("sumscores", "two-stage")):
        ours, drawn = (limit(name, way, batch, names=names).value[0] for batch in (endless, sample))
        assert_allclose(ours, drawn, rtol=0, atol=0.01)
        assert ours[0] < 0.27, "uncorrected products are attenuated"


def test_items_left_out_and_other_units_have_the_limits_that_follow():
    whole = Batch.of_moments(POPULATION.moments)
    kept = np.ones((2, 12), dtype=bool)
    kept[1, [0, 4]] = False
    twice = np.repeat(whole.moments.covariances, 2, axis=0)
    both = Batch.of_moments(replace(POPULATION.moments, means=np.zeros((2, 12)), covariances=twice)).keep(kept)
    smaller = Model.parse(MODEL.syntax.replace("x1 + ", "").replace(" + z2", ""))
    order = [MODEL.items.index(item) for item in smaller.items]
    part = replace(
        POPULATION.moments, means=np.zeros((1, 10)), covariances=whole.moments.covariances[np.ix_([0], order, order)],
        higher=POPULATION.moments.higher.of_items(order),
    )  # fmt: skip
    units = replace(
        POPULATION.moments, covariances=whole.moments.covariances * np.outer(np.arange(1, 13), np.arange(1, 13)),
        higher=POPULATION.moments.higher.in_units(np.arange(1.0, 13.0)),
    )  # fmt: skip
    for name, way in (("pls", "two-stage"), ("pls", "orthogonal"), ("plsc", "two-stage"), ("ml", "orthogonal")):
        found = limit(name, way, both).value
        assert_allclose(found[0], limit(name, way, whole).value[0], rtol=0, atol=1e-7)
        if name != "ml":  # matched pairs are others in the smaller model
            assert_allclose(found[1], limit(name, way, Batch.of_moments(part), smaller).value[0], rtol=0, atol=1e-7)
        assert_allclose(limit(name, way, Batch.of_moments(units)).value[0], found[0], rtol=0, atol=1e-6)


def test_joint_cumulants_are_those_of_one_construct_and_symmetric_and_those_of_a_plain_sum():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    linear, places, effects = root @ root.T / 4, np.array([[0, 1], [1, 1]]), np.zeros((4, 2))
    effects[2:] = rng.normal(size=(2, 2)) / 2
    third, fourth = joint_cumulants(linear, effects, places)
    own_third, own_fourth = cumulants(linear, effects, places)
    assert_allclose(np.einsum("iii->i", third), own_third, rtol=0, atol=1e-14)
    assert_allclose(np.einsum("iiii->i", fourth), own_fourth, rtol=0, atol=1e-14)
    assert_allclose(third, third.transpose(1, 2, 0), rtol=0, atol=1e-14)
    assert_allclose(fourth, fourth.transpose(1, 3, 0, 2), rtol=0, atol=1e-14)
    # Gauss-Hermite nodes: polynomials of the eighth degree are exact.
    axis, weight = np.polynomial.hermite_e.hermegauss(6)
    nodes = np.stack(np.meshgrid(*[axis] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    weights = np.prod(np.stack(np.meshgrid(*[weight] * 4, indexing="ij"), axis=-1).reshape(-1, 4), axis=1)
    weights /= weights.sum()
    x = nodes @ np.linalg.cholesky(linear).T
    y = x + np.stack([x[:, 0] * x[:, 1], x[:, 1] ** 2], axis=1) @ effects.T
    y -= weights @ y
    s = (y * weights[:, None]).T @ y
    assert_allclose(np.einsum("n,ni,nj,nk->ijk", weights, y, y, y), third, rtol=0, atol=1e-12)
    pairs = np.einsum("ij,kl->ijkl", s, s) + np.einsum("ik,jl->ijkl", s, s) + np.einsum("il,jk->ijkl", s, s)
    assert_allclose(np.einsum("n,ni,nj,nk,nl->ijkl", weights, y, y, y, y) - pairs, fourth, rtol=0, atol=1e-12)


def test_moments_tell_no_more_than_is_known():
    assert implied(POPULATION).likert_moments.higher is not None
    cut = replace(POPULATION, scale=Scale.from_shares((0.1, 0.2, 0.4, 0.2, 0.1), 12))
    assert cut.moments.higher is not None
    assert implied(cut).likert_moments.higher is None
    found = limit("pls", "two-stage", Batch.of_moments(implied(cut).likert_moments), names=("Y~X:Z", "X=~x1"))
    assert np.isnan(found.value[0]).tolist() == [True, False]
