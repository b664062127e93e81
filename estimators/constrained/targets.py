"""Targets from the parameters of a table, standardised or in raw units, and their derivatives by complex steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from estimators.constrained.moments import STEP, Layout, Matrices, Numbers
from estimators.constrained.table import CONSTRUCT, ERROR, INTERCEPT, LOADING, MEAN, PATH, Row
from estimators.raw.units import Scale
from sim.batch import Floats
from sim.model import Model
from sim.targets import RELIABILITIES, Kind, Target

#: The kinds that follow from the parameters alone, each of which has a standard error.
OF_PARAMETERS: tuple[Kind, ...] = (
    "path", "indirect", "total", "total_indirect", "loading", "correlation", "variance", "intercept", "r2", "ave",
    "rho_c", "defined",
)  # fmt: skip
#: The kinds that take each item for a measure of one construct.
OF_BLOCKS: tuple[Kind, ...] = (*RELIABILITIES, "omega", "rho_a", "fornell_larcker", "htmt", "htmt_abs", "htmt2")


@dataclass(frozen=True)
class Solved:
    """The matrices of a stack of parameters on one scale.

    loadings (..., p, m); paths (..., m, m), those of dimensions among them; latent: covariances or correlations of the
    constructs (..., m, m); residual (..., m, m) and errors (..., p, p): covariances, or variances as shares and
    correlations; r2 (..., m); intercepts of items (..., p, 1) and means or intercepts of constructs (..., m, 1), on the
    standardised scale over standard deviations.
    """

    loadings: Numbers
    paths: Numbers
    latent: Numbers
    residual: Numbers
    errors: Numbers
    r2: Numbers
    intercepts: Numbers
    means: Numbers


def solved(at: Matrices, scale: Scale) -> Solved:
    """The matrices on the scale asked for; NaN where a variance is negative and nothing can be standardised."""
    latent, implied = at.latent, at.implied
    with np.errstate(divide="ignore", invalid="ignore"):
        own = _diagonal(latent)
        r2 = 1.0 - _diagonal(at.constructs) / own
        if scale == "raw":
            own_means = at.intercepts[..., None], at.means[..., None]
            return Solved(at.loadings, at.paths, latent, at.constructs, at.errors, r2, *own_means)
        items, constructs = _root(_diagonal(implied)), _root(own)
        loadings = at.loadings * constructs[..., None, :] / items[..., :, None]
        paths = at.paths * constructs[..., None, :] / constructs[..., :, None]
        correlations = latent / constructs[..., None, :] / constructs[..., :, None]
        own_means = (at.intercepts / items)[..., None], (at.means / constructs)[..., None]
        shares = _shares(at.constructs, own), _shares(at.errors, items**2)
        return Solved(loadings, paths, correlations, *shares, r2, *own_means)


def _diagonal(matrix: Numbers) -> Numbers:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def _root(values: Numbers) -> Numbers:
    return np.sqrt(np.where(values.real > 0.0, values, np.nan))


def _shares(covariances: Numbers, variances: Numbers) -> Numbers:
    """Variances as shares of `variances`, covariances as correlations."""
    own = _root(_diagonal(covariances))
    shares = covariances / own[..., None, :] / own[..., :, None]
    at = np.arange(covariances.shape[-1])
    shares[..., at, at] = _diagonal(covariances) / variances
    return shares


@dataclass(frozen=True)
class Evaluated:
    """The targets of a model at the parameters of one layout."""

    layout: Layout
    model: Model
    scale: Scale

    def values(self, theta: Numbers, targets: Sequence[Target]) -> Numbers:
        """Values (..., q) at theta (..., k), NaN for kinds that are none of `OF_PARAMETERS`."""
        at = self.layout.matrices(theta)
        found = solved(at, self.scale)
        standardised = found if self.scale == "standardised" else solved(at, "standardised")
        blank = np.full(theta.shape[:-1], np.nan, dtype=theta.dtype)
        columns = [
            self._reliability(target.kind, target.parts[0], standardised, blank)
            if target.kind in ("ave", "rho_c")
            else self._value(target, found, blank)
            for target in targets
        ]
        return np.stack(columns, axis=-1) if columns else np.empty((*theta.shape[:-1], 0), dtype=theta.dtype)

    def gradients(self, theta: Floats, targets: Sequence[Target]) -> Floats:
        """Derivatives (q, k) of the targets at theta (k,)."""
        moved: Floats = self.values(theta + STEP * 1j * np.eye(len(theta)), targets).imag.T / STEP
        return moved

    def _value(self, target: Target, found: Solved, blank: Numbers) -> Numbers:
        constructs, parts = self.model.constructs, target.parts
        index = [constructs.index(part) for part in parts if part in constructs]
        match target.kind:
            case "path":
                return np.asarray(found.paths[..., index[0], index[1]])
            case "indirect":
                return np.asarray(np.prod([found.paths[..., b, a] for a, b in pairwise(index)], axis=0))
            case "total" | "total_indirect":
                effect = np.linalg.inv(np.eye(len(constructs)) - found.paths)[..., index[1], index[0]]
                return np.asarray(effect - (found.paths[..., index[1], index[0]] if target.kind != "total" else 0.0))
            case "correlation":
                return np.asarray(found.latent[..., index[0], index[1]])
            case "r2":
                return np.asarray(found.r2[..., index[0]])
            case "loading":
                return self._loading(parts[0], parts[1], found, blank)
            case "variance":
                return self._variance(parts[0], found, blank)
            case "intercept":
                return self._intercept(parts[0], found, blank)
            case "defined":
                return self._defined(parts[0], found, blank)
        return blank

    def _loading(self, construct: str, name: str, found: Solved, blank: Numbers) -> Numbers:
        column = self.model.constructs.index(construct)
        if name in self.model.dimensions:
            return np.asarray(found.paths[..., self.model.constructs.index(name), column])
        items = self.layout.table.items
        return np.asarray(found.loadings[..., items.index(name), column]) if name in items else blank

    def _variance(self, name: str, found: Solved, blank: Numbers) -> Numbers:
        if name in self.model.constructs:
            at = self.model.constructs.index(name)
            return np.asarray(found.residual[..., at, at])
        items = self.layout.table.items
        return np.asarray(found.errors[..., items.index(name), items.index(name)]) if name in items else blank

    def _intercept(self, name: str, found: Solved, blank: Numbers) -> Numbers:
        if name in self.model.constructs:
            return np.asarray(found.means[..., self.model.constructs.index(name), 0]) + 0.0 * _zero(blank)
        items = self.layout.table.items
        return np.asarray(found.intercepts[..., items.index(name), 0]) + 0.0 * _zero(blank) if name in items else blank

    def _reliability(self, kind: Kind, construct: str, found: Solved, blank: Numbers) -> Numbers:
        """AVE and composite reliability from standardised loadings, NaN where an item has several constructs."""
        names = [i for i in self.model.indicators[construct] if i in self._measures]
        if construct in self.sharing or not names:
            return blank
        loadings = np.stack([self._loading(construct, name, found, blank) for name in names], axis=-1)
        if kind == "ave":
            return np.asarray((loadings**2).mean(axis=-1))
        total = loadings.sum(axis=-1) ** 2
        with np.errstate(invalid="ignore"):  # a solution without variance of an item has infinite loadings, no result
            return np.asarray(total / (total + (1.0 - loadings**2).sum(axis=-1)))

    @cached_property
    def _measures(self) -> frozenset[str]:
        """Items that remain, and dimensions."""
        return frozenset(self.layout.table.items) | self.model.dimensions

    @cached_property
    def sharing(self) -> frozenset[str]:
        """Constructs that share an item with another."""
        return sharing(self.model)

    @cached_property
    def _rows(self) -> dict[str, Row]:
        """The first parameter under each label."""
        found: dict[str, Row] = {}
        for row in self.layout.table.rows:
            if row.label:
                found.setdefault(row.label, row)
        return found

    def _defined(self, name: str, found: Solved, blank: Numbers) -> Numbers:
        """A quantity of the model's own, or the parameter under a label; NaN where a label went with its item."""
        if name in self.model.terms.labels:
            row = self._rows.get(name)
            return blank if row is None else np.asarray(cell(row, found))
        expression = self.model.terms.named[name].expression
        values: dict[str, Any] = {each: self._defined(each, found, blank) for each in expression.names}
        return np.asarray(expression.value(values)) + 0.0 * _zero(blank)


def _zero(blank: Numbers) -> Numbers:
    return np.zeros_like(blank)


_CELLS: dict[int, Callable[[Solved], Numbers]] = {
    LOADING: lambda found: found.loadings,
    PATH: lambda found: found.paths,
    CONSTRUCT: lambda found: found.residual,
    ERROR: lambda found: found.errors,
    INTERCEPT: lambda found: found.intercepts,
    MEAN: lambda found: found.means,
}


def cell(row: Row, found: Solved) -> Numbers:
    """The value (...,) of one parameter of the table."""
    return _CELLS[row.matrix](found)[..., row.row, row.column]


def sharing(model: Model) -> frozenset[str]:
    """Constructs that share an item with another."""
    owners = {
        item: [c for c, items in model.indicators.items() if item in items]
        for block in model.crossed
        for item in block.items
    }
    return frozenset(c for found in owners.values() if len(found) > 1 for c in found)
