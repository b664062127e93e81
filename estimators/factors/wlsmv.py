"""Least squares on polychoric correlations with robust standard errors and tests: WLSMV and ULSMV.

The weighted squares of residual correlations are minimised, thresholds being free; Gamma, the covariance of sqrt(n)
times the correlations, is the cross-product over n of the respondents' influences. With J the derivatives of the
correlations by the parameters, W the weights and U = W - W J (J'WJ)^-1 J'W, standard errors are those of
(J'WJ)^-1 J'W Gamma W J (J'WJ)^-1 / (n - 1), and the statistic's mean and variance follow from tr(U Gamma) and
tr(U Gamma U Gamma) (Satorra & Bentler 1994; Muthen, du Toit & Spisic 1997). Gamma itself is never formed.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.constrained.fitting import Search, Spread
from estimators.factors.fitindices import ModelTest, with_model_tests
from estimators.factors.general import (
    general_estimates,
    general_refusal,
    means_refusal,
    residual_correlations,
    with_general_inference,
)
from estimators.factors.leastsquares import (
    errors_by_delta_method,
    least_squares_measures,
    model_test,
    pairs_independence,
)
from estimators.factors.minimum import search
from estimators.factors.structure import (
    errors_of_variances,
    is_general,
    probes,
    refusal,
    structural_parameters,
    target_codes,
)
from estimators.inference.signs import Sign, signed
from estimators.inference.wald import with_normal_inference
from estimators.kernels.descent import PAIRS
from estimators.polychoric import Polychorics, influence, polychorics
from estimators.weighted.correlations import unit_refusal
from estimators.weighted.fitting import FoundSquares, search_squares
from estimators.weighted.pairwise import PairwisePolychorics, pairwise_polychorics
from estimators.weighted.squares import Places
from sim.batch import Batch, Bools, Floats, Moments
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

    def general_covariance(self, r: int, slopes: Floats, directions: Floats) -> Floats:
        """Covariance (k, k) of data set r's parameters; slopes (k, d) of correlations, directions (k, f) left free."""
        root, weighted = weighted_influences(self.effects[r], self.weights[r], self.retained[r])
        n, along = len(weighted), (directions.T @ slopes).T * root[:, None]
        own = weighted @ along @ np.linalg.inv(along.T @ along)
        self.model.add(r, weighted - own @ along.T)
        if self.against:
            self.independence.add(r, weighted)
        own = own @ directions.T
        return np.asarray(own.T @ own / (n * (n - 1)))

    def corrected(self, test: ModelTest, correction: Correction) -> ModelTest:
        """The test with corrected statistics of the model and of independence."""
        return replace(
            test,
            minimum=self.model.corrected(test.minimum, test.df, test.respondents, correction),
            baseline=self.independence.corrected(test.baseline, test.baseline_df, test.respondents, correction),
            scaling=self.model.first / test.testable if correction == "mean" else 1.0,
        )


@dataclass(frozen=True)
class Squares:
    """What the squares of R data sets are weighted by: influences (n, all pairs) of each, and weights (R, p, p)."""

    effects: list[Floats]
    weights: Floats

    def at(self, r: int, places: Places) -> Floats | None:
        """The weights (d,) of data set r at the pairs, None where one is none."""
        found = self.weights[r][places]
        return found if np.isfinite(found).all() else None


@dataclass(frozen=True)
class OrdinalLeastSquares(AlignedEstimator):
    """What WLSMV and ULSMV share: settings, search, robust inference. Subclasses say which weights residuals have.

    Model, free parameters, signs, statuses, search and intervals: as `MaximumLikelihood`, with polychoric correlations
    for the sample's, which need not be positive definite. n - 1 stands for n in chisq, standard errors and rmsea. What
    is said of chisq, cfi, tli and rmsea is said of the statistic corrected by `test`, see `Traces.corrected`. That
    takes answers: a population's moments, which stand for latent correlations, have no index but srmr.
    Where answers are missing (`missing = "pairwise"`) each correlation is that of the respondents who answered both
    items, and Gamma that of correlations from different respondents; n counts everyone who answered anything.
    Statuses besides: NOT_ORDINAL; TOO_FEW_ANSWERS where fewer than three answered both of two items; INADMISSIBLE also
    where a polychoric correlation is +-1, and then without inference.
    """

    test: Correction = "shifted"
    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    standard_errors: bool = True
    sign: Sign = "loadings"

    fits_terms: ClassVar[bool] = True
    #: Whether every model takes the general search.
    always_general: ClassVar[bool] = False
    #: Whether answers may be missing (`estimators.incomplete.pairs`).
    takes_gaps: ClassVar[bool] = False

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood; and terms of error variances and means, and others beside outcomes of one item."""
        method = "least squares on polychoric correlations"
        told = refusal(model, method) or means_refusal(model, method)
        told = told or general_refusal(model, "none", "standardised", "first")
        return told or (unit_refusal(model, method) if self.always_general or is_general(model) else None)

    def _has_gaps(self, batch: Batch) -> bool:
        """Whether correlations are of pairs of answers."""
        return self.takes_gaps and batch.missing is not None

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
        if self._has_gaps(batch):
            batch = replace(batch, moments_given=_no_moments(batch))
        tested = self.test != "plain" and any(target.kind in TESTED for target in targets)
        ordinal = pairwise_polychorics(batch) if self._has_gaps(batch) else polychorics(batch)
        status = np.where(ordinal.status == Status.INADMISSIBLE, Status.OK, ordinal.status).astype(np.int8)
        squares = self._squares(ordinal, batch.retained, status, inference or (tested and batch.has_answers))
        if self.always_general or is_general(model):
            return self._general(batch, model, targets, ordinal, status, squares, inference, tested)
        effects, weights = squares.effects, squares.weights
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

    def _general(
        self,
        batch: Batch,
        model: Model,
        targets: tuple[Target, ...],
        ordinal: Polychorics,
        status: NDArray[np.int8],
        squares: Squares,
        inference: bool,
        tested: bool,
    ) -> Estimates:
        """Estimates by the general search: of models with terms, shared items or second order."""
        asked = Search("unweighted", "none", self.tolerance, self.max_iterations)
        found = search_squares(
            model, ordinal.correlations, batch.retained, status, squares.at, asked, batch.n, unit=True
        )
        least = found.status == Status.OK
        found.status[least & (ordinal.status == Status.INADMISSIBLE)] = Status.INADMISSIBLE
        against = any(target.kind in ("cfi", "tli") for target in targets)
        robust = Robust.blank(squares.effects, squares.weights, batch.retained, against)
        spread = self._general_spread(found, robust, squares)
        needed = bool(squares.effects) and (inference or tested)
        covariances = {r: spread(r) for r in found.usable} if needed else {}
        correlations = np.where(np.isnan(ordinal.correlations), 0.0, ordinal.correlations)
        means = np.zeros(batch.retained.shape)
        of_items = Batch.of_moments(Moments(means, correlations, batch.n), model.items).keep(batch.retained)
        test = ModelTest(
            minimum=found.discrepancy,
            df=found.df,
            baseline=np.where(np.isnan(found.discrepancy), np.nan, self._independence(found)),
            items=found.items,
            respondents=batch.n - 1.0,
            n=float(batch.n),
            constructs=len(model.constructs),
        )
        test = self._tested(robust, test)
        residuals = residual_correlations(found, batch)
        measures = least_squares_measures(found, test, residuals, targets)
        estimates = general_estimates(found, measures, of_items, model, targets, "standardised", self.sign)
        if not inference:
            return estimates
        told = with_general_inference(estimates, found, covariances.__getitem__, model, "standardised", self.level)
        return with_model_tests(told, test)

    def _general_spread(self, found: FoundSquares, robust: Robust, squares: Squares) -> Spread:
        """The covariances of the parameters that the general search found."""

        def spread(r: int) -> Floats:
            end = found.ends[r]
            assert end is not None
            return robust.general_covariance(r, found.weighted(r).slopes(end.theta), found.directions(r))

        return spread

    def _independence(self, found: FoundSquares) -> Floats:
        """The weighted squares of the correlations (R,)."""
        least = np.full(len(found.ends), np.nan)
        for r in found.usable:
            function = found.weighted(r)
            of_none = function.sample[function.places]
            weighed = of_none * function.weight if function.weight.ndim == 1 else function.weight @ of_none
            least[r] = float(of_none @ weighed)
        return least

    def _tested(self, robust: Robust, test: ModelTest) -> ModelTest:
        """The test with what the method makes of its statistics."""
        return robust.corrected(test, self.test)

    def _squares(self, ordinal: Polychorics, retained: Bools, status: NDArray[np.int8], needed: bool) -> Squares:
        """What the squares are weighted by, and influences where they are needed; may set a status."""
        effects = self._influences(ordinal, needed)
        return Squares(effects, self._weights(effects, retained, status))

    def _influences(self, ordinal: Polychorics, needed: bool) -> list[Floats]:
        """Each data set's influences (n, p(p-1)/2), or nothing where they are not needed."""
        if isinstance(ordinal, PairwisePolychorics):
            return list(ordinal.effects)
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


def _no_moments(batch: Batch) -> Moments:
    """Moments that nothing is made of, for answers of which some are missing."""
    r, p = batch.retained.shape
    return Moments(np.zeros((r, p)), np.broadcast_to(np.eye(p), (r, p, p)), batch.n)
