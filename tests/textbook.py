"""Covariance structure models as textbooks write them, and data for them: what several test files compare with."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import least_squares, minimize

from estimators.factors.structure import error_pairs, structural_parameters
from sim.batch import Batch
from sim.model import Model

SIMPLE = Model.parse("A =~ a1+a2+a3\nB =~ b1+b2+b3+b4\nP =~ p1+p2+p3\nP ~ A + B")
#: A block of two, an item alone, several outcomes, mediation, error covariances in and between blocks, M ~~ T.
RICH = Model.parse(
    "A =~ a1+a2+a3+a4\nB =~ b1+b2\nM =~ m1+m2+m3\nP =~ p1+p2+p3\nS =~ s1\nT =~ t1+t2+t3\n"
    "M ~ A + B\nP ~ M\nS ~ M + A\nT ~ S\na2 ~~ m1\np1 ~~ p3\nM ~~ T"
)
#: RICH with m1 and t2 left out, and with m1 its error covariance.
SMALLER = Model.parse(RICH.syntax.replace("m1 + ", "").replace("t2 + ", "").replace("\na2 ~~ m1", ""))
#: Every item has an error, so that textbook ULS keeps all sample variances, as ours does.
ERRORS = Model.parse(RICH.syntax.replace("S =~ s1", "S =~ s1+s2"))


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


@dataclass
class PlainSquares(Plain):
    """Least squares of the textbook's unstandardised parameters: (s - sigma)' W (s - sigma) over all moments."""

    weight: np.ndarray

    def __post_init__(self):
        super().__post_init__()
        self.rows, self.columns = np.triu_indices(len(self.sample))

    def moments(self, x):
        return self.implied(x)[self.rows, self.columns]

    def solve(self):
        root = np.linalg.cholesky(self.weight).T
        start = {"loading": 1.0, "error": 0.5, "variance": 0.5, "path": 0.0}
        x = np.array([start[kind] if a == b or kind == "loading" else 0.0 for kind, a, b in self.free])
        sample = self.sample[self.rows, self.columns]
        return least_squares(lambda y: root @ (sample - self.moments(y)), x, xtol=1e-15, ftol=1e-15, gtol=1e-13).x

    def statistic(self, x):
        residuals = self.sample[self.rows, self.columns] - self.moments(x)
        return residuals @ self.weight @ residuals

    def standard_errors(self, x, n, names, gamma):
        """By the sandwich, `gamma` the covariance of sqrt(n - 1) times the moments."""
        jacobian, slopes = derivative(self.moments, x), derivative(lambda y: self.targets(y, names), x)
        bread = np.linalg.inv(jacobian.T @ self.weight @ jacobian)
        meat = jacobian.T @ self.weight @ gamma @ self.weight @ jacobian
        return np.sqrt(np.diag(slopes @ bread @ meat @ bread @ slopes.T) / (n - 1))


def normal_gamma(sample):
    """Covariance of sqrt(n) times normal data's variances and covariances."""
    i, j = np.triu_indices(len(sample))
    return sample[np.ix_(i, i)] * sample[np.ix_(j, j)] + sample[np.ix_(i, j)] * sample[np.ix_(j, i)]


def derivative(function, x, step=1e-5):
    """Central differences (outputs, inputs), with one Richardson step."""
    columns = []
    for e in np.eye(len(x)):
        slope = [(function(x + h * e) - function(x - h * e)) / (2 * h) for h in (step, 2 * step)]
        columns.append((4 * slope[0] - slope[1]) / 3)
    return np.array(columns).T


def names_of(model):
    """The targets of a model that its parameters determine: all but alpha."""
    return [target.name for target in model.targets if target.kind != "alpha"]


def fit_with_gaps(method, data, targets, rows=None):
    """Estimates for SIMPLE from answers (R, n, 10) where items are left out here and there.

    Holds that `rows` (all) get, to the last bit, what they get alone, and the same values without inference.
    """
    retained = np.ones(data.shape[::2], dtype=bool)
    retained[::2, 1] = retained[::3, 6] = False
    batch = Batch.of(data).keep(retained)
    whole = method.fit(batch, SIMPLE, targets)
    for r in range(len(data)) if rows is None else rows:
        one = method.fit(Batch.of(data[r]).keep(retained[r : r + 1]), SIMPLE, targets)
        for name in ("value", "se", "lower", "upper", "p_value", "status", "iterations"):
            np.testing.assert_array_equal(getattr(one, name)[0], getattr(whole, name)[r])
    values = method.without_inference().fit(batch, SIMPLE, targets)
    np.testing.assert_array_equal(values.value, whole.value)
    np.testing.assert_array_equal(values.status, whole.status)
    assert np.isnan(values.se).all()
    return whole
