"""Bounds that keep small samples from impossible and endless estimates (De Jonckere & Rosseel 2022).

De Jonckere & Rosseel, Structural Equation Modeling 29, 412-427. From the items' sample variances v and, for the first
item of a construct, a least reliability of 0.1: an error variance is at most v, a construct's variance lies between
0.1 v and v of its first item, |loading| is at most sqrt(v / 0.1 v1), |covariance| at most the root of the product of
the largest variances. "wide" stretches those intervals, "pos.var" asks for nothing but variances from 0.
"""

from typing import Literal, NamedTuple

import numpy as np

from estimators.constrained.descent import Region
from estimators.constrained.table import CONSTRUCT, ERROR, LOADING, Row, Table
from sim.batch import Floats

Bounds = Literal["none", "standard", "pos.var", "wide", "wide.zerovar"]

#: The least reliability of a first item, and the least residual variance of an endogenous construct, which lavaan has
#: in the units of the answers: where items are measured in other units it binds elsewhere.
RELIABILITY, ENDOGENOUS = 0.1, 0.005
#: The bounds that have it.
ABSOLUTE: tuple[Bounds, ...] = ("standard", "wide", "wide.zerovar")


class Stretch(NamedTuple):
    """How far beyond the natural interval bounds lie: of errors downwards and upwards, of constructs upwards, ..."""

    below: float
    above: float
    constructs: float
    loadings: float
    covariances: float


_STRETCH = {
    "standard": Stretch(0.0, 1.005, 1.0, 1.0, 0.998),
    "wide": Stretch(-0.05, 1.2, 1.3, 1.2, 1.0),
    "wide.zerovar": Stretch(0.0, 1.2, 1.3, 1.2, 1.0),
}


def region_of(table: Table, sample: Floats, bounds: Bounds, n: float) -> Region:
    """Ties and bounds of a table's parameters, the model's own bounds among them; the narrower ones count."""
    lower, upper = table.bounds
    ties, values = table.ties
    if bounds != "none":
        low, high = (
            _of_variances(table) if bounds == "pos.var" else _of_stretch(table, np.diagonal(sample), _STRETCH[bounds])
        )
        lower, upper = np.maximum(lower, low), np.minimum(upper, high)
    return Region(ties, values, lower, upper)


def _of_variances(table: Table) -> tuple[Floats, Floats]:
    """Variances from 0."""
    own = [row.matrix in (CONSTRUCT, ERROR) and row.row == row.column for row in table.free]
    return np.where(own, 0.0, -np.inf), np.full(len(own), np.inf)


def _of_stretch(table: Table, variances: Floats, stretch: Stretch) -> tuple[Floats, Floats]:
    """Bounds (k,) of all but paths."""
    maker = _Maker(table, variances, stretch)
    found = np.array([maker.of(row) for row in table.free]).reshape(-1, 2)
    return found[:, 0], found[:, 1]


class _Maker:
    def __init__(self, table: Table, variances: Floats, stretch: Stretch) -> None:
        self.variances, self.stretch = variances, stretch
        first: dict[int, int] = {}
        for row in table.rows:
            if row.matrix == LOADING:
                first.setdefault(row.column, row.row)
        self.first = first
        self.endogenous = {row.row for row in table.rows if row.operator == "~"}
        self.markers = {
            row.row
            for row in table.rows
            if row.matrix == LOADING and not row.free and self.first[row.column] == row.row
        }

    def of(self, row: Row) -> tuple[float, float]:
        """Lower and upper bound of one parameter."""
        if row.matrix == LOADING:
            if row.column not in self.first:
                return -np.inf, np.inf
            least = RELIABILITY * self.variances[self.first[row.column]]
            end = self.stretch.loadings * float(np.sqrt(self.variances[row.row] / least))
            return -end, end
        if row.matrix not in (CONSTRUCT, ERROR):
            return -np.inf, np.inf
        ends = self._error if row.matrix == ERROR else self._construct
        if row.row == row.column:
            return ends(row.row)
        both = float(np.sqrt(max(ends(row.row)[1], 0.0) * max(ends(row.column)[1], 0.0)))
        return -self.stretch.covariances * both, self.stretch.covariances * both

    def _error(self, item: int) -> tuple[float, float]:
        most = self.variances[item] * (1.0 - RELIABILITY if item in self.markers else 1.0)
        return self.stretch.below * most, self.stretch.above * most

    def _construct(self, construct: int) -> tuple[float, float]:
        if construct not in self.first:
            return 0.0, np.inf
        most = float(self.variances[self.first[construct]])
        least = ENDOGENOUS if construct in self.endogenous else RELIABILITY * most
        return least, least + self.stretch.constructs * (most - least)
