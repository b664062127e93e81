"""Least squares on polychoric correlations with robust standard errors and tests: WLSMV and ULSMV.

The weighted squares of residual correlations are minimised, thresholds being free; Gamma, the covariance of sqrt(n)
times the correlations, is the cross-product over n of the respondents' influences. With J the derivatives of the
correlations by the parameters, W the weights and U = W - W J (J'WJ)^-1 J'W, standard errors are those of
(J'WJ)^-1 J'W Gamma W J (J'WJ)^-1 / (n - 1), and the statistic's mean and variance follow from tr(U Gamma) and
tr(U Gamma U Gamma) (Satorra & Bentler 1994; Muthen, du Toit & Spisic 1997). Gamma itself is never formed.
"""

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from estimators.base import AlignedEstimator, Estimates, Status, beyond_names
from estimators.factors.fitindices import ModelTest, with_model_tests
from estimators.factors.leastsquares import (
    errors_by_delta_method,
    least_squares_measures,
    model_test,
    pairs_independence,
)
from estimators.factors.minimum import search
from estimators.factors.structure import errors_of_variances, probes, refusal, structural_parameters, target_codes
from estimators.inference.signs import Sign, signed
from estimators.inference.wald import with_normal_inference
from estimators.kernels.descent import PAIRS
from estimators.polychoric import Polychorics, influence, polychorics
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target

#: Data sets whose respondents' influences are held at a time.
CHUNK = 32

#: What is told of the corrected test statistic.
TESTED = ("chisq", "cfi", "tli", "rmsea")

Correction = Literal["shifted", "mean", "plain"]


@dataclass(frozen=True)
class Traces:
    """tr(U Gamma) and tr(U Gamma U Gamma) of R data sets (R,), NaN where unknown."""

    first: Floats
    second: Floats

    @classmethod
    def unknown(cls, r: int) -> "Traces":
        """Room for R data sets."""
        return cls(np.full(r, np.nan), np.full(r, np.nan))

    def add(self, r: int, effects: Floats) -> None:
        """Fill in both traces of data set r, from what is left of the weighted influences (n, d).

        They are of n respondents or of n pairs.
        """
        n, d = effects.shape
        products = effects @ effects.T if n < d else effects.T @ effects
        self.first[r] = np.trace(products) / n
        self.second[r] = (products**2).sum() / n**2

    def corrected(self, minimum: Floats, df: Floats, respondents: float, correction: Correction) -> Floats:
        """The test statistic over `respondents` (R,), from its uncorrected value over them.

        "shifted": a T + b with the mean and variance of chi-square on df (Asparouhov & Muthen 2010, eq. 10); "mean":
        the mean alone (Satorra & Bentler 1994); "plain": as it is.
        """
        if correction == "plain":
            return minimum
        with np.errstate(divide="ignore", invalid="ignore"):
            if correction == "mean":
                return np.asarray(minimum * df / self.first)
            scale = np.sqrt(df / self.second)
            return np.asarray(scale * minimum + (df - scale * self.first) / respondents)


@dataclass(frozen=True)
class Robust:
    """Robust inference of R data sets, its traces filled in as the data sets are asked for.

    effects: each data set's influences (n, all pairs of items); weights (R, p, p) and retained items (R, p); traces of
    the model and, `against` it, of independent items.
    """

    effects: list[Floats]
    weights: Floats
    retained: Bools
    against: bool
    model: Traces
    independence: Traces

    @classmethod
    def blank(cls, effects: list[Floats], weights: Floats, retained: Bools, against: bool) -> "Robust":
        """Before any data set was asked for."""
        return cls(effects, weights, retained, against, Traces.unknown(len(retained)), Traces.unknown(len(retained)))

    def covariance(self, r: int, jacobian: Floats) -> Floats:
        """Covariance (k, k) of data set r's parameters, 0 for the scales; jacobian (p(p+1)/2, k) of covariances."""
        root, weighted = weighted_influences(self.effects[r], self.weights[r], self.retained[r])
        n, p = len(weighted), int(self.retained[r].sum())
        rows, columns = np.triu_indices(p)
        slopes = jacobian[rows != columns, p:] * root[:, None]
        own = weighted @ slopes @ np.linalg.inv(slopes.T @ slopes)  # respondents' influences on the parameters
        self.model.add(r, weighted - own @ slopes.T)
        if self.against:
            self.independence.add(r, weighted)
        covariance = np.zeros((jacobian.shape[1],) * 2)
        covariance[p:, p:] = own.T @ own / (n * (n - 1))
        return covariance

    def corrected(self, test: ModelTest, correction: Correction) -> ModelTest:
        """The test with corrected statistics of the model and of independence."""
        return replace(
            test,
            minimum=self.model.corrected(test.minimum, test.df, test.respondents, correction),
            baseline=self.independence.corrected(test.baseline, test.baseline_df, test.respondents, correction),
            scaling=self.model.first / test.testable if correction == "mean" else 1.0,
        )


@dataclass(frozen=True)
class OrdinalLeastSquares(AlignedEstimator):
    """What WLSMV and ULSMV share: settings, search, robust inference. Subclasses say which weights residuals have.

    Model, free parameters, signs, statuses, search and intervals: as `MaximumLikelihood`, with polychoric correlations
    for the sample's, which need not be positive definite. n - 1 stands for n in chisq, standard errors and rmsea. What
    is said of chisq, cfi, tli and rmsea is said of the statistic corrected by `test`, see `Traces.corrected`. That
    takes answers: a population's moments, which stand for latent correlations, have no index but srmr.
    Statuses besides: NOT_ORDINAL; INADMISSIBLE also where a polychoric correlation is +-1, and then without inference.
    """

    test: Correction = "shifted"
    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    standard_errors: bool = True
    sign: Sign = "loadings"

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood."""
        method = "least squares on polychoric correlations"
        return beyond_names(model, method) or refusal(model, method)

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors.

        It finds influences only where DWLS weights or the tests asked for need them.
        """
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        chunks = [slice(begin, begin + CHUNK) for begin in range(0, len(batch), CHUNK)] or [slice(0)]
        return Estimates.joined([self._fit(batch.rows(rows), model, targets) for rows in chunks])

    def _fit(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        inference = self.standard_errors and batch.has_answers
        tested = self.test != "plain" and any(target.kind in TESTED for target in targets)
        ordinal = polychorics(batch)
        status = np.where(ordinal.status == Status.INADMISSIBLE, Status.OK, ordinal.status).astype(np.int8)
        effects = self._influences(ordinal, inference or (tested and batch.has_answers))
        weights = self._weights(effects, batch.retained, status)
        found, _ = search(
            PAIRS, ordinal.correlations, weights, batch.retained, status, model,
            self.tolerance, self.max_iterations, np.inf, None,
        )  # fmt: skip
        found.status[(found.status == Status.OK) & (ordinal.status == Status.INADMISSIBLE)] = Status.INADMISSIBLE
        robust = Robust.blank(effects, weights, batch.retained, any(t.kind in ("cfi", "tli") for t in targets))
        se = np.full((len(batch), len(targets)), np.nan)
        if effects and (inference or tested):
            codes = target_codes(model, probes(targets, model), [], structural_parameters(model))
            se = errors_by_delta_method(found, model, codes, robust.covariance)
            se = errors_of_variances(se, targets, found.loadings, model)
        baseline = pairs_independence(ordinal.correlations, weights, found)
        test = robust.corrected(model_test(found, found.discrepancy, baseline, batch, model), self.test)
        measures = least_squares_measures(found, test, ordinal.correlations - found.implied(model), targets)
        estimates = found.estimates(measures, ordinal.correlations, batch, model, targets)
        if inference:
            estimates = with_model_tests(with_normal_inference(estimates, se, self.level), test)
        return signed(estimates, self.sign, found.loadings, model)

    def _influences(self, ordinal: Polychorics, needed: bool) -> list[Floats]:
        """Each data set's influences (n, p(p-1)/2), or nothing where they are not needed."""
        return [influence(ordinal, r) for r in range(len(ordinal.status))] if needed else []

    def _weights(self, effects: list[Floats], retained: Bools, status: NDArray[np.int8]) -> Floats:
        """Weights of the squared residual correlations (R, p, p); may set a status."""
        raise NotImplementedError


@dataclass(frozen=True)
class UnweightedOrdinal(OrdinalLeastSquares):
    """ULSMV: every residual correlation has the same weight. See `OrdinalLeastSquares`."""

    def _weights(self, effects: list[Floats], retained: Bools, status: NDArray[np.int8]) -> Floats:
        r, p = retained.shape
        return np.ones((r, p, p))


@dataclass(frozen=True)
class DiagonallyWeighted(OrdinalLeastSquares):
    """WLSMV: a residual correlation is weighted by the inverse of its sampling variance. See `OrdinalLeastSquares`.

    A population's latent correlations, which have none, get equal weights. A polychoric correlation of +-1 has none
    either: SINGULAR.
    """

    def _influences(self, ordinal: Polychorics, needed: bool) -> list[Floats]:
        return super()._influences(ordinal, ordinal.codes.shape[2] > 0)

    def _weights(self, effects: list[Floats], retained: Bools, status: NDArray[np.int8]) -> Floats:
        r, p = retained.shape
        weights = np.ones((r, p, p))
        rows, columns = np.triu_indices(p, 1)
        for at, casewise in enumerate(effects):
            variance = (casewise**2).sum(axis=0) / len(casewise)
            with np.errstate(divide="ignore"):
                weights[at, rows, columns] = weights[at, columns, rows] = 1.0 / variance
            kept = retained[at, rows] & retained[at, columns]
            if status[at] == Status.OK and not np.isfinite(weights[at, rows, columns])[kept].all():
                status[at] = Status.SINGULAR
        return weights


def weighted_influences(effects: Floats, weights: Floats, retained: Bools) -> tuple[Floats, Floats]:
    """Roots of the retained pairs' weights (d,), and influences (n, all pairs) on those pairs times them (n, d)."""
    rows, columns = np.triu_indices(len(retained), 1)
    pairs = np.flatnonzero(retained[rows] & retained[columns])
    root = np.sqrt(weights[rows[pairs], columns[pairs]])
    return root, effects[:, pairs] * root
