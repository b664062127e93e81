"""Factor score regression: path analysis on regression or Bartlett scores, as they are or corrected (Croon 2002)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status, beyond_names
from estimators.factors.structure import composite_block
from estimators.inference.wald import with_t_inference
from estimators.kernels.constructs import regress_batch
from estimators.kernels.scores import path_errors
from estimators.quantities import completed, estimates_of
from estimators.shared.errors import dependent_errors
from estimators.solution import Solution
from estimators.twostep.measurement import Measurement, mapping, measure
from sim.batch import Batch, Floats, pairs_of
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class BartlettScores(AlignedEstimator):
    """OLS among Bartlett's factor scores, each block's one-factor ML giving the weights l / theta (Bartlett 1937).

    Paths are standardised: of scores with variance 1. A block's Bartlett and regression scores differ by a factor only,
    so both methods agree there; with `metric` "factors" paths are those of the scores in units of the factors, whose
    variance is 1, as a program's scores come out: there b sd_x / sd_y of the standardised paths, and the two differ
    (Skrondal & Laake 2001; Devlieger, Mayer & Rosseel 2016). Loadings, AVE and rho_c are the measurement models'.

    Scores are not factors, so paths are attenuated. `correction` "reliability" divides the scores' correlations by the
    roots of their reliabilities (w'l)^2 / w'Rw, which is consistent; "csem" does so with reliabilities and squared
    loadings lower by (n - 1) / n, as cSEM has them, which fits covariances of divisor n to correlations.

    Standard errors, t intervals (n - k - 1 degrees of freedom) and p-values are those of lm on the scores: the error of
    the measurement is left out, which is what users do. Corrected paths have none but a bootstrap's. Status: as
    `measurement.measure`; SINGULAR for dependent predictors; INADMISSIBLE for corrected correlations beyond 1.
    """

    correction: Literal["none", "reliability", "csem"] = "none"
    metric: Literal["scores", "factors"] = "scores"
    level: float = 0.95
    inference: bool = True

    def refusal(self, model: Model) -> str | None:
        """Scores need reflective blocks without error covariances, and blocks that determine their loadings."""
        return _unscorable(model, self)

    def without_inference(self) -> Self:
        """A method that gives the values of this one, without standard errors."""
        return replace(self, inference=False)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets, and inference for paths; see `Estimator.fit`."""
        found = measure(batch, model)
        weights, covariances = scores(found, batch, model)
        variances = np.diagonal(covariances, axis1=1, axis2=2)
        deviation = np.sqrt(np.where(variances > 0.0, variances, np.nan))
        reliability = 1.0 / deviation**2
        loadings = found.loadings
        if self.correction == "csem" and np.isfinite(batch.n):
            reliability, loadings = (1 - 1 / batch.n) * reliability, np.sqrt(1 - 1 / batch.n) * loadings
        divisor = deviation if self.correction == "none" else deviation * np.sqrt(reliability)
        correlations = standardised(covariances, divisor)
        paths, r2 = regression(correlations, model, found)
        size = self._size_of_scores(deviation)
        ratio = size[:, :, None] / size[:, None, :]
        standard = Solution(paths, loadings, correlations, r2, weights / deviation[:, model.block_of])
        sizes = [target for target in targets if target.kind == "f2"]  # of standardised paths whatever the metric
        solution = completed(standard, batch.moments.covariances, batch, model, sizes)
        estimates = finished(replace(solution, paths=paths * ratio), found, batch, model, targets)
        if not self.inference or self.correction != "none" or not np.isfinite(batch.n):
            return estimates
        errors = np.full(paths.shape, np.nan)
        path_errors(correlations, model.path_matrix, r2, float(batch.n), errors)
        return with_t_inference(estimates, model, errors * ratio, batch.n, self.level)

    def _size_of_scores(self, deviation: Floats) -> Floats:
        """The unit of each construct's path coefficients, in standard deviations of its scores (R, m)."""
        return deviation if self.metric == "factors" else np.ones_like(deviation)


@dataclass(frozen=True)
class RegressionScores(BartlettScores):
    """OLS among regression factor scores, weights R^-1 l of each block's one-factor ML (Thurstone 1935).

    A block's regression scores are its Bartlett scores times their reliability: everything of `BartlettScores` holds,
    and in units of factors a path of regression scores is shrunk for its outcome, not for its predictor.
    """

    def _size_of_scores(self, deviation: Floats) -> Floats:
        return 1.0 / deviation if self.metric == "factors" else np.ones_like(deviation)


@dataclass(frozen=True)
class Croon(AlignedEstimator):
    """Path analysis on factor scores whose covariances are corrected for the measurement (Croon 2002).

    A = w'l and the error variance w'Theta w of each block's scores give cov(F_j, F_k) / (A_j A_k) for the constructs'
    covariances and (var(F) - w'Theta w) / A^2 for their variances (Devlieger, Mayer & Rosseel 2016); OLS on them is
    standardised. Bartlett and regression scores give the same numbers, those of local SAM without its
    correction of covariances that are not positive definite. Inference by bootstrap. Status: as `BartlettScores`;
    NEGATIVE_RELIABILITY for a corrected variance that is not positive.
    """

    def refusal(self, model: Model) -> str | None:
        """Scores need reflective blocks without error covariances, and blocks that determine their loadings."""
        return _unscorable(model, self)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        found = measure(batch, model)
        weights, covariances = scores(found, batch, model)
        of_scores = np.diagonal(covariances, axis1=1, axis2=2)
        error = np.add.reduceat(np.where(batch.retained, weights**2 * found.errors, 0.0), model.bounds[:-1], axis=1)
        variance = of_scores - error
        usable = found.status <= Status.INADMISSIBLE
        found.status[usable & ~(variance > 0.0).all(axis=1)] = Status.NEGATIVE_RELIABILITY
        correlations = standardised(covariances, np.sqrt(np.where(variance > 0.0, variance, np.nan)))
        paths, r2 = regression(correlations, model, found)
        weights = weights / np.sqrt(of_scores)[:, model.block_of]
        return finished(Solution(paths, found.loadings, correlations, r2, weights), found, batch, model, targets)


def unmeasurable(model: Model, method: str = "factor score regression") -> str | None:
    """The refusal of a method that measures by common factors, or None."""
    message = composite_block(model, method)
    if message:
        return message
    if len(model.blocks) == 1 and len(model.blocks[0].items) == 2:
        return (
            f"the two items of {model.blocks[0].construct} do not determine its loadings, and there is no other block; "
            "add an item or a block"
        )
    return None


def _unscorable(model: Model, of: object) -> str | None:
    told = beyond_names(model, "factor score regression", of) or unmeasurable(model)
    return told or dependent_errors(model, "factor score regression", ("sam", "ml"))


def scores(found: Measurement, batch: Batch, model: Model) -> tuple[Floats, Floats]:
    """Weights of each block's Bartlett scores, w'l = 1 (R, p), and the scores' covariances (R, m, m)."""
    matrix = mapping(found, batch.retained, model)
    weights = matrix[:, model.block_of, np.arange(len(model.items))]
    covariances = matrix @ sample(batch) @ np.swapaxes(matrix, 1, 2)
    return np.where(batch.retained, weights, np.nan), covariances


def sample(batch: Batch) -> Floats:
    """Correlations of the retained items (R, p, p), 0 for the others."""
    return np.where(pairs_of(batch.retained), batch.moments.correlations, 0.0)


def standardised(covariances: Floats, deviation: Floats) -> Floats:
    """Covariances (R, m, m) divided by deviations (R, m), with a diagonal of 1."""
    correlations = covariances / (deviation[:, :, None] * deviation[:, None, :])
    m = np.arange(deviation.shape[1])
    correlations[:, m, m] = 1.0
    return correlations


def regression(correlations: Floats, model: Model, found: Measurement) -> tuple[Floats, Floats]:
    """Paths (R, m, m) and r2 (R, m) by OLS; what fails goes into `found.status`."""
    paths, r2 = np.full(correlations.shape, np.nan), np.full(correlations.shape[:2], np.nan)
    regress_batch(correlations, model.path_matrix, paths, r2, found.status)
    return paths, r2


def finished(solution: Solution, found: Measurement, batch: Batch, model: Model, wanted: Sequence[Target]) -> Estimates:
    """Estimates of the targets from a two-step solution."""
    items = batch.moments.covariances
    return estimates_of(solution, items, found.status, found.iterations, batch, model, wanted)
