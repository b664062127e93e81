"""Maximum likelihood against its textbook form, finite differences, and on population moments."""

import numpy as np
import pytest
from numba import njit

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.structure import error_pairs, parameter_count, structural_parameters
from estimators.kernels.factor_model import Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from sim.batch import Batch, Moments
from sim.model import Model
from sim.population.record import Population
from tests.textbook import RICH, SIMPLE, SMALLER, Plain, derivative, drawn, fit_with_gaps, names_of

METHOD = MaximumLikelihood()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("model", "dropped", "smaller"),
    [
        (SIMPLE, (), SIMPLE),
        (RICH, ("m1", "t2"), SMALLER),
        (RICH, (), RICH),
        # The item left alone in A has no error any more.
        (SIMPLE, ("a1", "a3", "b2"), Model.parse("A =~ a2\nB =~ b1+b3+b4\nP =~ p1+p2+p3\nP ~ A + B")),
    ],
)
def test_the_compiled_loop_agrees_with_the_plain_version(model, dropped, smaller, seed):
    retained = ~np.isin(model.items, dropped)
    data = drawn(model, 250, seed)
    names = names_of(smaller) + (["A->M->P"] if "M" in smaller.constructs else [])
    targets = [model.target(name) for name in [*names, "chisq", "df"]]
    fit = METHOD.fit(Batch.of(data).keep(retained[None]), model, targets)
    plain = Plain(smaller, np.cov(data[0][:, retained].T, bias=True))
    x = plain.solve()
    assert fit.status[0] <= Status.INADMISSIBLE
    np.testing.assert_allclose(fit.value[0, :-2], plain.targets(x, names), rtol=0, atol=1e-6)
    assert fit.value[0, -2] == pytest.approx(250 * plain.value(x)[0], abs=1e-6)
    p = int(retained.sum())
    assert fit.value[0, -1] == p * (p + 1) // 2 - len(x) == p * (p + 1) // 2 - parameter_count(smaller)
    numeric = plain.standard_errors(x, 250, names)
    fixed = np.isnan(fit.se[0, :-2])  # an item alone: loading, AVE and rho_c are 1
    assert np.all(numeric[fixed] < 1e-8)
    np.testing.assert_allclose(fit.se[0, :-2][~fixed], numeric[~fixed], rtol=0, atol=1e-6)


def test_several_outcomes_share_free_residual_covariances():
    model = Model.parse("A =~ a1+a2+a3\nP =~ p1+p2+p3\nQ =~ q1+q2+q3\nP ~ A\nQ ~ A")
    data = drawn(model, 200, 5)
    fit = METHOD.fit(Batch.of(data), model)
    plain = Plain(model, np.cov(data[0].T, bias=True))
    names = names_of(model)
    assert ("variance", 1, 2) in plain.free
    kept = [fit.column(name) for name in names]
    np.testing.assert_allclose(fit.value[0, kept], plain.targets(plain.solve(), names), rtol=0, atol=1e-6)


@njit(cache=True)
def at_point(x, sample, retained, scales_free, order, steps, errors, bounds):
    structure = Structure(order, steps, errors, bounds)
    pattern, point = (
        empty_pattern(len(retained), len(order), len(errors)),
        empty_point(len(retained), len(order), len(steps), len(x)),
    )
    read_pattern(retained, structure, pattern)
    gradient, expected = np.zeros(len(x)), np.zeros((len(x), len(x)))
    f = discrepancy(x, sample, scales_free, structure, pattern, point, gradient)
    information(x, scales_free, pattern, point, expected)
    return f, gradient, expected


@pytest.mark.parametrize("model", [SIMPLE, RICH], ids=["by parts", "by Cholesky"])
def test_gradient_and_information_agree_with_finite_differences(model):
    sample = np.corrcoef(drawn(model, 60, 1)[0].T)
    p, steps, errors = len(model.items), structural_parameters(model), error_pairs(model)
    rng = np.random.default_rng(0)
    loadings = p - int((np.bincount(model.block_of) == 1).sum())
    x = np.concatenate(
        [rng.normal(0, 0.1, p), rng.uniform(0.4, 0.8, loadings), rng.normal(0, 0.1, len(errors) + len(steps))]
    )

    def at(y, matrix=sample):
        arrays = (np.array(model.causal_order), steps, errors, model.bounds)
        return at_point(y, matrix, np.ones(p, dtype=bool), True, *arrays)

    np.testing.assert_allclose(at(x)[1], derivative(lambda y: at(y)[0], x), rtol=0, atol=1e-8)
    # f at S = Sigma(x) has the expected information as its Hessian. Sigma(x) is read off f, which is linear in S.
    base, unit = at(x, np.zeros((p, p)))[0], np.eye(p)
    inverse = np.array([[at(x, np.outer(a, b) + np.outer(b, a))[0] - base for a in unit] for b in unit])
    implied = np.linalg.inv(inverse)
    hessian = derivative(lambda y: at(y, implied)[1], x)
    expected = np.triu(at(x)[2]) + np.triu(at(x)[2], 1).T
    np.testing.assert_allclose(expected, hessian, rtol=0, atol=1e-7)


def test_population_moments_give_the_truth_and_no_inference():
    values = {target.name: 0.55 + 0.02 * i for i, target in enumerate(t for t in SIMPLE.targets if t.kind == "loading")}
    population = Population.of(SIMPLE, values | {"P~A": 0.45, "P~B": 0.2, "A~~B": 0.4})
    targets = [t for t in SIMPLE.targets if t.kind != "alpha"]
    fit = METHOD.fit(Batch.of_moments(population.moments), SIMPLE, [*targets, *map(SIMPLE.target, ("chisq", "df"))])
    np.testing.assert_allclose(fit.value[0, :-2], population.truth(targets), rtol=0, atol=1e-7)
    assert np.isnan(fit.value[0, -2])
    assert fit.value[0, -1] == 32
    assert np.isnan(fit.se).all()
    assert np.isnan(fit.p_value).all()


def test_a_replication_does_not_depend_on_its_batch():
    fit_with_gaps(METHOD, drawn(SIMPLE, 40, 3, replications=30), SIMPLE.targets)


def test_intervals_and_p_values_are_normal():
    fit = MaximumLikelihood(level=0.9).fit(Batch.of(drawn(SIMPLE, 200, 2)), SIMPLE, [SIMPLE.target("P~A")])
    z = 1.6448536269514722
    assert fit.lower[0, 0] == pytest.approx(fit.value[0, 0] - z * fit.se[0, 0])
    assert fit.upper[0, 0] == pytest.approx(fit.value[0, 0] + z * fit.se[0, 0])
    assert MaximumLikelihood(level=1 - fit.p_value[0, 0]).fit(
        Batch.of(drawn(SIMPLE, 200, 2)), SIMPLE, [SIMPLE.target("P~A")]
    ).lower[0, 0] == pytest.approx(0, abs=1e-9)


def test_the_scale_of_the_answers_does_not_matter_and_a_reversed_construct_is_turned_back():
    data = drawn(SIMPLE, 100, 4)
    reversed_block = np.where(SIMPLE.block_of == 0, -1.0, 1.0)
    first = METHOD.fit(Batch.of(data), SIMPLE)
    second = METHOD.fit(Batch.of(3 + data * reversed_block * np.linspace(1, 100, 10)), SIMPLE)
    flips = [name in ("P~A", "A~~B", "A~~P") for name in (t.name for t in SIMPLE.targets)]
    kept = [t.kind != "alpha" for t in SIMPLE.targets]
    turned = np.where(flips, -first.value, first.value)
    np.testing.assert_allclose(second.value[:, kept], turned[:, kept], rtol=0, atol=1e-7)
    np.testing.assert_allclose(second.se, first.se, rtol=0, atol=1e-7, equal_nan=True)


def one_factor(correlations):
    model = Model.parse("F =~ x1+x2+x3")
    matrix = np.eye(3)
    matrix[np.triu_indices(3, 1)] = correlations
    matrix = np.maximum(matrix, matrix.T)
    return METHOD.fit(Batch.of_moments(Moments(np.zeros((1, 3)), matrix[None], 50)), model)


def test_a_negative_error_variance_is_inadmissible_and_keeps_its_numbers():
    fit = one_factor([0.8, 0.8, 0.5])
    assert fit.status[0] == Status.INADMISSIBLE
    assert fit.value[0, fit.column("F=~x1")] == pytest.approx(np.sqrt(0.8 * 0.8 / 0.5), abs=1e-7)
    assert np.isfinite(fit.se[0, fit.column("F=~x1")])


def test_a_construct_explained_beyond_one_is_inadmissible():
    model = Model.parse("A =~ a1+a2+a3\nP =~ p1+p2+p3\nP ~ A")
    matrix = np.full((6, 6), 0.3)
    matrix[:3, 3:] = matrix[3:, :3] = 0.33
    np.fill_diagonal(matrix, 1.0)
    fit = METHOD.fit(Batch.of_moments(Moments(np.zeros((1, 6)), matrix[None], 100)), model)
    assert fit.status[0] == Status.INADMISSIBLE
    assert fit.value[0, fit.column("P~A")] == pytest.approx(1.1, abs=1e-7)
    assert fit.value[0, fit.column("r2(P)")] == pytest.approx(1.21, abs=1e-7)


def test_each_broken_replication_fails_alone():
    data = drawn(SIMPLE, 60, 7, replications=6)
    data[0, :, 2] = 3.0
    data[1, :, 4] = data[1, :, 5]
    retained = np.ones((6, 10), dtype=bool)
    retained[2, :3] = False  # a block without items
    retained[4, 2] = False  # the constant item of replication 0 would do no harm once dropped
    data[4, :, 2] = 1.0
    fit = METHOD.fit(Batch.of(data).keep(retained), SIMPLE)
    expected = [Status.CONSTANT_ITEM, Status.SINGULAR, Status.UNIDENTIFIED, Status.OK, Status.OK, Status.OK]
    assert fit.status.tolist() == expected
    assert np.isnan(fit.value[4, fit.column("A=~a3")])
    assert np.isfinite(fit.value[4, fit.column("P~A")])
    assert METHOD.fit(Batch.of(drawn(SIMPLE, 10, 1)), SIMPLE).status[0] == Status.SINGULAR  # n <= p
    hurried = MaximumLikelihood(max_iterations=2).fit(Batch.of(drawn(SIMPLE, 60, 1)), SIMPLE)
    assert hurried.status[0] == Status.NOT_CONVERGED


def test_what_the_data_do_not_determine_is_unidentified():
    pair = Model.parse("A =~ a1+a2\nB =~ b1+b2+b3\nB ~ A")
    matrix = np.eye(5)
    matrix[0, 1] = matrix[1, 0] = 0.4
    matrix[2:, 2:] += 0.5 * (1 - np.eye(3))
    fit = METHOD.fit(Batch.of_moments(Moments(np.zeros((1, 5)), matrix[None], 100)), pair)
    assert fit.status[0] == Status.UNIDENTIFIED  # a pair of items unrelated to the rest: their loadings are free
    screened = np.array([[True, True, False, True, True, False]])
    lone = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3\na1 ~~ a2\nb1 ~~ b2")
    assert METHOD.refusal(lone) is None
    fit = METHOD.fit(Batch.of(drawn(lone, 100, 1)).keep(screened), lone)
    assert fit.status[0] == Status.UNIDENTIFIED  # 11 parameters left, 10 moments


@pytest.mark.parametrize(("n", "usable"), [(72, 1.0), (30, 0.97), (20, 0.9)])
def test_small_samples_seldom_fail(n, usable):
    model = Model.parse("A =~ a1+a2+a3+a4+a5\nB =~ b1+b2+b3+b4+b5\nP =~ p1+p2+p3+p4+p5\nP ~ A + B")
    fit = METHOD.fit(Batch.of(drawn(model, n, 1, replications=300)), model)
    assert (~fit.fatal).mean() >= usable
    assert np.isfinite(fit.value[~fit.fatal]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A <~ a1+a2\nB =~ b1+b2+b3\nB ~ A", "block A is composite"),
        ("A =~ a1+a2", "4 free parameters, and 2 items give 3 variances and covariances"),
        ("A =~ a1\nB =~ b1+b2+b3\nB ~ A\na1 ~~ b1", "a1 is the only item of A and so has no error"),
    ],
)
def test_refusals_say_what_is_wrong_and_what_to_do(text, message):
    assert message in METHOD.refusal(Model.parse(text))
    assert METHOD.refusal(RICH) is None
