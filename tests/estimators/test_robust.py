"""Observed information and robust maximum likelihood: matrices of fourth moments written out, simulation."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from estimators.base import Status
from estimators.factors.covariance import MaximumLikelihood
from estimators.factors.robust import HuberWhite, SatorraBentler
from sim import catalogue
from sim.batch import Batch
from tests.cases import targets
from tests.textbook import RICH, SIMPLE, SMALLER, Plain, derivative, drawn, fit_with_gaps, names_of

METHODS = {"observed": MaximumLikelihood(information="observed"), "mlm": SatorraBentler(), "mlr": HuberWhite()}
TESTS = ("chisq", "cfi", "tli", "rmsea")


@dataclass
class Written:
    """Robust inference in the textbook's matrices (p*, p*), for an unstandardised model at its minimum."""

    plain: Plain
    x: np.ndarray
    data: np.ndarray

    def __post_init__(self):
        self.rows, self.columns = np.tril_indices(self.data.shape[1])
        deviations = self.data - self.data.mean(axis=0)
        products = deviations[:, self.rows] * deviations[:, self.columns]
        self.gamma = np.cov(products.T, bias=True)
        self.jacobian = derivative(lambda y: self.plain.implied(y)[self.rows, self.columns], self.x)
        self.hessian = derivative(lambda y: self.plain.value(y)[1], self.x) / 2

    def weight(self, covariances):
        """Inverse covariance matrix of the products under normality."""
        i, j = self.rows, self.columns
        cross = np.ix_(i, i), np.ix_(j, j), np.ix_(i, j), np.ix_(j, i)
        a, b, c, d = (covariances[place] for place in cross)
        return np.linalg.inv(a * b + c * d)

    def information(self, observed):
        if observed:
            return self.hessian
        return self.jacobian.T @ self.weight(self.plain.implied(self.x)) @ self.jacobian

    def meat(self):
        weighted = self.weight(self.plain.implied(self.x)) @ self.jacobian
        return weighted.T @ self.gamma @ weighted

    def standard_errors(self, names, observed, robust):
        bread = np.linalg.inv(self.information(observed))
        slopes = derivative(lambda y: self.plain.targets(y, names), self.x)
        middle = bread @ self.meat() @ bread if robust else bread
        return np.sqrt(np.diag(slopes @ middle @ slopes.T) / len(self.data))

    def mean_of_mlm(self):
        weight = self.weight(self.plain.implied(self.x))
        return np.trace(weight @ self.gamma) - np.trace(np.linalg.solve(self.information(False), self.meat()))

    def mean_of_mlr(self):
        unrestricted = np.trace(self.weight(self.plain.sample) @ self.gamma)
        return unrestricted - np.trace(np.linalg.solve(self.information(True), self.meat()))

    def independence(self, weight):
        """The parameters' share of the trace when only variances are free."""
        diagonal = (self.rows == self.columns).astype(float)
        slopes = np.diag(diagonal)[:, self.rows == self.columns]
        weighted = weight @ slopes
        return np.trace(np.linalg.solve(slopes.T @ weighted, weighted.T @ self.gamma @ weighted))


@pytest.mark.parametrize(
    ("model", "dropped", "smaller"), [(SIMPLE, (), SIMPLE), (RICH, (), RICH), (RICH, ("m1", "t2"), SMALLER)]
)
def test_the_compiled_loop_agrees_with_the_matrices_written_out(model, dropped, smaller):
    retained = ~np.isin(model.items, dropped)
    data = drawn(model, 250, 3)
    data = np.sign(data) * np.abs(data) ** 1.3
    batch = Batch.of(data).keep(retained[None])
    plain = Plain(smaller, np.cov(data[0][:, retained].T, bias=True))
    x = plain.solve()
    written = Written(plain, x, data[0][:, retained])
    names = names_of(smaller)
    for name, method in METHODS.items():
        fit = replace(method, tolerance=1e-11).fit(batch, model, targets(model, *names, *TESTS))
        numeric = written.standard_errors(names, name != "mlm", name != "observed")
        estimated = ~np.isnan(fit.se[0, : len(names)])
        assert np.all(numeric[~estimated] < 1e-8)
        np.testing.assert_allclose(fit.se[0, : len(names)][estimated], numeric[estimated], rtol=1e-6)

    ml = MaximumLikelihood().fit(batch, model, targets(model, "chisq", "df"))
    chisq, df = ml.value[0]
    p, diagonal = len(plain.sample), np.diag(np.diag(plain.sample))
    independence, pairs = -250 * np.linalg.slogdet(np.corrcoef(data[0][:, retained].T))[1], p * (p - 1) / 2
    at_independence = written.weight(diagonal)
    rest = {
        "mlm": np.trace(at_independence @ written.gamma) - written.independence(at_independence),
        "mlr": np.trace(written.weight(plain.sample) @ written.gamma) - written.independence(at_independence),
    }
    for name, mean in (("mlm", written.mean_of_mlm()), ("mlr", written.mean_of_mlr())):
        fit = METHODS[name].fit(batch, model, targets(model, *TESTS))
        scaled = chisq * df / mean
        baseline = independence * pairs / rest[name]
        noncentral = max(scaled - df, 0)
        expected = [
            scaled,
            1 - noncentral / (baseline - pairs),
            (baseline / pairs - scaled / df) / (baseline / pairs - 1),
            np.sqrt(noncentral / df / 250),
        ]
        np.testing.assert_allclose(fit.value[0], expected, rtol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_replication_does_not_depend_on_its_batch(name):
    data = drawn(SIMPLE, 40, 3, replications=12)
    data[0, :, 1] = 2.0  # constant, but left out
    data[3, :, 4] = data[3, :, 5]
    fit = fit_with_gaps(METHODS[name], data, [*SIMPLE.targets, *targets(SIMPLE, *TESTS, "srmr", "aic")])
    assert fit.status[3] == Status.SINGULAR
    assert (np.delete(fit.status, 3) <= Status.INADMISSIBLE).all()


@pytest.mark.parametrize("name", ["mlm", "mlr"])
def test_moments_alone_give_the_estimates_and_nothing_that_rests_on_fourth_moments(name):
    population = catalogue.population("three-factors")
    wanted = [*population.model.targets, *targets(population.model, *TESTS, "srmr")]
    batch = Batch.of_moments(population.moments)
    fit, ml = (
        METHODS[name].fit(batch, population.model, wanted),
        MaximumLikelihood().fit(batch, population.model, wanted),
    )
    np.testing.assert_array_equal(fit.value[0, :-5], ml.value[0, :-5])
    assert fit.value[0, -1] == ml.value[0, -1]
    assert np.isnan(fit.value[0, -5:-1]).all()
    assert np.isnan(fit.se).all()
    sample = Batch.of(drawn(SIMPLE, 80, 1))
    fit = METHODS[name].fit(Batch.of_moments(sample.moments), SIMPLE, targets(SIMPLE, "P~A", "chisq"))
    assert np.isfinite(fit.value[0, 0])
    assert np.isnan([fit.value[0, 1], fit.se[0, 0], fit.p_value[0, 1]]).all()


@pytest.mark.parametrize("name", METHODS)
def test_under_normality_inference_nears_that_of_the_expected_information(name):
    batch = Batch.of(drawn(SIMPLE, 50_000, 4))
    wanted = targets(SIMPLE, "P~A", "A=~a1", "A~~B", "r2(P)", "chisq")
    fit, ml = METHODS[name].fit(batch, SIMPLE, wanted), MaximumLikelihood().fit(batch, SIMPLE, wanted)
    np.testing.assert_allclose(fit.se[0, :4], ml.se[0, :4], rtol=0.02)
    assert fit.value[0, 4] == pytest.approx(ml.value[0, 4], rel=0.02)


def test_heavy_tails_are_allowed_for():
    rng = np.random.default_rng(6)
    data = drawn(SIMPLE, 400, 7, replications=400)
    data *= rng.choice([0.6, 1.8], p=[0.8, 0.2], size=(400, 400, 1))  # a fifth of the respondents spread thrice as far
    wanted = targets(SIMPLE, "A=~a1", "A~~B", "P~A", "chisq")
    ml = MaximumLikelihood().fit(Batch.of(data), SIMPLE, wanted)
    spread = ml.value[:, :3].std(axis=0)  # known to 4 %
    assert (ml.se[:, :3].mean(axis=0) / spread < 0.7).all()
    assert ml.value[:, 3].mean() > 2 * 32
    for name, bias in (("mlm", 0.05), ("mlr", 0.15)):
        fit = METHODS[name].fit(Batch.of(data), SIMPLE, wanted)
        np.testing.assert_allclose(fit.se[:, :3].mean(axis=0) / spread, 1, atol=0.12)
        assert fit.value[:, 3].mean() == pytest.approx(32, rel=bias)
        assert (fit.p_value[:, 3] < 0.05).mean() < 0.2


def test_unstandardised_tests_use_the_method_s_own_standard_errors():
    batch = Batch.of(drawn(SIMPLE, 60, 2))
    path = targets(SIMPLE, "P~A")
    p_values = {
        method.fit(batch, SIMPLE, path).p_value[0, 0]
        for test in ("standardised", "unstandardised")
        for method in (MaximumLikelihood(test=test), SatorraBentler(test=test), HuberWhite(test=test))
    }
    assert len(p_values) == 6
