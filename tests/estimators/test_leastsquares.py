"""ULS and GLS against their textbook form, finite differences, and on population moments."""

import numpy as np
import pytest
from numba import njit
from scipy.optimize import minimize

from estimators.base import Status
from estimators.factors.leastsquares import GeneralizedLeastSquares, UnweightedLeastSquares
from estimators.factors.structure import error_pairs, structural_parameters
from estimators.kernels.descent import (
    GENERALIZED,
    PAIRS,
    Problem,
    expected_information,
    value_and_gradient,
)
from estimators.kernels.factor_model import Structure, empty_pattern, empty_point, read_pattern
from sim.batch import Batch, Moments
from sim.model import Model
from sim.population.record import Population
from tests.textbook import (
    ERRORS,
    RICH,
    SIMPLE,
    SMALLER,
    PlainSquares,
    derivative,
    drawn,
    fit_with_gaps,
    names_of,
    normal_gamma,
)

GLS, ULS = GeneralizedLeastSquares(), UnweightedLeastSquares()
METHODS = pytest.mark.parametrize("method", [GLS, ULS], ids=["gls", "uls"])
CASES = [
    ("gls", SIMPLE, (), SIMPLE),
    ("gls", RICH, (), RICH),
    ("gls", RICH, ("m1", "t2"), SMALLER),
    ("uls", SIMPLE, (), SIMPLE),
    ("uls", ERRORS, (), ERRORS),
    ("unit", ERRORS, (), ERRORS),
]
INDICES = ("chisq", "df", "cfi", "tli", "rmsea", "srmr")


@pytest.mark.parametrize(("name", "model", "dropped", "smaller"), CASES)
def test_the_compiled_loop_agrees_with_the_plain_version(name, model, dropped, smaller):
    method = {"gls": GLS, "uls": ULS, "unit": UnweightedLeastSquares(errors="unit")}[name]
    retained = ~np.isin(model.items, dropped)
    data = drawn(model, 300, 1) * np.linspace(0.7, 1.5, len(model.items))
    names = names_of(smaller)
    targets = [model.target(name) for name in [*names, "chisq"]]
    fit = method.fit(Batch.of(data).keep(retained[None]), model, targets)
    sample = np.cov(data[0][:, retained].T)
    gamma = normal_gamma(sample)
    weight = np.linalg.inv(gamma) if name == "gls" else np.eye(len(gamma))
    plain = PlainSquares(smaller, sample, weight)
    x = plain.solve()
    assert fit.status[0] <= Status.INADMISSIBLE
    np.testing.assert_allclose(fit.value[0, :-1], plain.targets(x, names), rtol=0, atol=1e-6)
    assert fit.value[0, -1] == pytest.approx(299 * plain.statistic(x), rel=1e-6)
    numeric = plain.standard_errors(x, 300, names, np.eye(len(gamma)) if name == "unit" else gamma)
    fixed = np.isnan(fit.se[0, :-1])  # an item alone: loading, AVE and rho_c are 1
    assert np.all(numeric[fixed] < 1e-8)
    np.testing.assert_allclose(fit.se[0, :-1][~fixed], numeric[~fixed], rtol=1e-5)


@njit(cache=True)
def at_point(kind, x, sample, weights, order, steps, errors, bounds):
    structure = Structure(order, steps, errors, bounds)
    pattern = empty_pattern(len(sample), len(order), len(errors))
    point = empty_point(len(sample), len(order), len(steps), len(x))
    read_pattern(np.ones(len(sample), np.bool_), structure, pattern)
    gradient, expected = np.zeros(len(x)), np.zeros((len(x), len(x)))
    problem = Problem(kind, sample, weights, kind == GENERALIZED)
    f = value_and_gradient(x, problem, structure, pattern, point, gradient)
    implied = point.wide.copy()
    expected_information(x, problem, problem.scales_free, pattern, point, expected)
    return f, gradient, expected, implied


@pytest.mark.parametrize("kind", [PAIRS, GENERALIZED], ids=["pairs", "generalized"])
def test_gradient_and_information_agree_with_finite_differences(kind):
    p, steps, errors = len(RICH.items), structural_parameters(RICH), error_pairs(RICH)
    rng = np.random.default_rng(0)
    scales = rng.normal(0, 0.1, p) * (kind == GENERALIZED)
    x = np.concatenate([scales, rng.uniform(0.4, 0.8, p - 1), rng.normal(0, 0.1, len(errors) + len(steps))])
    sample = np.corrcoef(drawn(RICH, 60, 1)[0].T)
    weights = np.linalg.inv(sample) if kind == GENERALIZED else np.add.outer(*2 * [rng.uniform(1, 2, p)])
    free = slice(0 if kind == GENERALIZED else p, None)

    def at(y, matrix=sample, weighting=weights):
        return at_point(kind, y, matrix, weighting, np.array(RICH.causal_order), steps, errors, RICH.bounds)

    np.testing.assert_allclose(at(x)[1][free], derivative(lambda y: at(y)[0], x)[free], rtol=0, atol=1e-8)
    # Without residuals the Gauss-Newton matrix is the Hessian.
    scale = np.exp(x[:p])
    implied = scale[:, None] * at(x)[3] * scale
    fitted = np.linalg.inv(implied) if kind == GENERALIZED else weights
    hessian = derivative(lambda y: at(y, implied, fitted)[1], x)[free, free]
    expected = at(x, implied, fitted)[2][free, free]
    np.testing.assert_allclose(np.triu(expected) + np.triu(expected, 1).T, hessian, rtol=0, atol=1e-7)


def test_independence_under_generalized_least_squares_is_its_minimum():
    data = drawn(SIMPLE, 80, 3)
    retained = np.arange(10) != 4
    fit = GLS.fit(Batch.of(data).keep(retained[None]), SIMPLE, [SIMPLE.target(name) for name in INDICES])
    precision = np.linalg.inv(np.corrcoef(data[0][:, retained].T))

    def independence(diagonal):
        excess = np.eye(9) - precision * diagonal
        return 0.5 * np.trace(excess @ excess)

    least = minimize(independence, np.ones(9))
    chisq, df, cfi = fit.value[0, :3]
    assert cfi == pytest.approx(1 - max(chisq - df, 0) / (79 * least.fun - 36), abs=1e-6)


@METHODS
def test_population_moments_give_the_truth_and_no_inference(method):
    values = {target.name: 0.55 + 0.02 * i for i, target in enumerate(t for t in SIMPLE.targets if t.kind == "loading")}
    population = Population.of(SIMPLE, values | {"P~A": 0.45, "P~B": 0.2, "A~~B": 0.4})
    targets = [t for t in SIMPLE.targets if t.kind != "alpha"]
    fit = method.fit(Batch.of_moments(population.moments), SIMPLE, [*targets, *map(SIMPLE.target, INDICES)])
    np.testing.assert_allclose(fit.value[0, :-6], population.truth(targets), rtol=0, atol=1e-7)
    np.testing.assert_allclose(fit.value[0, -6:], [np.nan, 32, 1, 1, 0, 0], rtol=0, atol=1e-6)
    assert np.isnan(fit.se).all()
    assert np.isnan(fit.p_value).all()


@METHODS
def test_a_replication_does_not_depend_on_its_batch(method):
    fit_with_gaps(method, drawn(SIMPLE, 60, 3, replications=12), [*SIMPLE.targets, *map(SIMPLE.target, INDICES)])


@METHODS
def test_each_broken_replication_fails_alone(method):
    data = drawn(SIMPLE, 60, 7, replications=4)
    data[0, :, 2] = 3.0
    data[1, :, 4] = data[1, :, 5]
    retained = np.ones((4, 10), dtype=bool)
    retained[2, :3] = False
    fit = method.fit(Batch.of(data).keep(retained), SIMPLE)
    equal = Status.SINGULAR if method is GLS else Status.OK  # equal items matter where the sample is inverted
    assert fit.status.tolist() == [Status.CONSTANT_ITEM, equal, Status.UNIDENTIFIED, Status.OK]
    assert method.refusal(Model.parse("A <~ a1+a2\nB =~ b1+b2+b3\nB ~ A")).startswith("block A is composite")


def test_fewer_respondents_than_items():
    data = drawn(SIMPLE, 9, 2, replications=5, loading=0.8)
    assert (GLS.fit(Batch.of(data), SIMPLE).status == Status.SINGULAR).all()
    fit = ULS.fit(Batch.of(data), SIMPLE)
    assert (~fit.fatal).any()
    assert np.isfinite(fit.se[~fit.fatal, fit.column("P~A")]).all()


def test_units_matter_to_uls_alone():
    data, units = drawn(SIMPLE, 100, 4), np.linspace(1, 10, 10)
    moved = [abs(m.fit(Batch.of(data * units), SIMPLE).value - m.fit(Batch.of(data), SIMPLE).value) for m in (GLS, ULS)]
    kept = [target.kind != "alpha" for target in SIMPLE.targets]
    assert moved[0][:, kept].max() < 1e-6
    assert moved[1][:, kept].max() > 1e-3
    same = ULS.fit(Batch.of(data * 7), SIMPLE), ULS.fit(Batch.of(data), SIMPLE)
    np.testing.assert_allclose(same[0].se, same[1].se, rtol=1e-6)


def test_what_the_data_do_not_determine_is_unidentified():
    pair = Model.parse("A =~ a1+a2\nB =~ b1+b2+b3\nB ~ A")
    matrix = np.eye(5)
    matrix[0, 1] = matrix[1, 0] = 0.4
    matrix[2:, 2:] += 0.5 * (1 - np.eye(3))
    batch = Batch.of_moments(Moments(np.zeros((1, 5)), matrix[None], 100))
    assert [m.fit(batch, pair).status[0] for m in (GLS, ULS)] == [Status.UNIDENTIFIED] * 2


@METHODS
def test_standard_errors_are_the_spread_of_estimates_in_large_samples(method):
    targets = [t for t in SIMPLE.targets if t.kind in ("path", "loading", "correlation", "r2")]
    fit = method.fit(Batch.of(drawn(SIMPLE, 500, 8, replications=800)), SIMPLE, targets)
    assert (fit.status == Status.OK).all()
    # An empirical SE of 800 estimates is known to 2.5 %; some 15 of them are compared, at four errors.
    np.testing.assert_allclose(fit.se.mean(axis=0) / fit.value.std(axis=0, ddof=1), 1, atol=0.1)


def test_a_standard_error_does_not_depend_on_what_else_is_asked_for():
    batch = Batch.of(drawn(SIMPLE, 120, 2, replications=3))
    whole = ULS.fit(batch, SIMPLE)
    for column, target in enumerate(whole.targets):
        assert np.array_equal(ULS.fit(batch, SIMPLE, [target]).se[:, 0], whole.se[:, column], equal_nan=True)
