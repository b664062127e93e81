"""Errors that covary: methods that say they take them return the truth, all others refuse or target composites."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from estimators.base import Status
from estimators.catalogue import ESTIMATORS
from estimators.methods import build
from sim.batch import Batch, Moments
from sim.model import Model

TEXT = "X =~ x1 + x2 + x3 + x4\nZ =~ z1 + z2 + z3\nY =~ y1 + y2 + y3\nY ~ X + Z\n"
LOADINGS = np.array([0.8, 0.7, 0.6, 0.7, 0.8, 0.7, 0.6, 0.8, 0.7, 0.6])
CONSTRUCTS = np.array([[1.0, 0.3, 0.5], [0.3, 1.0, 0.4], [0.5, 0.4, 1.0]])
PATHS = np.linalg.solve(CONSTRUCTS[:2, :2], CONSTRUCTS[:2, 2])
NAMES = ("Y~X", "Y~Z", "X=~x1", "X=~x3")
#: What takes no notice of errors, for its targets are of composites as they are.
OF_COMPOSITES = {"sumscores", "components", "pls", "ordpls", "gsca"}
#: What refuses every error covariance.
INDEPENDENT = {"gscam", "disattenuated", "regression_scores", "bartlett_scores", "croon"}


def endless(model: Model, **covariances: float) -> Batch:
    """The moments of the model with these error covariances, as `x1_x2=0.2`."""
    block = model.block_of
    matrix = np.outer(LOADINGS, LOADINGS) * CONSTRUCTS[np.ix_(block, block)]
    np.fill_diagonal(matrix, 1.0)
    for pair, value in covariances.items():
        i, k = (model.items.index(item) for item in pair.split("_"))
        matrix[[i, k], [k, i]] += value
    return Batch.of_moments(Moments(np.zeros((1, len(matrix))), matrix[None], np.inf))


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name not in OF_COMPOSITES])
def test_every_method_for_factors_finds_the_truth_or_refuses(name):
    model = Model.parse(TEXT + "x1 ~~ x2")
    method = build(name, {}, 0.95, model=model).estimator
    told = method.refusal(model)
    if name in INDEPENDENT:
        assert told is not None
        assert "`x1 ~~ x2`" in told
        return
    assert told is None
    fit = method.without_inference().fit(endless(model, x1_x2=0.2), model, list(map(model.target, NAMES)))
    assert_allclose(fit.value[0], [*PATHS, 0.8, 0.6], atol=1e-6)


@pytest.mark.parametrize("name", ["plsc", "ordplsc"])
def test_consistent_pls_finds_the_truth_under_several_covariances_within_blocks(name):
    model = Model.parse(TEXT + "x1 ~~ x2\nx3 ~~ x4\nz1 ~~ z2\ny1 ~~ y3")
    batch = endless(model, x1_x2=0.2, x3_x4=0.25, z1_z2=-0.15, y1_y3=0.1)
    method = build(name, {}, 0.95, model=model).estimator
    targets = [*NAMES, "omega(X)", "srmr", "d_uls", "d_g"]
    fit = method.fit(batch, model, [model.target(target) for target in targets])
    block = batch.moments.correlations[0][:4, :4]
    omega = LOADINGS[:4].sum() ** 2 / block.sum()
    assert_allclose(fit.value[0], [*PATHS, 0.8, 0.6, omega, 0.0, 0.0, 0.0], atol=1e-6)


def test_rho_a_is_the_plain_formula_over_the_pairs_whose_errors_do_not_covary():
    model = Model.parse("A =~ a1+a2+a3\nO =~ o1+o2+o3\nP =~ p1+p2+p3\nP ~ A + O\na1 ~~ a2")
    rng = np.random.default_rng(3)
    common = rng.normal(size=(200, 1))
    data = common + np.repeat(rng.normal(size=(200, 3)), 3, axis=1) + rng.normal(size=(200, 9))
    batch = Batch.of(data, items=model.items)
    weights = [model.target(f"A<~a{k}") for k in (1, 2, 3)]
    for name in ("pls", "plsc"):
        fit = build(name, {}, 0.95, model=model).estimator.fit(batch, model, [*weights, model.target("rho_a(A)")])
        w, r = fit.value[0, :3], np.corrcoef(data[:, :3].T)
        pairs = [(0, 2), (1, 2)]
        squared = sum(w[i] * w[k] * r[i, k] for i, k in pairs) / sum(w[i] ** 2 * w[k] ** 2 for i, k in pairs)
        assert fit.value[0, 3] == pytest.approx(squared * (w @ w) ** 2, rel=1e-12)


def test_a_block_of_which_only_a_pair_with_covarying_errors_is_left_is_unidentified():
    model = Model.parse(TEXT + "x1 ~~ x2")
    batch = endless(model, x1_x2=0.2)
    kept = np.ones((1, 10), dtype=bool)
    kept[0, 2:4] = False
    fit = build("plsc", {}, 0.95, model=model).estimator.fit(batch.keep(kept), model)
    assert fit.status[0] == Status.UNIDENTIFIED


@pytest.mark.parametrize("name", ["plsc", "ordplsc", *sorted(INDEPENDENT)])
@pytest.mark.parametrize(
    ("text", "pair"),
    [
        (TEXT + "x1 ~~ y1", "`x1 ~~ y1`"),
        (TEXT + "X ~~ Y", "`X ~~ Y`"),
        (TEXT + "M =~ m1 + m2 + m3\nM ~ X\nY ~ M\nM ~~ Y", "`M ~~ Y`"),
        (TEXT + "M =~ m1 + m2 + m3\nM ~ X\nY ~ M\nX ~~ Y", "`X ~~ Y`"),
    ],
)
def test_covariances_by_which_least_squares_would_miss_the_paths_are_refused(name, text, pair):
    model = Model.parse(text)
    told = build(name, {}, 0.95, model=model).estimator.refusal(model)
    assert told is not None
    assert pair in told
    assert "remove it or choose" in told


@pytest.mark.parametrize("name", ["plsc", "ordplsc", *sorted(INDEPENDENT)])
def test_residuals_of_outcomes_that_do_not_lead_to_each_other_may_covary(name):
    model = Model.parse(TEXT + "M =~ m1 + m2 + m3\nM ~ X\nM ~~ Y\nX ~~ Z")
    assert build(name, {}, 0.95, model=model).estimator.refusal(model) is None


@pytest.mark.parametrize("name", ["plsc", "ordplsc"])
def test_a_block_without_any_pair_of_independent_errors_is_refused(name):
    model = Model.parse(TEXT + "z1 ~~ z2\nz1 ~~ z3\nz2 ~~ z3")
    assert "errors of all items of Z covary" in build(name, {}, 0.95, model=model).estimator.refusal(model)
