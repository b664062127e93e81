"""Maximum likelihood against its textbook form, finite differences, and on population moments."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numba import njit
from scipy.optimize import minimize

from estimators.base import Status
from estimators.covariance import MaximumLikelihood
from estimators.kernels.factor_model import Structure, empty_pattern, empty_point, read_pattern
from estimators.kernels.implied import discrepancy
from estimators.kernels.information import information
from estimators.structure import error_pairs, parameter_count, structural_parameters
from sim.batch import Batch, Moments
from sim.model import Model
from sim.population import Population

METHOD = MaximumLikelihood()
SIMPLE = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3+b4\nP =~ p1+p2+p3\nP ~ A + B")
#: A block of two, an item alone, several outcomes, mediation, error covariances in and between blocks, M ~~ T.
RICH = Model.parse(
    "A =~ a1+a2+a3+a4\nB =~ b1+b2\nM =~ m1+m2+m3\nP =~ p1+p2+p3\nS =~ s1\nT =~ t1+t2+t3\n"
    "M ~ A + B\nP ~ M\nS ~ M + A\nT ~ S\na2 ~~ m1\np1 ~~ p3\nM ~~ T"
)


def drawn(model, n, seed, replications=None, loading=0.7, path=0.35):
    """Continuous answers (R, n, p), loadings and paths all equal, exogenous constructs correlating about 0.3."""
    rng = np.random.default_rng(seed)
    shape = (replications or 1, n, len(model.blocks))
    exogenous = ~model.path_matrix.any(axis=1)
    residuals = 0.8 * rng.standard_normal(shape) + np.sqrt(0.3) * exogenous * rng.standard_normal((*shape[:2], 1))
    constructs = residuals @ np.linalg.inv(np.eye(shape[2]) - path * model.path_matrix).T
    error = np.sqrt(1 - loading**2) * rng.standard_normal((*shape[:2], len(model.items)))
    error[:, :, np.isin(model.items, "s1")] = 0.0
    return loading * constructs[:, :, model.block_of] + error


@dataclass
class Plain:
    """The textbook form of the model: unstandardised, the first loading of each block 1, every variance free."""

    model: Model
    sample: np.ndarray

    def __post_init__(self):
        single = np.bincount(self.model.block_of)[self.model.block_of] == 1
        first = np.isin(np.arange(len(single)), self.model.bounds[:-1])
        m, p = len(self.model.blocks), len(single)
        self.free = [("loading", i, j) for i, j in enumerate(self.model.block_of) if not first[i]]
        self.free += [("error", i, i) for i in range(p) if not single[i]]
        self.free += [("error", i, k) for i, k in error_pairs(self.model)]
        self.free += [("variance", j, j) for j in range(m)]
        self.free += [("variance" if kind else "path", a, b) for kind, a, b in structural_parameters(self.model)]

    def matrices(self, x):
        p, m = len(self.sample), len(self.model.blocks)
        loading = (self.model.block_of[:, None] == np.arange(m)).astype(float)
        loading[np.setdiff1d(np.arange(p), self.model.bounds[:-1])] = 0.0
        parts = {"loading": loading, "error": np.zeros((p, p)), "variance": np.zeros((m, m)), "path": np.zeros((m, m))}
        for value, (kind, a, b) in zip(x, self.free, strict=True):
            parts[kind][a, b] = value
            if kind in ("error", "variance"):
                parts[kind][b, a] = value
        total = np.linalg.inv(np.eye(m) - parts["path"])
        return parts, total, total @ parts["variance"] @ total.T

    def implied(self, x):
        parts, _, constructs = self.matrices(x)
        return parts["loading"] @ constructs @ parts["loading"].T + parts["error"]

    def value(self, x):
        """F_ML and its gradient."""
        parts, total, constructs = self.matrices(x)
        implied = self.implied(x)
        if np.linalg.eigvalsh(implied)[0] <= 0:
            return 1e10, np.zeros(len(x))
        inverse = np.linalg.inv(implied)
        f = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(self.sample)[1]
        f += np.trace(inverse @ self.sample) - len(self.sample)
        q = inverse - inverse @ self.sample @ inverse
        along = parts["loading"] @ total
        slopes = {
            "loading": 2 * q @ parts["loading"] @ constructs,
            "error": q,
            "variance": along.T @ q @ along,
            "path": 2 * along.T @ q @ parts["loading"] @ constructs,
        }
        double = [2.0 if kind in ("error", "variance") and a != b else 1.0 for kind, a, b in self.free]
        return f, np.array([d * slopes[kind][a, b] for d, (kind, a, b) in zip(double, self.free, strict=True)])

    def solve(self):
        start = {"loading": 1.0, "error": 0.5, "variance": 0.3, "path": 0.0}
        x = np.array([start[kind] if a == b or kind == "loading" else 0.0 for kind, a, b in self.free])
        found = minimize(self.value, x, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
        # Newton on the analytic gradient takes off what the line search leaves.
        x = found.x
        for _ in range(5):
            hessian = derivative(lambda y: self.value(y)[1], x)
            x = x - np.linalg.solve((hessian + hessian.T) / 2, self.value(x)[1])
        return x

    def targets(self, x, names):
        """Standardised targets at x, constructs turned to a positive sum of loadings."""
        parts, _, constructs = self.matrices(x)
        deviation = np.sqrt(np.diag(constructs))
        loading = (parts["loading"] * deviation).sum(axis=1) / np.sqrt(np.diag(self.implied(x)))
        sign = np.sign(np.add.reduceat(loading, self.model.bounds[:-1]))
        loading, scale = loading * sign[self.model.block_of], sign / deviation
        path = parts["path"] * scale[:, None] / scale
        correlation = constructs * scale[:, None] * scale
        r2 = 1 - np.diag(parts["variance"]) / np.diag(constructs)
        return np.array([self.target(self.model.target(name), loading, path, correlation, r2) for name in names])

    def target(self, target, loading, path, correlation, r2):
        j = [self.model.constructs.index(part) for part in target.parts if part in self.model.constructs]
        own = loading[self.model.block_of == j[0]]
        match target.kind:
            case "path":
                return path[j[0], j[1]]
            case "indirect":
                return np.prod([path[b, a] for a, b in pairwise(j)])
            case "correlation":
                return correlation[j[0], j[1]]
            case "loading":
                return loading[self.model.items.index(target.parts[1])]
            case "r2":
                return r2[j[0]]
            case "ave":
                return np.mean(own**2)
            case "rho_c":
                return own.sum() ** 2 / (own.sum() ** 2 + (1 - own**2).sum())

    def standard_errors(self, x, n, names):
        """Delta method on the expected information, every derivative by finite differences."""
        inverse = np.linalg.inv(self.implied(x))
        slopes = derivative(lambda y: self.implied(y).ravel(), x).T.reshape(len(x), *self.sample.shape)
        products = [inverse @ slope for slope in slopes]
        expected = n / 2 * np.array([[np.trace(a @ b) for b in products] for a in products])
        jacobian = derivative(lambda y: self.targets(y, names), x)
        return np.sqrt(np.diag(jacobian @ np.linalg.inv(expected) @ jacobian.T))


def derivative(function, x, step=1e-5):
    """Central differences (outputs, inputs), with one Richardson step."""
    columns = []
    for e in np.eye(len(x)):
        slope = [(function(x + h * e) - function(x - h * e)) / (2 * h) for h in (step, 2 * step)]
        columns.append((4 * slope[0] - slope[1]) / 3)
    return np.array(columns).T


def names_of(model):
    return [target.name for target in model.targets if target.kind != "alpha"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("model", "dropped", "smaller"),
    [
        (SIMPLE, (), SIMPLE),
        # The item left alone in A has no error any more, and the error covariance goes with a dropped item.
        (
            RICH,
            ("m1", "t2"),
            Model.parse(RICH.syntax.replace("m1 + ", "").replace("t2 + ", "").replace("\na2 ~~ m1", "")),
        ),
        (RICH, (), RICH),
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


@njit
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
    data = drawn(SIMPLE, 40, 3, replications=30)
    retained = np.ones((30, 10), dtype=bool)
    retained[::2, 1] = retained[::3, 6] = False
    batch = Batch.of(data).keep(retained)
    whole = METHOD.fit(batch, SIMPLE)
    for r in range(30):
        one = METHOD.fit(Batch.of(data[r]).keep(retained[r : r + 1]), SIMPLE)
        for name in ("value", "se", "lower", "upper", "p_value", "status", "iterations"):
            np.testing.assert_array_equal(getattr(one, name)[0], getattr(whole, name)[r])
    values = METHOD.without_inference().fit(batch, SIMPLE)
    np.testing.assert_array_equal(values.value, whole.value)
    np.testing.assert_array_equal(values.status, whole.status)
    assert np.isnan(values.se).all()


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
