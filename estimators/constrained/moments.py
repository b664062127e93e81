"""What a table of parameters implies, and its derivatives; for stacks of parameters, real or complex."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.constrained.table import CONSTRUCT, ERROR, INTERCEPT, LOADING, MEAN, PATH, Table
from sim.batch import Floats

Numbers = NDArray[Any]

#: The step of complex derivatives: the error is its square.
STEP = 1e-30


@dataclass(frozen=True)
class Matrices:
    """L (..., p, m), A = (1 - B)^-1 and B (..., m, m), P (..., m, m), T (..., p, p), n (..., p) and a (..., m)."""

    loadings: Numbers
    effects: Numbers
    paths: Numbers
    constructs: Numbers
    errors: Numbers
    intercepts: Numbers
    means: Numbers

    @cached_property
    def latent(self) -> Numbers:
        """Covariances of the constructs (..., m, m)."""
        return self.effects @ self.constructs @ np.swapaxes(self.effects, -1, -2)

    @cached_property
    def implied(self) -> Numbers:
        """Covariances of the items (..., p, p)."""
        return self.loadings @ self.latent @ np.swapaxes(self.loadings, -1, -2) + self.errors

    @cached_property
    def precision(self) -> Numbers:
        """The inverse of `implied` (..., p, p)."""
        return np.linalg.inv(self.implied)

    @cached_property
    def construct_means(self) -> Numbers:
        """Means of the constructs (..., m)."""
        return np.asarray((self.effects @ self.means[..., None])[..., 0])

    @cached_property
    def averages(self) -> Numbers:
        """Means of the items (..., p)."""
        return np.asarray(self.intercepts + (self.loadings @ self.construct_means[..., None])[..., 0])


class Layout:
    """Where the parameters of a table stand, looked up once.

    A step of a search asks for the matrices at one point, and for their derivatives, several times: the last are kept.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        p, m = len(table.items), len(table.constructs)
        self.shapes = {LOADING: (p, m), PATH: (m, m), CONSTRUCT: (m, m), ERROR: (p, p)}
        self.free = {matrix: table.places(matrix, True) for matrix in self.shapes}
        self.constant = {matrix: self._constant(matrix) for matrix in self.shapes}
        self.lengths = {INTERCEPT: p, MEAN: m}
        self.free_means = {kind: table.places(kind, True) for kind in self.lengths}
        self.constant_means = {kind: self._constant_vector(kind) for kind in self.lengths}
        self._filling = {matrix: self._cells(matrix) for matrix in self.shapes}
        self._unit = np.eye(m)
        self._last: tuple[bytes, Matrices] | None = None
        self._sloped: tuple[Matrices, tuple[Numbers, Numbers]] | None = None

    def _cells(self, matrix: int) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Where the free parameters stand in the flat matrix, those of symmetric ones twice, and which these are."""
        (rows, columns, places), (_, width) = self.free[matrix], self.shapes[matrix]
        cells = rows * width + columns
        if matrix not in (CONSTRUCT, ERROR):
            return cells, places
        return np.concatenate([cells, columns * width + rows]), np.concatenate([places, places])

    def _constant(self, matrix: int) -> Floats:
        filled = np.zeros(self.shapes[matrix])
        rows, columns, places = self.table.places(matrix, False)
        values = np.array([self.table.rows[at].fixed for at in places])
        filled[rows, columns] = values
        if matrix in (CONSTRUCT, ERROR):
            filled[columns, rows] = values
        return filled

    def _constant_vector(self, kind: int) -> Floats:
        filled = np.zeros(self.lengths[kind])
        rows, _, places = self.table.places(kind, False)
        filled[rows] = [self.table.rows[at].fixed for at in places]
        return filled

    def _vector(self, kind: int, theta: Numbers) -> Numbers:
        """Intercepts or means at theta (..., k)."""
        rows, _, places = self.free_means[kind]
        if not len(places):
            return self.constant_means[kind]
        filled = np.empty((*theta.shape[:-1], self.lengths[kind]), dtype=theta.dtype)
        filled[...] = self.constant_means[kind]
        filled[..., rows] = theta[..., places]
        return filled

    def matrices(self, theta: Numbers) -> Matrices:
        """The matrices at theta (..., k)."""
        if theta.ndim > 1 or theta.dtype != np.float64:
            return self.filled(theta)
        key, last = theta.tobytes(), self._last
        if last is None or last[0] != key:
            last = self._last = (key, self.filled(theta))
        return last[1]

    def filled(self, theta: Numbers) -> Matrices:
        """The matrices at theta (..., k), made anew."""
        found, stack = {}, theta.shape[:-1]
        for matrix, (cells, places) in self._filling.items():
            filled = np.empty((*stack, *self.shapes[matrix]), dtype=theta.dtype)
            filled[...] = self.constant[matrix]
            filled.reshape(*stack, -1)[..., cells] = theta[..., places]
            found[matrix] = filled
        effects = np.linalg.inv(self._unit - found[PATH])
        return Matrices(
            found[LOADING], effects, found[PATH], found[CONSTRUCT], found[ERROR],
            self._vector(INTERCEPT, theta), self._vector(MEAN, theta),
        )  # fmt: skip

    def slopes(self, at: Matrices) -> tuple[Numbers, Numbers]:
        """X and Y (..., k, p) of the derivatives x y' + y x' of the implied covariances by every parameter."""
        last = self._sloped
        if last is None or last[0] is not at:
            last = self._sloped = (at, self._slopes(at))
        return last[1]

    def _slopes(self, at: Matrices) -> tuple[Numbers, Numbers]:
        k, p = len(self.table.free), len(self.table.items)
        stack = at.paths.shape[:-2]
        first, second = np.zeros((*stack, k, p), at.paths.dtype), np.zeros((*stack, k, p), at.paths.dtype)
        reach, joint = at.loadings @ at.effects, at.loadings @ at.latent
        across, along = np.swapaxes(reach, -1, -2), np.swapaxes(joint, -1, -2)
        rows, columns, places = self.free[LOADING]
        first[..., places, rows] = 1.0
        second[..., places, :] = along[..., columns, :]
        rows, columns, places = self.free[PATH]
        first[..., places, :], second[..., places, :] = across[..., rows, :], along[..., columns, :]
        rows, columns, places = self.free[CONSTRUCT]
        half = np.where(rows == columns, 0.5, 1.0)[:, None]
        first[..., places, :], second[..., places, :] = half * across[..., rows, :], across[..., columns, :]
        rows, columns, places = self.free[ERROR]
        first[..., places, rows] = np.where(rows == columns, 0.5, 1.0)
        second[..., places, columns] = 1.0
        return first, second

    def mean_slopes(self, at: Matrices) -> Numbers:
        """Derivatives (..., k, p) of the implied means by every parameter."""
        k, p = len(self.table.free), len(self.table.items)
        found = np.zeros((*at.paths.shape[:-2], k, p), at.paths.dtype)
        reach, of_constructs = np.swapaxes(at.loadings @ at.effects, -1, -2), at.construct_means
        rows, columns, places = self.free[LOADING]
        found[..., places, rows] = of_constructs[..., columns]
        rows, columns, places = self.free[PATH]
        found[..., places, :] = reach[..., rows, :] * of_constructs[..., columns, None]
        rows, _, places = self.free_means[INTERCEPT]
        found[..., places, rows] = 1.0
        rows, _, places = self.free_means[MEAN]
        found[..., places, :] = reach[..., rows, :]
        return found


def jacobian(first: Floats, second: Floats) -> Floats:
    """Derivatives (k, p, p) of the implied covariances from their two vectors (k, p) each."""
    outer: Floats = first[:, :, None] * second[:, None, :]
    return outer + outer.transpose(0, 2, 1)
