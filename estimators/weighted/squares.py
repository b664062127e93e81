"""Weighted squares of the differences between a sample's moments and implied ones.

f = (s - sigma)' W (s - sigma) / 2 over chosen elements of the covariance matrix (Browne 1984, British Journal of
Mathematical and Statistical Psychology 37, 62-83).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from estimators.constrained.moments import STEP, Layout, Numbers
from sim.batch import Floats

Places = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Weighted:
    """The function for one sample (p, p): its elements at `places` (d,), weights (d, d) or, on the diagonal, (d,)."""

    sample: Floats
    layout: Layout
    places: Places
    weight: Floats
    means: None = None

    @cached_property
    def _target(self) -> Floats:
        return np.asarray(self.sample[self.places])

    def _weigh(self, values: Numbers) -> Numbers:
        """The weights times values (..., d)."""
        return np.asarray(values * self.weight if self.weight.ndim == 1 else values @ self.weight)

    def value(self, theta: Floats) -> float:
        """f at theta (k,)."""
        implied = self.layout.matrices(theta).implied
        if not np.isfinite(implied).all():
            return np.inf
        residual = self._target - implied[self.places]
        return 0.5 * float(self._weigh(residual) @ residual)

    def slopes(self, theta: Numbers) -> Numbers:
        """Derivatives (..., k, d) of the implied moments."""
        first, second = self.layout.slopes(self.layout.matrices(theta))
        rows, columns = self.places
        return np.asarray(
            first[..., rows] * second[..., columns] + first[..., columns] * second[..., rows], dtype=first.dtype
        )

    def gradient(self, theta: Numbers) -> Numbers:
        """The gradient (..., k) at theta (..., k)."""
        rows, columns = self.places
        at = self.layout.matrices(theta)
        residual = self._weigh(at.implied[..., rows, columns] - self._target)
        # The sum of residual (x_i y_j + x_j y_i) over the places is x' R y, without the derivatives one by one.
        square = np.zeros_like(at.implied)
        square[..., rows, columns] += residual
        square[..., columns, rows] += residual
        first, second = self.layout.slopes(at)
        return np.asarray(((first @ square) * second).sum(axis=-1))

    def expected(self, theta: Floats) -> Floats:
        """The Hessian (k, k) where residuals vanish: J W J'."""
        slopes = self.slopes(theta)
        return np.asarray(self._weigh(slopes) @ slopes.T)

    def hessian(self, theta: Floats) -> Floats:
        """The Hessian (k, k) at theta (k,)."""
        found: Floats = self.gradient(theta + STEP * 1j * np.eye(len(theta))).imag / STEP
        return 0.5 * (found + found.T)
