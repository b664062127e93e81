"""Covariance structure analysis by unweighted and by generalized least squares (Joreskog & Goldberger 1972)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.constrained.bounds import Bounds
from estimators.constrained.fitting import Found, Search, Spread, information_spread, search_all
from estimators.constrained.squares import independence_of_covariances, unweighted_spread
from estimators.factors.fitindices import ModelTest, fit_measures, with_model_tests, without_zeros
from estimators.factors.general import (
    general_estimates,
    general_refusal,
    general_test,
    means_refusal,
    residual_correlations,
    with_general_inference,
)
from estimators.factors.minimum import Minimum, search
from estimators.factors.raw import RawFactors
from estimators.factors.spread import ParameterCovariance, generalized_covariance
from estimators.factors.structure import (
    errors_of_variances,
    is_general,
    probes,
    refusal,
    structural_parameters,
    structure_of,
    target_codes,
)
from estimators.inference.distances import srmr
from estimators.inference.signs import Sign, signed
from estimators.inference.wald import with_normal_inference
from estimators.kernels.derivatives import derivatives
from estimators.kernels.descent import GENERALIZED, PAIRS
from estimators.kernels.factor_model import Codes
from estimators.raw.units import Scale, Scaling, sample_variances
from estimators.solution import constant_items
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Kind, Target


def errors_by_delta_method(found: Minimum, model: Model, codes: Codes, covariance: ParameterCovariance) -> Floats:
    """Standard errors (R, q) of the targets with these codes, NaN where there is no estimate or no error."""
    se = np.full((len(found.status), len(codes)), np.nan)
    structure = structure_of(model)
    for r in np.flatnonzero(found.status <= Status.INADMISSIBLE).tolist():
        p = int(found.items[r])
        k = p * (p + 1) // 2 - int(found.df[r])
        jacobian, gradients = np.empty((p * (p + 1) // 2, k)), np.empty((len(codes), k))
        x = found.parameters[r, :k]
        derivatives(x, found.retained[r], structure, codes, jacobian, gradients)
        spread = covariance(r, jacobian)
        # Target by target: the rounding of one product of matrices would depend on which others are asked for.
        variances = np.array([gradient @ (spread @ gradient) for gradient in gradients])
        se[r] = np.sqrt(np.where(gradients.any(axis=1), np.maximum(variances, 0.0), np.nan))
    return se


def least_squares_measures(
    found: Minimum | Found, test: ModelTest, residuals: Floats, targets: Sequence[Target]
) -> dict[Kind, Floats]:
    """Indices (R,) that the targets name, srmr from residual correlations (R, p, p).

    The chi-squares for small n, which are corrections of ML's, are not among them.
    """
    measures = fit_measures(test, [target for target in targets if not target.kind.startswith("chisq_")])
    if any(target.kind == "srmr" for target in targets):
        measures["srmr"] = srmr(residuals, found.retained)
    return measures


@dataclass(frozen=True)
class GeneralizedLeastSquares(AlignedEstimator):
    """GLS of the items' covariances: residuals weighted by the inverse of the sample's (Browne 1974).

    Model, free parameters, signs, statuses, search, intervals and what srmr and rmsea are: as `MaximumLikelihood`,
    whose limit under a correct model it shares. n - 1 stands for n, as the divisor of sample covariances and elsewhere:
    chisq is (n - 1) tr[(1 - S^-1 Sigma)^2] / 2, and standard errors are those of the information with S for Sigma, by
    the delta method on the standardised scale. Indices compare with independence under the same function. Where few
    respondents answer many items, F often has no minimum (UNIDENTIFIED or NOT_CONVERGED): one survey in 20 with n = 72
    and 19 items.
    """

    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    standard_errors: bool = True
    sign: Sign = "loadings"
    solution: Scale = "standardised"
    scaling: Scaling = "first"
    bounds: Bounds = "none"

    fits_terms: ClassVar[bool] = True

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood."""
        told = refusal(model, "generalized least squares", self) or means_refusal(model, "gls")
        return told or general_refusal(model, self.bounds, self.solution, self.scaling)

    def searched(self, batch: Batch, model: Model) -> Found:
        """Where the general search ends, with the bounds that bind, for every model."""
        search = Search("generalized", self.bounds, self.tolerance, self.max_iterations)
        return search_all(batch, model, search, batch.n - 1.0)

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        if self.bounds != "none" or is_general(model):
            settled = self.searched(batch, model)
            of_information = information_spread(settled, batch.n - 1.0, observed=False)
            least = independence_by_precision(settled, settled.retained, batch.moments.correlations)
            return _general(settled, least, of_information if inference else None, batch, model, targets, self)
        raw = self.solution == "raw"
        codes = (
            target_codes(model, probes(targets, model), [], structural_parameters(model))
            if inference and not raw
            else None
        )
        correlations = batch.moments.correlations
        found, se = search(
            GENERALIZED, correlations, correlations, batch.retained, constant_items(batch), model,
            self.tolerance, self.max_iterations, batch.n - 1.0, codes,
        )  # fmt: skip
        baseline = independence_by_precision(found, found.retained, correlations)
        test = model_test(found, found.discrepancy, baseline, batch, model)
        measures = least_squares_measures(found, test, correlations - found.implied(model), targets)
        estimates = found.estimates(measures, batch.moments.covariances, batch, model, targets)
        if raw:
            factors = RawFactors(found, model, self.scaling, sample_variances(batch, batch.n - 1))
            spread = generalized_covariance(found, batch) if inference else None
            estimates = factors.told(estimates, spread, self.level)
        elif inference:
            se = errors_of_variances(se, targets, found.loadings, model)
            estimates = with_normal_inference(estimates, se, self.level)
        if inference:
            estimates = with_model_tests(estimates, test)
        return estimates if raw and self.scaling == "first" else signed(estimates, self.sign, found.loadings, model)


@dataclass(frozen=True)
class UnweightedLeastSquares(AlignedEstimator):
    """ULS of the items' covariances in their own units: an item in larger units counts for more.

    Model, free parameters, signs, statuses, search and intervals: as `MaximumLikelihood`, but sample covariances
    (divisor n - 1) may be singular. As the error variances are free, only covariances leave residuals (an item alone in
    its block, which has no error, keeps its sample variance too): chisq is n - 1 times the sum of their squares. It
    follows no chi-square distribution and has no p-value; indices take it as it is. With `errors` "normal" standard
    errors hold for normal data (Browne 1984, Br. J. Math. Stat. Psychol. 37, 62-83, eq. 2.12); with "unit" they are
    those that lavaan prints by default, in which every variance and covariance counts as if its sampling variance were
    1 / (n - 1) whatever the units. With `moments` "correlation" the correlations are fitted, so that units count for
    nothing.
    """

    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    errors: Literal["normal", "unit"] = "normal"
    standard_errors: bool = True
    sign: Sign = "loadings"
    moments: Literal["covariance", "correlation"] = "covariance"
    solution: Scale = "standardised"
    scaling: Scaling = "first"
    bounds: Bounds = "none"

    fits_terms: ClassVar[bool] = True

    def refusal(self, model: Model) -> str | None:
        """As maximum likelihood; of correlations, what has the units of the answers."""
        told = refusal(model, "unweighted least squares", self) or means_refusal(model, "uls")
        told = told or general_refusal(model, self.bounds, self.solution, self.scaling)
        if told is None and self.moments == "correlation" and (self.bounds != "none" or is_general(model)):
            return (
                "moments = 'correlation' has no units, and bounds and the terms of a model are in those of the "
                "answers; leave moments out"
            )
        return told

    def searched(self, batch: Batch, model: Model) -> Found:
        """Where the general search ends, with the bounds that bind, for every model."""
        search = Search("unweighted", self.bounds, self.tolerance, self.max_iterations)
        return search_all(batch, model, search, batch.n - 1.0)

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        if self.bounds != "none" or is_general(model):
            settled = self.searched(batch, model)
            spread = unweighted_spread(settled, batch.n - 1.0, self.errors)
            inferred = self.standard_errors and bool(np.isfinite(batch.n))
            least = independence_of_covariances(settled)
            return _general(settled, least, spread if inferred else None, batch, model, targets, self)
        correlations = batch.moments.correlations
        of_answers = sample_variances(batch, batch.n - 1)
        variances = of_answers if self.moments == "covariance" else np.ones_like(of_answers)
        weights = variances[:, :, None] * variances[:, None, :]
        found, _ = search(
            PAIRS, correlations, weights, batch.retained, constant_items(batch), model,
            self.tolerance, self.max_iterations, batch.n - 1.0, None,
        )  # fmt: skip
        test = model_test(found, found.discrepancy, pairs_independence(correlations, weights, found), batch, model)
        implied = found.implied(model)
        measures = least_squares_measures(found, test, correlations - implied, targets)
        estimates = found.estimates(measures, batch.moments.covariances, batch, model, targets)
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        raw = self.solution == "raw"

        def covariance(r: int, jacobian: Floats) -> Floats:
            kept = np.flatnonzero(batch.retained[r])
            own, both = variances[r, kept], np.ix_(kept, kept)
            if self.errors == "unit":
                return unit_covariance(jacobian, own) / (batch.n - 1)
            return normal_covariance(jacobian, own, correlations[r][both], implied[r][both], raw) / (batch.n - 1)

        if raw:
            factors = RawFactors(found, model, self.scaling, of_answers)
            estimates = factors.told(estimates, covariance if inference else None, self.level)
        elif inference:
            codes = target_codes(model, probes(targets, model), [], structural_parameters(model))
            se = errors_by_delta_method(found, model, codes, covariance)
            se = errors_of_variances(se, targets, found.loadings, model)
            estimates = with_normal_inference(estimates, se, self.level)
        return estimates if raw and self.scaling == "first" else signed(estimates, self.sign, found.loadings, model)


def model_test(found: Minimum, minimum: Floats, baseline: Floats, batch: Batch, model: Model) -> ModelTest:
    """The test whose statistics are n - 1 times `minimum` and, for independence, `baseline` (R,)."""
    test = ModelTest(
        minimum=minimum,
        df=found.df,
        baseline=baseline,
        items=found.items,
        respondents=batch.n - 1.0,
        n=float(batch.n),
        constructs=len(model.blocks),
    )
    return without_zeros(test, batch, model)


def pairs_independence(correlations: Floats, weights: Floats, found: Minimum) -> Floats:
    """The weighted squares of the retained items' correlations (R,): the minimum by pairs of independence."""
    kept = found.retained[:, :, None] & found.retained[:, None] & np.tri(correlations.shape[1], k=-1, dtype=bool)
    return np.asarray(np.where(kept, weights * correlations**2, 0.0).sum(axis=(1, 2)))


def independence_by_precision(found: Minimum | Found, retained: Bools, correlations: Floats) -> Floats:
    """The minimum of tr[(1 - S^-1 D)^2] / 2 over diagonal D (R,): its solution has (A o A) d = diag(A), A = S^-1."""
    least = np.full(len(correlations), np.nan)
    for r in np.flatnonzero(found.status <= Status.INADMISSIBLE):
        kept = retained[r]
        precision = np.linalg.inv(correlations[r][np.ix_(kept, kept)])
        own = np.diag(precision)
        least[r] = 0.5 * (len(own) - own @ np.linalg.solve(precision**2, own))
    return least


def _general(
    found: Found,
    baseline: Floats,
    spread: Spread | None,
    batch: Batch,
    model: Model,
    targets: tuple[Target, ...],
    method: "GeneralizedLeastSquares | UnweightedLeastSquares",
) -> Estimates:
    """Estimates of the general search, with inference where there are covariances of the parameters."""
    test = general_test(found, baseline, batch, model, batch.n - 1.0)
    measures = least_squares_measures(found, test, residual_correlations(found, batch), targets)
    estimates = general_estimates(found, measures, batch, model, targets, method.solution, method.sign)
    if spread is None:
        return estimates
    estimates = with_general_inference(estimates, found, spread, model, method.solution, method.level)
    return estimates if isinstance(method, UnweightedLeastSquares) else with_model_tests(estimates, test)


def normal_covariance(
    jacobian: Floats, variances: Floats, correlations: Floats, implied: Floats, scales: bool = False
) -> Floats:
    """Covariance (k, k) of sqrt(n - 1) times parameters fitted by pairs to normal data.

    With `scales` it is that of all of them, the sample's log scales too; otherwise 0 stands for the scales.

    Bread, meat, bread: jacobian (p(p+1)/2, k) of implied covariances where the scales are the sample's; variances (p,),
    sample and implied correlations (p, p). The meat is the variance 2 tr(M S M S) of sums over M times S, M the
    weighted slopes of the pairs and on its diagonal what the sample's scales, which standardise S, take away.
    """
    p = len(correlations)
    rows, columns = np.triu_indices(p)
    off = rows != columns
    slopes = jacobian[off, p:]
    weighted = slopes * (variances[rows] * variances[columns])[off, None]
    form = np.zeros((weighted.shape[1], p, p))
    form[:, rows[off], columns[off]] = form[:, columns[off], rows[off]] = 0.5 * weighted.T
    form[:, range(p), range(p)] = -(form * implied).sum(axis=2)
    if scales:
        own = np.zeros((p, p, p))
        own[range(p), range(p), range(p)] = 0.5
        weighing = np.linalg.solve(slopes.T @ weighted, form.reshape(-1, p * p)).reshape(-1, p, p)
        moved = np.concatenate([own, weighing]) @ correlations
        return np.asarray(2.0 * moved.reshape(-1, p * p) @ moved.transpose(0, 2, 1).reshape(-1, p * p).T)
    moved = form @ correlations
    meat = 2.0 * moved.reshape(-1, p * p) @ moved.transpose(0, 2, 1).reshape(-1, p * p).T
    bread = np.linalg.inv(slopes.T @ weighted)
    covariance = np.zeros((jacobian.shape[1],) * 2)
    covariance[p:, p:] = bread @ meat @ bread
    return covariance


def unit_covariance(jacobian: Floats, variances: Floats) -> Floats:
    """Covariance (k, k) of parameters if sample variances and covariances were independent with variance 1."""
    rows, columns = np.triu_indices(len(variances))
    raw = jacobian * np.sqrt(variances[rows] * variances[columns])[:, None]
    return np.asarray(np.linalg.inv(raw.T @ raw))
