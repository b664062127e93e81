"""What respondents' own contributions say of parameters and of the test: the sandwich and its traces."""

from dataclasses import dataclass

import numpy as np

from estimators.constrained.fitting import Found, Spread
from estimators.constrained.moments import Layout, Matrices
from sim.batch import Batch, Floats


@dataclass(frozen=True)
class Traces:
    """Of one data set: trace of A^-1 B, and of V Gamma at the implied covariances, at the sample's, at independence
    over covariances and over variances; see `estimators.kernels.sandwich.judge_batch`. Of a model with means the free
    means count in the sample's and in that over variances.
    """

    own: float
    implied: float
    sample: float
    covariances: float
    variances: float


@dataclass(frozen=True)
class Casewise:
    """The respondents' scores of a fitted batch with answers; `observed`: bread of the observed information."""

    found: Found
    batch: Batch
    observed: bool

    def _deviations(self, r: int) -> Floats:
        """Answers (n, p) less their means."""
        kept = np.flatnonzero(self.found.retained[r])
        return np.asarray(self.batch.raw[r][:, kept].astype(np.float64) - self.batch.moments.means[r, kept])

    def _parts(self, r: int) -> tuple[Floats, Floats]:
        """Bread A^-1 (k, k) and meat B (k, k), per respondent."""
        end, layout = self.found.ends[r], self.found.layouts[r]
        assert end is not None
        at = layout.matrices(end.theta)
        precision = np.linalg.inv(at.implied)
        first, second = layout.slopes(at)
        if self.found.means is None:
            weighted = self._deviations(r) @ precision
            scores = (weighted @ first.T) * (weighted @ second.T)
            scores = scores - scores.mean(axis=0)
        else:
            apart = self.found.means[r, self.found.retained[r]] - at.averages
            scores = scores_of(layout, at, precision, self._deviations(r) + apart)
        objective = self.found.discrepancy_of(r)
        information = objective.hessian(end.theta) if self.observed else objective.expected(end.theta)
        return self.found.inverse(r, information), scores.T @ scores / len(scores)

    def spread(self, respondents: float) -> Spread:
        """Bread, meat, bread."""

        def covariance(r: int) -> Floats:
            bread, meat = self._parts(r)
            return np.asarray(bread @ meat @ bread / respondents)

        return covariance

    def traces(self, r: int) -> Traces:
        """The traces that scale the tests of data set r."""
        end, sample = self.found.ends[r], self.found.samples[r]
        assert end is not None
        assert sample is not None
        bread, meat = self._parts(r)
        deviations = self._deviations(r)
        precision = np.linalg.inv(self.found.layouts[r].matrices(end.theta).implied)
        own, unrestricted = (
            (deviations @ form * deviations).sum(axis=1) for form in (precision, np.linalg.inv(sample))
        )
        turned = precision @ sample
        squares = deviations**2 / np.diagonal(sample)
        deviation = np.sqrt(np.diagonal(sample))
        correlations = sample / deviation / deviation[:, None]
        fourth = float((squares**2).sum(axis=1).mean())
        of_means = 0 if self.found.means is None else len(sample)
        return Traces(
            float(np.trace(bread @ meat)),
            0.5 * float((own**2).mean() - (turned * turned.T).sum()),
            0.5 * float((unrestricted**2).mean() - len(sample)) + of_means,
            0.5 * float((squares.sum(axis=1) ** 2).mean() - fourth) - float((np.tril(correlations, -1) ** 2).sum()),
            0.5 * (fourth - len(sample)) + of_means,
        )


def scores_of(layout: Layout, at: Matrices, precision: Floats, deviations: Floats) -> Floats:
    """Derivatives (n, k) of each respondent's log likelihood, means among the parameters.

    deviations (n, p): answers less the implied means; precision (p, p): the inverse of the implied covariances.
    """
    first, second = layout.slopes(at)
    weighted = deviations @ precision
    trace = ((first @ precision) * second).sum(axis=-1)
    scores = (weighted @ first.T) * (weighted @ second.T) - trace + weighted @ layout.mean_slopes(at).T
    return np.asarray(scores)
