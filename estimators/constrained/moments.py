"""What a table of parameters implies, and its derivatives; for stacks of parameters, real or complex."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from estimators.constrained.table import CONSTRUCT, ERROR, INTERCEPT, LOADING, MEAN, PATH, Table
from sim.batch import Floats

Numbers = NDArray[Any]

#: The step of complex derivatives: the error is its square.
STEP = 1e-30


class Matrices(NamedTuple):
    """L (..., p, m), A = (1 - B)^-1 and B (..., m, m), P (..., m, m), T (..., p, p), n (..., p) and a (..., m)."""

    loadings: Numbers
    effects: Numbers
    paths: Numbers
    constructs: Numbers
    errors: Numbers
    intercepts: Numbers
    means: Numbers

    @property
    def latent(self) -> Numbers:
        """Covariances of the constructs (..., m, m)."""
        return self.effects @ self.constructs @ np.swapaxes(self.effects, -1, -2)

    @property
    def implied(self) -> Numbers:
        """Covariances of the items (..., p, p)."""
        return self.loadings @ self.latent @ np.swapaxes(self.loadings, -1, -2) + self.errors

    @property
    def construct_means(self) -> Numbers:
        """Means of the constructs (..., m)."""
        return np.asarray((self.effects @ self.means[..., None])[..., 0])

    @property
    def averages(self) -> Numbers:
        """Means of the items (..., p)."""
        return np.asarray(self.intercepts + (self.loadings @ self.construct_means[..., None])[..., 0])


class Layout:
    """Where the parameters of a table stand, looked up once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        p, m = len(table.items), len(table.constructs)
        self.shapes = {LOADING: (p, m), PATH: (m, m), CONSTRUCT: (m, m), ERROR: (p, p)}
        self.free = {matrix: table.places(matrix, True) for matrix in self.shapes}
        self.constant = {matrix: self._constant(matrix) for matrix in self.shapes}
        self.lengths = {INTERCEPT: p, MEAN: m}
        self.free_means = {kind: table.places(kind, True) for kind in self.lengths}
        self.constant_means = {kind: self._constant_vector(kind) for kind in self.lengths}

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
        found = {}
        for matrix, (rows, columns, places) in self.free.items():
            filled = np.empty((*theta.shape[:-1], *self.shapes[matrix]), dtype=theta.dtype)
            filled[...] = self.constant[matrix]
            filled[..., rows, columns] = theta[..., places]
            if matrix in (CONSTRUCT, ERROR):
                filled[..., columns, rows] = theta[..., places]
            found[matrix] = filled
        effects = np.linalg.inv(np.eye(self.shapes[PATH][0]) - found[PATH])
        return Matrices(
            found[LOADING], effects, found[PATH], found[CONSTRUCT], found[ERROR],
            self._vector(INTERCEPT, theta), self._vector(MEAN, theta),
        )  # fmt: skip

    def slopes(self, at: Matrices) -> tuple[Numbers, Numbers]:
        """X and Y (..., k, p) of the derivatives x y' + y x' of the implied covariances by every parameter."""
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
