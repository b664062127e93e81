"""Covariances of all the parameters of a factor model at its minimum, from the derivatives of its covariances.

Everything is in units of the sample's standard deviations, the log scales among the parameters. With D_t the
derivatives of the implied covariances Sigma by parameter t and W the inverse of Sigma (likelihood) or of the sample
(generalized least squares), the expected information of one respondent is tr(W D_t W D_u) / 2.
"""

from collections.abc import Callable

import numpy as np

from estimators.factors.minimum import Minimum
from estimators.factors.structure import structure_of
from estimators.kernels.derivatives import derivatives
from estimators.kernels.sandwich import STEP
from sim.batch import Batch, Floats
from sim.model import Model

#: The covariance (k, k) of the parameters of data set r from the Jacobian of its implied covariances (p(p+1)/2, k).
ParameterCovariance = Callable[[int, Floats], Floats]


def likelihood_covariance(
    found: Minimum, batch: Batch, model: Model, respondents: float, observed: bool, robust: bool
) -> ParameterCovariance:
    """Inverse of the information, expected or `observed`; `robust`: the sandwich with casewise scores.

    NaN where the information is not positive definite, and robust without answers.
    """
    correlations = batch.moments.correlations

    def covariance(r: int, jacobian: Floats) -> Floats:
        kept = np.flatnonzero(found.retained[r])
        k = jacobian.shape[1]
        if robust and not batch.has_answers:
            return np.full((k, k), np.nan)
        implied, slopes = implied_covariances(jacobian, len(kept)), square_slopes(jacobian, len(kept))
        turned = np.linalg.inv(implied) @ slopes
        information = 0.5 * _products(turned)
        if observed:
            sample = correlations[r][np.ix_(kept, kept)]
            information = _hessian(found.parameters[r, :k], sample, found, r, model, information)
        bread = inverse_of(information)
        if not robust:
            return bread / respondents
        scores = _scores(standardised_answers(batch, r)[:, kept], turned, implied)
        return bread @ (scores.T @ scores) @ bread / (len(scores) * respondents)

    return covariance


def generalized_covariance(found: Minimum, batch: Batch) -> ParameterCovariance:
    """Inverse of the information with the sample's covariances for the implied ones, over n - 1."""

    def covariance(r: int, jacobian: Floats) -> Floats:
        kept = np.flatnonzero(found.retained[r])
        precision = np.linalg.inv(batch.moments.correlations[r][np.ix_(kept, kept)])
        return inverse_of(0.5 * _products(precision @ square_slopes(jacobian, len(kept)))) / (batch.n - 1)

    return covariance


def implied_covariances(jacobian: Floats, p: int) -> Floats:
    """Sigma (p, p) itself: a covariance is its own derivative by the log scale of either item."""
    rows, columns = np.triu_indices(p)
    implied = np.empty((p, p))
    own = jacobian[np.arange(len(rows)), rows] / np.where(rows == columns, 2.0, 1.0)
    implied[rows, columns] = implied[columns, rows] = own
    return implied


def square_slopes(jacobian: Floats, p: int) -> Floats:
    """The derivatives of Sigma by each parameter (k, p, p)."""
    rows, columns = np.triu_indices(p)
    slopes = np.empty((jacobian.shape[1], p, p))
    slopes[:, rows, columns] = slopes[:, columns, rows] = jacobian.T
    return slopes


def inverse_of(information: Floats) -> Floats:
    """The inverse of an information (k, k), NaN where it is not positive definite."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return np.full(information.shape, np.nan)
    return np.asarray(np.linalg.inv(information), dtype=np.float64)


def standardised_answers(batch: Batch, r: int) -> Floats:
    """Answers (n, p) of data set r less their means, over their standard deviations (divisor n)."""
    deviation = np.sqrt(np.diagonal(batch.moments.covariances[r]))
    varies = batch.moments.varies[r]
    centred = batch.raw[r].astype(np.float64) - batch.moments.means[r]
    return np.asarray(centred / np.where(varies, deviation, np.inf))


def _products(turned: Floats) -> Floats:
    """tr(A_t A_u) of matrices (k, p, p): (k, k)."""
    k = len(turned)
    return np.asarray(turned.reshape(k, -1) @ turned.transpose(0, 2, 1).reshape(k, -1).T)


def _scores(answers: Floats, turned: Floats, implied: Floats) -> Floats:
    """Casewise scores (n, k) less their means: z' Sigma^-1 D_t Sigma^-1 z / 2 of answers z (n, p)."""
    forms = 0.5 * turned @ np.linalg.inv(implied)
    scores = ((answers @ forms) * answers).sum(axis=2).T
    return np.asarray(scores - scores.mean(axis=0))


def _hessian(x: Floats, sample: Floats, found: Minimum, r: int, model: Model, expected: Floats) -> Floats:
    """Second derivatives (k, k) of the discrepancy of one respondent, by central differences of its gradient."""
    structure, p, k = structure_of(model), len(sample), len(x)
    none = np.empty((0, 4), dtype=np.int64)

    def gradient(at: Floats) -> Floats:
        jacobian = np.empty((p * (p + 1) // 2, k))
        derivatives(at, found.retained[r], structure, none, jacobian, np.empty((0, k)))
        inverse = np.linalg.inv(implied_covariances(jacobian, p))
        form = inverse - inverse @ sample @ inverse
        return np.asarray(0.5 * (square_slopes(jacobian, p) * form).sum(axis=(1, 2)))

    steps = STEP / np.sqrt(np.diagonal(expected))
    hessian = np.empty((k, k))
    for t in range(k):
        move = steps[t] * (np.arange(k) == t)
        hessian[t] = (gradient(x + move) - gradient(x - move)) / (2.0 * steps[t])
    return np.asarray(0.5 * (hessian + hessian.T))
