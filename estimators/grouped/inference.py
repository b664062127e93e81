"""Inference of groups fitted together: covariances of the parameters, and the factors that scale robust tests."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from estimators.constrained.casewise import scores_of
from estimators.grouped.search import GroupFit, Sample
from sim.batch import Floats
from sim.errors import InputError


def information_covariance(fit: GroupFit, observed: bool = False) -> Floats:
    """The inverse (k, k) of the expected, or observed, information of all respondents."""
    of = fit.objective.hessian if observed else fit.objective.expected
    return fit.inverse(of(fit.end.theta)) / fit.n


@dataclass(frozen=True)
class Robust:
    """What the respondents' own scores say: the sandwich with observed information, and scaling factors (MLR).

    Yuan & Bentler (2000), Sociological Methodology 30, 165-200; Asparouhov & Muthen (2005). Raises InputError where a
    group has no answers.
    """

    fit: GroupFit

    def __post_init__(self) -> None:
        if any(sample.answers is None for sample in self.fit.samples):
            raise InputError("a robust fit needs the answers of every group; these are moments alone, so choose ml")

    @cached_property
    def _bread(self) -> Floats:
        """A^-1 (k, k), per respondent."""
        return self.fit.inverse(self.fit.objective.hessian(self.fit.end.theta))

    @cached_property
    def _meat(self) -> Floats:
        """B (k, k), per respondent."""
        own = []
        for sample, layout, at in zip(self.fit.samples, self.fit.layouts, self.fit.tables.places, strict=True):
            assert sample.answers is not None
            matrices = layout.matrices(self.fit.end.theta[at])
            precision = np.linalg.inv(matrices.implied)
            scores = scores_of(layout, matrices, precision, sample.answers - matrices.averages)
            own.append(scores.T @ scores / len(scores))
        return self.fit.objective.joined(own)

    @property
    def covariance(self) -> Floats:
        """Bread, meat, bread (k, k)."""
        return np.asarray(self._bread @ self._meat @ self._bread / self.fit.n)

    @property
    def expected_statistic(self) -> float:
        """What the statistic is on average where the model holds: tr(A1^-1 B1) - tr(A^-1 B)."""
        return sum(_unrestricted(sample) for sample in self.fit.samples) - float(np.trace(self._bread @ self._meat))

    @property
    def scaling(self) -> float:
        """What the statistic is divided by; NaN where that is not positive, or there is nothing to test."""
        return _positive(self.expected_statistic) / self.fit.df if self.fit.df else np.nan

    @property
    def scaling_of_baseline(self) -> float:
        """What the statistic of independent items is divided by; NaN where that is not positive."""
        p = len(self.fit.samples[0].means)
        mean = sum(_unrestricted(sample) - _independent(sample) for sample in self.fit.samples)
        return _positive(mean) / (len(self.fit.samples) * p * (p - 1) / 2)


def _positive(mean: float) -> float:
    return mean if mean > 0.0 else np.nan


def _unrestricted(sample: Sample) -> float:
    """tr(A1^-1 B1) of free covariances and means."""
    assert sample.answers is not None
    apart = sample.answers - sample.means
    squares = ((apart @ np.linalg.inv(sample.covariances)) * apart).sum(axis=1)
    p = len(sample.means)
    return 0.5 * (float((squares**2).mean()) - p) + p


def _independent(sample: Sample) -> float:
    """tr(A^-1 B) of free variances and means alone."""
    assert sample.answers is not None
    squares = (sample.answers - sample.means) ** 2 / np.diagonal(sample.covariances)
    p = len(sample.means)
    return 0.5 * (float((squares**2).sum(axis=1).mean()) - p) + p
