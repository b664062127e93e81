"""How far implied covariances are from a sample's: likelihood, generalized and unweighted least squares.

f per respondent, twice which times the respondents is the test statistic. Its gradient is tr(Q dSigma) / 2 and its
expected Hessian tr(W dSigma W dSigma) / 2: likelihood W = Sigma^-1, Q = W - W S W; generalized W = S^-1,
Q = W (Sigma - S) W (Browne 1974, S. Afr. Statist. J. 8, 1-24). Unweighted, every variance and every covariance counts
once: f = sum of (S - Sigma)_il^2 over i <= l, halved, as lavaan has it (Joreskog's trace counts covariances twice; the
two part where a restriction or a bound leaves residual variances).

Where the layout is of means too the likelihood has (m - mu)' Sigma^-1 (m - mu) / 2 besides, m the sample's means.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from estimators.constrained.moments import STEP, Layout, Matrices, Numbers
from sim.batch import Floats

Kind = Literal["likelihood", "generalized", "unweighted"]


@dataclass(frozen=True)
class Discrepancy:
    """A kind of distance from sample covariances (p, p) to those of a layout; `means` (p,) where it is of means too."""

    kind: Kind
    sample: Floats
    layout: Layout
    means: Floats | None = None

    def value(self, theta: Floats) -> float:
        """f at theta (k,), infinite where the likelihood does not exist."""
        at = self.layout.matrices(theta)
        implied = at.implied
        if not np.isfinite(implied).all():
            return np.inf
        if self.kind == "likelihood":
            try:
                root = np.linalg.cholesky(implied)
            except np.linalg.LinAlgError:
                return np.inf
            if not np.diagonal(root).min() > 1e-10 * np.sqrt(np.diagonal(implied).max()):
                return np.inf
            log_det = 2.0 * np.log(np.diagonal(root)).sum()
            trace = np.trace(np.linalg.solve(implied, self.sample))
            if self.means is not None:
                apart = self.means - at.averages
                trace += apart @ np.linalg.solve(implied, apart)
            return 0.5 * float(log_det + trace - self._constant)
        residual = self.sample - implied
        if self.kind == "generalized":
            residual = np.asarray(np.linalg.solve(self.sample, residual), dtype=np.float64)
            return 0.25 * float((residual * residual.T).sum())
        return 0.5 * float((np.tril(residual) ** 2).sum())

    @cached_property
    def _constant(self) -> float:
        """What makes the likelihood's f 0 where the sample's covariances are met."""
        sign, log_det = np.linalg.slogdet(self.sample)
        return float(log_det if sign > 0 else 0.0) + len(self.sample)

    @cached_property
    def _precision(self) -> Floats:
        """S^-1."""
        return np.asarray(np.linalg.inv(self.sample), dtype=np.float64)

    def weight(self, at: Matrices) -> Numbers:
        """W (..., p, p)."""
        if self.kind == "likelihood":
            return at.precision
        if self.kind == "generalized":
            return self._precision
        return np.eye(len(self.sample))

    def gradient(self, theta: Numbers) -> Numbers:
        """The gradient (..., k) at theta (..., k)."""
        at = self.layout.matrices(theta)
        weight = self.weight(at)
        if self.kind == "likelihood":
            moment = self.sample
            if self.means is not None:
                apart = self.means - at.averages
                moment = moment + apart[..., :, None] * apart[..., None, :]
            residual = weight - weight @ moment @ weight
        else:
            residual = weight @ (at.implied - self.sample) @ weight
        if self.kind == "unweighted":
            residual = residual * (1.0 + np.eye(len(self.sample)))
        first, second = self.layout.slopes(at)
        found = np.asarray(((first @ residual) * second).sum(axis=-1))
        if self.means is None:
            return found
        pull = weight @ (self.means - at.averages)[..., None]
        return np.asarray(found - (self.layout.mean_slopes(at) @ pull)[..., 0])

    def expected(self, theta: Floats) -> Floats:
        """The expected Hessian (k, k) at theta (k,)."""
        at = self.layout.matrices(theta)
        first, second = self.layout.slopes(at)
        found = products(first, second, self.weight(at))
        if self.kind == "unweighted":
            found = found + 2.0 * (first * second) @ (first * second).T
        if self.means is not None:
            slopes = self.layout.mean_slopes(at)
            found = found + slopes @ self.weight(at) @ slopes.T
        return found

    def hessian(self, theta: Floats) -> Floats:
        """The Hessian (k, k) at theta (k,)."""
        k = len(theta)
        found: Floats = self.gradient(theta + STEP * 1j * np.eye(k)).imag / STEP
        return 0.5 * (found + found.T)


def products(first: Floats, second: Floats, weight: Floats) -> Floats:
    """tr(W dSigma_a W dSigma_b) / 2 for all parameters (k, k), from the vectors of the derivatives."""
    one, two = first @ weight, second @ weight
    across = one @ second.T
    return np.asarray((one @ first.T) * (two @ second.T) + across * across.T)
