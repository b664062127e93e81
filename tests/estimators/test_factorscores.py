"""Factor scores against plain regression on them; the one-factor engine against the joint one."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from estimators.kernels.onefactor import Block, BlockFits, derivatives, fit_blocks, objective
from estimators.twostep.factorscores import BartlettScores, Croon, RegressionScores
from estimators.twostep.measurement import measure
from estimators.twostep.sam import LocalSAM
from sim import catalogue
from sim.batch import Batch
from sim.drawing.draw import draw
from sim.model import Model
from tests.cases import batch_of
from tests.evidence import content

CRM = catalogue.population("crm-clusters")
SCORES = [RegressionScores, BartlettScores]


def one_factor(correlations):
    """Loadings, error variances and status of one block (R, p, p)."""
    r, p = correlations.shape[:2]
    loadings, errors = np.full((r, p), np.nan), np.full((r, p), np.nan)
    status, iterations = np.zeros(r, np.int8), np.zeros(r, np.int32)
    fit_blocks(
        correlations, np.ones((r, p), bool), np.array([0, p]), np.ones((r, 1), bool), 1e-10, 500,
        BlockFits(loadings, errors, status, iterations),
    )  # fmt: skip
    return loadings, errors, status


def noisy_block(k, n, replications, seed):
    """Answers (R, n, k) to items of loading .55."""
    rng = np.random.default_rng(seed)
    return 0.55 * rng.standard_normal((replications, n, 1)) + 0.83 * rng.standard_normal((replications, n, k))


def discrepancy(loadings, errors, correlations):
    """ln|Sigma| + tr(Sigma^-1 R)."""
    implied = np.outer(loadings, loadings) + np.diag(errors)
    return np.linalg.slogdet(implied)[1] + np.trace(np.linalg.solve(implied, correlations))


# --- one factor ---


def test_derivatives_of_the_discrepancy_are_finite_differences():
    k, rng = 5, np.random.default_rng(4)
    sample = np.corrcoef(rng.standard_normal((40, 1)) + rng.standard_normal((40, k)), rowvar=False)
    block = Block(sample, np.zeros((k, k)), *(np.zeros(k) for _ in range(9)))
    x = rng.uniform(-0.8, 0.8, k)

    def gradient(at):
        _, a, q = objective(at, k, block)
        derivatives(at, k, a, q, block)
        return block.gradient.copy()

    steps = 1e-6 * np.eye(k)
    assert objective(x, k, block)[0] == pytest.approx(discrepancy(x, 1 - x**2, sample), abs=1e-12)
    slopes = [(objective(x + h, k, block)[0] - objective(x - h, k, block)[0]) / 2e-6 for h in steps]
    assert gradient(x) == pytest.approx(np.array(slopes), abs=1e-7)
    bends = np.array([(gradient(x + h) - gradient(x - h)) / 2e-6 for h in steps])
    gradient(x)
    assert np.triu(block.hessian) == pytest.approx(np.triu(bends), abs=1e-5)


@pytest.mark.parametrize("k", [3, 5, 8])
def test_a_proper_block_is_what_the_joint_engine_makes_of_it(k):
    model = Model.parse("A =~ " + " + ".join(f"a{i}" for i in range(k)))
    batch = Batch.of(noisy_block(k, 70, 300, k))
    targets = [t for t in model.targets if t.kind == "loading"]
    joint = MaximumLikelihood(tolerance=1e-11).fit(batch, model, targets)
    loadings, _, status = one_factor(batch.moments.correlations)
    proper = status == Status.OK
    assert proper.mean() > 0.8
    assert np.array_equal(proper, joint.status == Status.OK)
    np.testing.assert_allclose(loadings[proper], joint.value[proper], rtol=0, atol=1e-8)


def test_an_improper_block_is_the_best_one_without_negative_variances():
    correlations = Batch.of(noisy_block(4, 30, 300, 1)).moments.correlations
    loadings, errors, status = one_factor(correlations)
    improper = np.flatnonzero(status == Status.INADMISSIBLE)[:25]
    assert len(improper) == 25
    for r in improper:
        assert errors[r].min() == 0.0

        def value(x, r=r):
            return discrepancy(x[:4], x[4:], correlations[r])

        found = min(
            minimize(value, [*start, *(1.01 - start**2)], method="L-BFGS-B", bounds=[(-2, 2)] * 4 + [(1e-9, 2)] * 4).fun
            for start in (loadings[r] * 0.9, np.full(4, 0.5))
        )
        # The search may stay in a local minimum above ours; below ours it must find nothing.
        assert discrepancy(loadings[r], errors[r], correlations[r]) < found + 1e-5


def test_two_items_are_measured_with_their_neighbours_and_one_item_is_itself():
    model = Model.parse("A =~ a1+a2\nB =~ b1+b2+b3\nS =~ s1\nC =~ c1+c2+c3\nB ~ A\nC ~ B + S")
    rng = np.random.default_rng(9)
    common = rng.standard_normal((40, 90, 1))
    batch = Batch.of(0.7 * common + rng.standard_normal((40, 90, 9)))
    found = measure(batch, model)
    assert found.group[0].tolist() == [0, 0, 2, 3]
    assert (found.loadings[:, 5] == 1.0).all()
    assert (found.errors[:, 5] == 0.0).all()
    part = Model.parse("A =~ a1+a2\nB =~ b1+b2+b3")
    targets = [t for t in part.targets if t.kind == "loading"]
    joint = MaximumLikelihood(tolerance=1e-10).fit(Batch.of(batch.raw[:, :, :5]), part, targets)
    both = (found.status == Status.OK) & (joint.status == Status.OK)
    assert both.sum() > 20
    np.testing.assert_allclose(found.loadings[both][:, :5], joint.value[both], atol=1e-8)


# --- scores ---


def test_csem_divides_by_reliabilities_of_its_own_lower_loadings():
    # From cSEM's loadings and weights alone: its construct correlations are those of the scores over roots of (w'l)^2.
    case = content("csem-regression-scores")["cases"]["crm_000"]
    model = Model.parse(case["model"])
    sample = batch_of("crm_000", model).moments.correlations[0]
    loadings, weights = (
        np.array([case["value"][f"{b.construct}{sign}{i}"] for b in model.blocks for i in b.items])
        for sign in ("=~", "<~")
    )
    indicator = model.block_of[:, None] == np.arange(3)
    scores = (weights[:, None] * indicator).T @ sample @ (weights[:, None] * indicator)
    root = np.add.reduceat(weights * loadings, model.bounds[:-1])
    for pair in ("A~~O", "A~~P", "O~~P"):
        a, b = (model.constructs.index(part) for part in pair.split("~~"))
        assert scores[a, b] / (root[a] * root[b]) == pytest.approx(case["value"][pair], abs=1e-12)


@pytest.mark.parametrize("kind", SCORES)
def test_paths_are_lm_on_the_scores(kind):
    batch = Batch.of(draw(CRM, 72, 1, np.random.default_rng(8)))
    model, z = CRM.model, batch.raw[0] - batch.raw[0].mean(0)
    z = z / z.std(0)
    found = measure(batch, model)
    columns = []
    for lower, upper in zip(model.bounds, model.bounds[1:], strict=False):
        loading, items = found.loadings[0, lower:upper], z[:, lower:upper]
        if kind is RegressionScores:
            weight = np.linalg.solve(np.outer(loading, loading) + np.diag(1 - loading**2), loading)
        else:
            weight = loading / (1 - loading**2) / np.sum(loading**2 / (1 - loading**2))
        columns.append(items @ weight)
    raw = np.column_stack(columns)
    targets = [model.target("PERF~ACRM"), model.target("PERF~OCRM")]
    for metric, data in (("scores", raw / raw.std(0)), ("factors", raw)):
        ols = sm.OLS(data[:, 2], sm.add_constant(data[:, :2])).fit()
        fit = kind(metric=metric).fit(batch, model, targets)
        np.testing.assert_allclose(fit.value[0], ols.params[1:], atol=1e-9)
        np.testing.assert_allclose(fit.se[0], ols.bse[1:], rtol=1e-9)
        np.testing.assert_allclose(fit.p_value[0], ols.pvalues[1:], rtol=1e-7)
        np.testing.assert_allclose(np.array([fit.lower[0], fit.upper[0]]).T, ols.conf_int()[1:], atol=1e-9)


def test_settings_do_what_they_say_in_the_limit():
    model, batch = CRM.model, Batch.of_moments(CRM.moments)
    targets = [t for t in model.targets if t.kind in ("path", "r2", "correlation")]
    truth = CRM.truth(targets)
    for kind in SCORES:
        for correction in ("reliability", "csem"):
            assert kind(correction).fit(batch, model, targets).value[0] == pytest.approx(truth, abs=1e-6)
        plain = kind().fit(batch, model, [model.target("ACRM~~PERF")])
        assert plain.value[0, 0] < CRM.truth([model.target("ACRM~~PERF")])[0] - 0.02
    shrunk, grown = (kind(metric="factors").fit(batch, model, targets).value[0] for kind in SCORES)
    assert not np.allclose(shrunk[:2], grown[:2], atol=1e-3)


# --- Croon ---


@pytest.mark.parametrize("method", SCORES)
def test_effect_sizes_do_not_depend_on_the_metric_of_the_paths(method):
    batch = Batch.of(draw(CRM, 80, 3, np.random.default_rng(2)))
    targets = [CRM.model.target(f"f2({outcome}~{predictor})") for outcome, predictor in CRM.model.paths]
    scores, factors = (method(metric=metric).fit(batch, CRM.model, targets) for metric in ("scores", "factors"))
    assert np.array_equal(scores.value, factors.value)


def test_croon_is_local_sam_wherever_covariances_are_proper():
    model = CRM.model
    batch = Batch.of(draw(CRM, 72, 200, np.random.default_rng(3)))
    targets = [t for t in model.targets if t.kind != "alpha"]
    croon, sam = (method.fit(batch, model, targets) for method in (Croon(), LocalSAM().without_inference()))
    proper = (croon.status == Status.OK) & (sam.status == Status.OK)
    assert proper.sum() > 150
    np.testing.assert_allclose(croon.value[proper], sam.value[proper], rtol=0, atol=1e-8)


def test_croon_corrects_bartlett_and_regression_scores_to_the_same_covariances():
    batch = Batch.of(draw(CRM, 72, 1, np.random.default_rng(12)))
    model, found = CRM.model, measure(batch, CRM.model)
    paths = [model.target("PERF~ACRM"), model.target("PERF~OCRM")]
    corrected = Croon().fit(batch, model, paths).value[0]
    loading, error = found.loadings[0], found.errors[0]
    matrix = np.where(model.block_of[:, None] == np.arange(3), loading[:, None], 0.0)
    phi = np.eye(3)
    bartlett = np.linalg.solve(matrix.T / error @ matrix, matrix.T / error)
    regression = phi @ matrix.T @ np.linalg.inv(matrix @ phi @ matrix.T + np.diag(error))
    for weights in (bartlett, regression):
        size = np.diag(weights @ matrix)
        among = weights @ batch.moments.correlations[0] @ weights.T
        among[np.diag_indices(3)] -= np.sum(weights**2 * error, axis=1)
        among /= np.outer(size, size)
        slope = np.linalg.solve(among[:2, :2], among[:2, 2])
        slope *= np.sqrt(np.diag(among)[:2] / among[2, 2])
        np.testing.assert_allclose(slope, corrected, atol=1e-9)


# --- what they cannot do ---


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A =~ a1+a2+a3\nB <~ b1+b2\nB ~ A", "block B is composite"),
        ("A =~ a1+a2+a3\nB =~ b1+b2+b3\nB ~ A\na1 ~~ b1", "`a1 ~~ b1`"),
        ("A =~ a1+a2+a3\nB =~ b1+b2+b3\nC =~ c1+c2+c3\nB ~ A\nC ~ A + B\nB ~~ C", "`B ~~ C`"),
        ("A =~ a1+a2", "do not determine"),
    ],
)
def test_refusals_name_what_is_wrong(text, says):
    for method in (RegressionScores(), BartlettScores(), Croon()):
        assert says in method.refusal(Model.parse(text))
        assert method.refusal(CRM.model) is None


def test_a_covariance_of_exogenous_constructs_is_free_written_or_not():
    written = Model.parse(CRM.model.syntax + "\nACRM ~~ OCRM")
    batch = Batch.of(draw(CRM, 72, 2, np.random.default_rng(5)))
    for method in (BartlettScores(), Croon()):
        assert method.refusal(written) is None
        assert np.array_equal(method.fit(batch, written).value, method.fit(batch, CRM.model).value)


@pytest.mark.parametrize("n", [4, 12, 20])
def test_small_samples_get_a_status_and_no_exception(n):
    batch = Batch.of(draw(CRM, n, 60, np.random.default_rng(n)))
    for method in (RegressionScores(), BartlettScores("reliability"), Croon(), LocalSAM()):
        fit = method.fit(batch, CRM.model)
        paths = [q for q, t in enumerate(fit.targets) if t.kind == "path"]
        assert np.array_equal(np.isfinite(fit.value[:, paths]).all(axis=1), ~fit.fatal)
