"""Structural after measurement (Rosseel & Loh 2022): local by maximum likelihood, and what the general search adds."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status, product_refusal
from estimators.constrained.bounds import Bounds
from estimators.factors.general import (
    general_estimates,
    general_refusal,
    means_refusal,
    with_general_inference,
)
from estimators.factors.minimum import minimise
from estimators.factors.structure import (
    is_general,
    is_saturated,
    missing_error,
    structural_parameters,
    structure_of,
    target_codes,
)
from estimators.inference.wald import with_normal_inference
from estimators.kernels.constructs import correct_batch
from estimators.kernels.factor_model import COVARIANCE
from estimators.kernels.steps import Measured, Structured
from estimators.kernels.twostep import two_step_errors
from estimators.raw.units import Scale, Scaling
from estimators.solution import Solution
from estimators.twostep.factorscores import finished, regression, sample, standardised, unmeasurable
from estimators.twostep.general import Errors, Measure, Steps, Structure, across_steps, two_steps
from estimators.twostep.measurement import TOLERANCE, Measurement, alive_pairs, error_matrix, mapping, measure
from estimators.twostep.raw import RawTwoStep, among_constructs
from sim.batch import Batch, Floats, Moments
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class LocalSAM(AlignedEstimator):
    """Measurement models first, block by block; then ML path analysis of the constructs' covariances they imply.

    `measurement.measure` says which blocks are measured together. M = (L'Theta^-1 L)^-1 L'Theta^-1 takes the items'
    covariances to the constructs', M (S - Theta) M'; where they are not positive definite less of Theta is taken off
    (Fuller 1987; lavaan's lambda.correction). The structure's free parameters are those of `MaximumLikelihood`; where
    they fit any covariances and no residuals covary, ML is OLS. Loadings are standardised with the construct variances
    of the structure. Standard errors of paths, indirect effects, correlations, r2 and loadings are two-step ones by
    the delta method; intervals and p-values normal. An error variance at its boundary, 0, counts as known. None for a
    population's moments. With `solution` "raw" all this is in the units of the answers, by `scaling` as in
    `MaximumLikelihood`.

    `measurement` "uls" measures by unweighted least squares (divisor n), with `errors` normal or unit (lavaan's) for
    its sampling covariances; `structure` "global" fits the structure to the items' covariances, the measurement held;
    `bounds` other than "wide.zerovar" bound the measurement as in `MaximumLikelihood`. These, and models with terms,
    second order (a construct is measured with its dimensions) or items of several constructs, take the general search,
    data set by data set: there bounds are those of De Jonckere & Rosseel, an error variance may be 0 under OK, and a
    bound that binds is a fixed value for standard errors.

    Status: as `measure`; SINGULAR or NOT_CONVERGED also for the structure, SINGULAR for an item whose variance the two
    steps together put at 0 or below (a negative error variance, blocks measured together).
    """

    max_iterations: int = 1000
    level: float = 0.95
    standard_errors: bool = True
    solution: Scale = "standardised"
    scaling: Scaling = "first"
    measurement: Measure = "ml"
    errors: Errors = "normal"
    bounds: Bounds = "wide.zerovar"
    structure: Structure = "local"

    fits_terms: ClassVar[bool] = True

    def refusal(self, model: Model) -> str | None:
        """Reflective blocks; an error for an error covariance; no more structural parameters than covariances."""
        message = product_refusal(model, "local SAM") or unmeasurable(model, "local SAM") or missing_error(model)
        message = message or means_refusal(model, "sam") or across_steps(model)
        if message is None and self._is_general(model):
            message = general_refusal(model, "pos.var", self.solution, self.scaling)
        if message:
            return message
        if model.second_order:
            return None
        m, s = len(model.blocks), len(structural_parameters(model))
        if s > m * (m - 1) // 2:
            return (
                f"the structure has {s} paths and covariances, and {m} constructs have {m * (m - 1) // 2} "
                "correlations; remove paths or covariances"
            )
        return None

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, standard_errors=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference; see `Estimator.fit`."""
        if self._is_general(model):
            return self._general(batch, model, targets)
        found = measure(batch, model, max_iterations=self.max_iterations)
        matrix, theta = mapping(found, batch.retained, model), error_matrix(found, model)
        across = np.swapaxes(matrix, 1, 2)
        covariances = np.full((len(batch), len(model.blocks), len(model.blocks)), np.nan)
        correct_batch(
            matrix @ sample(batch) @ across, matrix @ theta @ across, float(batch.n), covariances, found.status
        )
        paths, construct, deviation, r2 = self._structure(covariances, model, found)
        size = found.loadings * deviation[:, model.block_of]
        variance = size**2 + found.errors
        impossible = (batch.retained & ~(variance > 0.0)).any(axis=1)
        found.status[impossible & (found.status <= Status.INADMISSIBLE)] = Status.SINGULAR
        loadings = size / np.sqrt(np.where(variance > 0.0, variance, np.nan))
        solution = Solution(paths, loadings, construct, r2)
        estimates = finished(solution, found, batch, model, targets)
        inference = self.standard_errors and bool(np.isfinite(batch.n))
        if self.solution == "raw":
            raw = RawTwoStep(batch, model, found, paths, construct, deviation, r2, self.scaling)
            told = raw.told(estimates, loadings, variance)
            return with_normal_inference(told, raw.errors(estimates), self.level) if inference else told
        if not inference:
            return estimates
        steps = structural_parameters(model)
        se = np.full(estimates.value.shape, np.nan)
        measured = Measured(
            found.loadings, found.errors, found.error_covariances, theta, matrix, alive_pairs(batch.retained, model),
            found.group, found.correlations, batch.retained,
        )  # fmt: skip
        structured, codes = Structured(deviation, paths, construct), target_codes(model, targets, [], steps)
        two_step_errors(measured, structured, structure_of(model), codes, float(batch.n), found.status, se)
        return with_normal_inference(estimates, se, self.level)

    def _is_general(self, model: Model) -> bool:
        """Whether the general search is needed."""
        plain = (self.measurement, self.bounds, self.structure) == ("ml", "wide.zerovar", "local")
        return not plain or is_general(model)

    def _general(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets with inference, by the general search."""
        asked = Steps(self.measurement, self.errors, self.bounds, self.structure, self.max_iterations)
        both = two_steps(batch, model, asked)
        estimates = general_estimates(both.found, {}, batch, model, targets, self.solution, "loadings")
        if not (self.standard_errors and np.isfinite(batch.n)):
            return estimates
        return with_general_inference(estimates, both.found, both.spread, model, self.solution, self.level)

    def _structure(
        self, covariances: Floats, model: Model, found: Measurement
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """Standardised paths and implied correlations (R, m, m), implied deviations, r2 (R, m) of the structure."""
        deviation = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        correlations = standardised(covariances, deviation)
        if is_saturated(model) and not _residuals_covary(model):
            paths, r2 = regression(correlations, model, found)
            return paths, correlations, deviation, r2
        batch = Batch.of_moments(Moments(np.zeros(deviation.shape), correlations, np.inf))
        fitted = minimise(batch, among_constructs(model), TOLERANCE, self.max_iterations, np.inf, None)[0]
        found.status[:] = np.maximum(found.status, fitted.status)
        found.iterations[:] += fitted.iterations
        return fitted.paths, fitted.correlations, fitted.scales * deviation, fitted.r2


def _residuals_covary(model: Model) -> bool:
    """Whether some structural covariance joins an endogenous construct."""
    endogenous = set(np.flatnonzero(model.path_matrix.any(axis=1)))
    steps = structural_parameters(model)
    return any(a in endogenous or b in endogenous for kind, a, b in steps if kind == COVARIANCE)
