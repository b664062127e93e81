"""Covariance-based structural equation modelling by maximum likelihood (Joreskog 1970; Bollen 1989)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal, Self

import numpy as np
from scipy.special import ndtr

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.constrained.bounds import Bounds
from estimators.constrained.fitting import Found, Search, Spread, information_spread, search_all
from estimators.factors.fitindices import ModelTest, fit_measures, with_model_tests, without_zeros
from estimators.factors.general import (
    general_estimates,
    general_refusal,
    general_test,
    means_refusal,
    residual_correlations,
    residual_means,
    with_general_inference,
)
from estimators.factors.minimum import Minimum, minimise
from estimators.factors.raw import RawFactors
from estimators.factors.spread import ParameterCovariance, likelihood_covariance
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
from estimators.kernels import sandwich
from estimators.kernels.derivatives import derivatives
from estimators.kernels.factor_model import Codes
from estimators.raw.units import Scale, Scaling, sample_variances
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Kind, Target


def second_pass(
    found: Minimum, batch: Batch, model: Model, respondents: float, codes: Codes, observed: bool, robust: bool
) -> tuple[Floats, Floats]:
    """Standard errors (R, q) by observed or expected information, `robust` by the sandwich with casewise scores.

    And the traces (R, 5) that scale a robust test; see `estimators.kernels.sandwich.judge_batch`.
    """
    se, traces = np.full((len(batch), len(codes)), np.nan), np.full((len(batch), 5), np.nan)
    answers = _standardised(batch) if robust else np.empty((0, 0, 0))
    fitted = sandwich.Fitted(batch.moments.correlations, answers, found.parameters, batch.retained, found.status)
    sandwich.judge_batch(fitted, structure_of(model), respondents, codes, observed, robust, se, traces)
    return se, traces


def _standardised(batch: Batch) -> Floats:
    """Answers (R, n, p) less their means over their standard deviations (divisor n), 0 where an item never varies."""
    moments = batch.moments
    varies = np.isfinite(np.diagonal(moments.correlations, axis1=1, axis2=2))
    variances = np.where(varies, np.diagonal(moments.covariances, axis1=1, axis2=2), np.inf)
    deviations = batch.raw.astype(np.float64) - moments.means[:, None]
    return np.ascontiguousarray(deviations / np.sqrt(variances)[:, None])


@dataclass(frozen=True)
class Verdict:
    """What a method makes of the minimum: its test of the whole model and standard errors (R, q), None without."""

    test: ModelTest
    se: Floats | None


@dataclass(frozen=True)
class LikelihoodMethod(AlignedEstimator):
    """What every method shares that maximises the normal likelihood: settings, search, the way to estimates.

    A subclass says in `_judged` what its test of the model and its standard errors are.
    """

    tolerance: float = 1e-8
    max_iterations: int = 1000
    level: float = 0.95
    test: Literal["standardised", "unstandardised"] = "standardised"
    standard_errors: bool = True
    sign: Sign = "loadings"
    solution: Scale = "standardised"
    scaling: Scaling = "first"
    bounds: Bounds = "none"

    fits_terms: ClassVar[bool] = True

    def refusal(self, model: Model) -> str | None:
        """ML needs reflective blocks, at least as many moments as parameters, and an error for an error covariance."""
        return refusal(model, "maximum likelihood", self) or general_refusal(
            model, self.bounds, self.solution, self.scaling, self.test == "unstandardised"
        )

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        if self.bounds != "none" or is_general(model):
            return self._general(batch, model, targets, inference)
        if self.solution == "raw":
            return self._raw(batch, model, targets, inference)
        tested = [t for t in targets if t.kind == "path"] if self.test == "unstandardised" else []
        codes = target_codes(model, probes(targets, model), tested, structural_parameters(model)) if inference else None
        found, verdict = self._judged(batch, model, targets, codes)
        measures = fit_measures(verdict.test, targets) | likelihood_measures(
            found, verdict.test, lambda: batch.moments.correlations - found.implied(model), batch, targets
        )
        estimates = found.estimates(measures, batch.moments.covariances, batch, model, targets)
        if verdict.se is not None:
            se = errors_of_variances(verdict.se[:, : len(targets)], targets, found.loadings, model)
            estimates = with_normal_inference(estimates, se, self.level)
            standardised, raw = found.loadings, verdict.se[:, len(targets) :]
            estimates = _with_unstandardised_tests(estimates, model, tested, standardised, raw)
            estimates = with_model_tests(estimates, verdict.test)
        return signed(estimates, self.sign, found.loadings, model)

    def _raw(self, batch: Batch, model: Model, targets: tuple[Target, ...], inference: bool) -> Estimates:
        """Values of the targets in the units of the answers, with inference."""
        found, verdict = self._judged(batch, model, targets, None)
        measures = fit_measures(verdict.test, targets) | likelihood_measures(
            found, verdict.test, lambda: batch.moments.correlations - found.implied(model), batch, targets
        )
        estimates = found.estimates(measures, batch.moments.covariances, batch, model, targets)
        respondents = verdict.test.respondents
        raw = RawFactors(found, model, self.scaling, sample_variances(batch, respondents))
        spread = self._spread(found, batch, model, respondents) if inference else None
        told = raw.told(estimates, spread, self.level)
        told = with_model_tests(told, verdict.test) if inference else told
        return told if self.scaling == "first" else signed(told, self.sign, found.loadings, model)

    def _general(self, batch: Batch, model: Model, targets: tuple[Target, ...], inference: bool) -> Estimates:
        """Values of the targets with inference, by the general search."""
        respondents = self._respondents(batch)
        found = self.searched(batch, model)
        test = self._tested(general_test(found, -found.log_determinant, batch, model, respondents), found, batch)
        measures = fit_measures(test, targets) | likelihood_measures(
            found, test, lambda: residual_correlations(found, batch), batch, targets
        )
        estimates = general_estimates(found, measures, batch, model, targets, self.solution, self.sign)
        if not inference:
            return estimates
        spread = self._general_spread(found, batch, respondents)
        estimates = with_general_inference(estimates, found, spread, model, self.solution, self.level)
        return with_model_tests(estimates, test)

    def searched(self, batch: Batch, model: Model) -> Found:
        """Where the general search ends, with the bounds that bind, for every model."""
        search = Search("likelihood", self.bounds, self.tolerance, self.max_iterations)
        return search_all(batch, model, search, self._respondents(batch))

    def ratio_scaling(self, found: Found, batch: Batch) -> Floats | None:
        """What the method divides the statistic of a fit of its general search by (R,); None where by nothing."""
        return None

    def _respondents(self, batch: Batch) -> float:
        """What the minimum is multiplied by."""
        return float(batch.n)

    def _tested(self, test: ModelTest, found: Found, batch: Batch) -> ModelTest:
        """What the method makes of the likelihood ratio test of the general search."""
        return test

    def _general_spread(self, found: Found, batch: Batch, respondents: float) -> Spread:
        """The covariances of the parameters that the general search found."""
        raise NotImplementedError

    def target_covariances(self, batch: Batch, model: Model, targets: Sequence[Target]) -> Floats:
        """Covariances (R, q, q) of the estimates of standardised targets, NaN where nothing is estimated.

        The delta method, as for their standard errors; of models without terms and bounds.
        """
        found, verdict = self._judged(batch, model, targets, None)
        spread = self._spread(found, batch, model, verdict.test.respondents)
        codes = target_codes(model, probes(targets, model), [], structural_parameters(model))
        covariances = np.full((len(batch), len(targets), len(targets)), np.nan)
        for r in np.flatnonzero(found.status <= Status.INADMISSIBLE).tolist():
            p = int(found.items[r])
            k = p * (p + 1) // 2 - int(found.df[r])
            jacobian, slopes = np.empty((p * (p + 1) // 2, k)), np.empty((len(codes), k))
            derivatives(found.parameters[r, :k], found.retained[r], structure_of(model), codes, jacobian, slopes)
            covariances[r] = slopes @ spread(r, jacobian) @ slopes.T
        return covariances

    def minimum(self, batch: Batch, model: Model) -> Minimum:
        """Where the likelihood is largest, without inference."""
        return minimise(batch, model, self.tolerance, self.max_iterations, float(batch.n), None)[0]

    def implied(self, batch: Batch, model: Model) -> tuple[Floats, Floats]:
        """The model's covariances in units of the sample's standard deviations (R, p, p), and df (R,)."""
        if self.bounds != "none" or is_general(model):
            general = self.searched(batch, model)
            return batch.moments.correlations - residual_correlations(general, batch), general.df
        found = self.minimum(batch, model)
        return found.implied(model), found.df

    def _judged(
        self, batch: Batch, model: Model, targets: Sequence[Target], codes: Codes | None
    ) -> tuple[Minimum, Verdict]:
        """The minimum and what the method makes of it; standard errors where there are codes of targets."""
        raise NotImplementedError

    def _spread(self, found: Minimum, batch: Batch, model: Model, respondents: float) -> ParameterCovariance:
        """The covariances of all the parameters at the minimum."""
        raise NotImplementedError


@dataclass(frozen=True)
class MaximumLikelihood(LikelihoodMethod):
    """ML under normality of the items' covariances (divisor n), as `sem(model, data)` of lavaan estimates it.

    Free: loadings, error variances, covariances of exogenous constructs, residual covariances of constructs that
    predict nothing, and every `~~` of the model. An item alone in its block has no error, and error covariances with it
    fall away. No variance is bounded: what comes out negative is kept under Status.INADMISSIBLE. Every construct is
    turned so that its loadings sum to a positive number or, with `sign` "first-item", so that its first retained item
    loads positively, as programs that fix that loading to 1 have it. Standard errors are those of the expected
    information, by the delta method on the standardised scale; intervals are value -+ z SE at `level`, p-values
    two-sided normal; alpha and df have none. chisq is n F, its p-value the upper tail; rmsea has its 90 % interval and
    the test of close fit. For a population's moments (n infinite) all this is NaN, and the indices are their limits.
    With `test` "unstandardised" a path's p-value is that of the path in units of the blocks' first retained items,
    the one that programs print by default.
    With `solution` "raw" paths, loadings, covariances and variances are unstandardised, in the units of the answers,
    and their standard errors too. By `scaling` the first retained item of each block then loads 1 ("first", the default
    of other programs) or the variances of exogenous constructs and the residual variances of the others are 1
    ("variances"); what that fixes has no standard error. R2, reliabilities and fit stay what they are.
    With `likelihood` "wishart", that of the covariances with divisor n - 1, chisq is (n - 1) F and n - 1 takes the
    place of n in standard errors and indices; aic and bic are those of covariances with that divisor.
    With `information` "observed" standard errors are those of the Hessian (Efron & Hinkley 1978), NaN where it is not
    positive definite.

    A fit has settled when the gradient per respondent, in units of each direction's standard error, is under
    `tolerance`, or under 1e-6 where rounding ends the descent. A first end that is not a proper solution is tried again
    from a plainer start, and the lower minimum counts. Fatal: CONSTANT_ITEM; SINGULAR, sample covariances not positive
    definite (as with n <= p); UNIDENTIFIED, an empty block, more parameters than moments, singular information, or a
    loading that runs off to infinity (beyond 20); NOT_CONVERGED, not settled in `max_iterations` from either start.
    """

    likelihood: Literal["normal", "wishart"] = "normal"
    information: Literal["expected", "observed"] = "expected"

    def refusal(self, model: Model) -> str | None:
        """As every method of maximum likelihood; and means with the Wishart likelihood, which is of covariances."""
        wishart = means_refusal(model, "likelihood = 'wishart'") if self.likelihood == "wishart" else None
        return super().refusal(model) or wishart

    def _judged(
        self, batch: Batch, model: Model, targets: Sequence[Target], codes: Codes | None
    ) -> tuple[Minimum, Verdict]:
        respondents = self._respondents(batch)
        observed = codes is not None and self.information == "observed"
        found, se = minimise(
            batch, model, self.tolerance, self.max_iterations, respondents, None if observed else codes
        )
        if codes is not None and observed:
            se, _ = second_pass(found, batch, model, respondents, codes, observed=True, robust=False)
        return found, Verdict(normal_test(found, batch, model, respondents), se if codes is not None else None)

    def _spread(self, found: Minimum, batch: Batch, model: Model, respondents: float) -> ParameterCovariance:
        return likelihood_covariance(found, batch, model, respondents, self.information == "observed", robust=False)

    def _respondents(self, batch: Batch) -> float:
        return float(batch.n) - (self.likelihood == "wishart")

    def _general_spread(self, found: Found, batch: Batch, respondents: float) -> Spread:
        return information_spread(found, respondents, self.information == "observed")


def normal_test(found: Minimum, batch: Batch, model: Model, respondents: float) -> ModelTest:
    """The likelihood ratio test; independence has the minimum -ln|R|."""
    test = ModelTest(
        minimum=found.discrepancy,
        df=found.df,
        baseline=-found.log_determinant,
        items=found.items,
        respondents=respondents,
        n=float(batch.n),
        constructs=len(model.blocks),
    )
    return without_zeros(test, batch, model)


def likelihood_measures(
    found: Minimum | Found, test: ModelTest, residuals: Callable[[], Floats], batch: Batch, targets: Sequence[Target]
) -> dict[Kind, Floats]:
    """srmr, aic and bic (R,) where targets ask for them; the last two are of the raw answers, NaN for a population.

    residuals: gives (R, p, p), sample less implied correlations. Means count where the model is of them.
    """
    asked: set[Kind] = {target.kind for target in targets}
    measures: dict[Kind, Floats] = {}
    if "srmr" in asked:
        apart = residual_means(found) if isinstance(found, Found) else None
        measures["srmr"] = srmr(residuals(), batch.retained, apart)
    if asked & {"aic", "bic"}:
        deviance = _deviance(found, test, batch)
        parameters = found.items * (found.items + 1) / 2 - found.df
        if isinstance(found, Found) and found.means is not None:
            parameters = parameters + found.items
        measures["aic"] = deviance + 2.0 * parameters
        measures["bic"] = deviance + np.log(batch.n) * parameters
    return measures


def _deviance(found: Minimum | Found, test: ModelTest, batch: Batch) -> Floats:
    """-2 ln L (R,) of covariances whose divisor is `test.respondents`, in the units of the answers."""
    if not np.isfinite(batch.n):
        return np.full(len(batch), np.nan)
    variances = np.diagonal(batch.moments.covariances, axis1=1, axis2=2) * np.divide(batch.n, test.respondents)
    log_scales = np.log(np.where(batch.retained & (variances > 0.0), variances, 1.0)).sum(axis=1)
    per_respondent = found.items * (np.log(2.0 * np.pi) + 1.0) + found.log_determinant + log_scales + found.discrepancy
    return np.asarray(batch.n * per_respondent)


def _with_unstandardised_tests(
    estimates: Estimates, model: Model, tested: Sequence[Target], loadings: Floats, se: Floats
) -> Estimates:
    """The paths' p-values replaced by those of b l_y / l_x, l the loadings of the blocks' first retained items."""
    p_value = estimates.p_value.copy()
    first = [np.argmax(estimates.retained[:, slice(*pair)], axis=1) + pair[0] for pair in pairwise(model.bounds)]
    rows = np.arange(len(loadings))
    for target, error in zip(tested, se.T, strict=True):
        outcome, predictor = (loadings[rows, first[model.constructs.index(part)]] for part in target.parts)
        at = estimates.column(target.name)
        p_value[:, at] = 2.0 * ndtr(-np.abs(estimates.value[:, at] * outcome / predictor / error))
    return estimates.replaced(p_value=p_value)
