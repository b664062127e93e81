"""The parameters of a model as a table, in the units of the answers: where each stands, and what is said of it.

Sigma = L A P A' L' + T with A = (1 - B)^-1: L loadings, B paths and loadings of dimensions, P (residual) covariances of
constructs, T error covariances (Bollen 1989, ch. 8). Where a model is of means too, mu = n + L A a with n intercepts of
items and a means or intercepts of constructs. The defaults are those that lavaan's `sem` documents.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats
from sim.grammar.terms import INTERCEPT as INTERCEPT_OF
from sim.grammar.terms import Modifier
from sim.model import Model

#: The matrix that a parameter stands in.
LOADING, PATH, CONSTRUCT, ERROR, INTERCEPT, MEAN = range(6)

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """One parameter: its place in a matrix, its fixed value or NaN, label and bounds."""

    left: str
    operator: str
    right: str
    matrix: int
    row: int
    column: int
    fixed: float
    label: str
    lower: float
    upper: float

    @property
    def name(self) -> str:
        """As lavaan names it."""
        return f"{self.left}{self.operator}{self.right}"

    @property
    def free(self) -> bool:
        """Whether it is estimated."""
        return bool(np.isnan(self.fixed))


@dataclass(frozen=True)
class Table:
    """The parameters of a model on some of its items.

    items: those that remain, in the model's order; constructs in the model's order. A free row each has one parameter
    of theta (k,); equal ones are tied by `equal` theta = `values`.
    """

    items: tuple[str, ...]
    constructs: tuple[str, ...]
    rows: tuple[Row, ...]
    restrictions: tuple[tuple[dict[str, float], float], ...]

    @cached_property
    def free(self) -> tuple[Row, ...]:
        """The rows that are estimated (k,)."""
        return tuple(row for row in self.rows if row.free)

    def places(self, matrix: int, free: bool) -> tuple[Indices, Indices, Indices]:
        """Rows, columns and places (in theta, or in `rows` where fixed) of one matrix's parameters."""
        found = [
            (row.row, row.column, at)
            for at, row in enumerate(self.free if free else self.rows)
            if row.matrix == matrix and row.free == free
        ]
        columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return columns[0], columns[1], columns[2]

    @cached_property
    def labelled(self) -> dict[str, int]:
        """The place in theta of the first free parameter under each label."""
        found: dict[str, int] = {}
        for at, row in enumerate(self.free):
            if row.label:
                found.setdefault(row.label, at)
        return found

    @cached_property
    def ties(self) -> tuple[Floats, Floats]:
        """The linear restrictions C theta = d: C (c, k), d (c,). Those that follow from others are left out."""
        k = len(self.free)
        rows, values = [], []
        for at, row in enumerate(self.free):
            if row.label and self.labelled[row.label] != at:
                tie = np.zeros(k)
                tie[self.labelled[row.label]], tie[at] = 1.0, -1.0
                rows.append(tie)
                values.append(0.0)
        fixed = {row.label: row.fixed for row in self.rows if row.label and not row.free}
        for coefficients, constant in self.restrictions:
            tie = np.zeros(k)
            rest = constant
            for label, coefficient in coefficients.items():
                if label in self.labelled:
                    tie[self.labelled[label]] += coefficient
                elif label in fixed:
                    rest += coefficient * fixed[label]
                else:
                    break  # its item was dropped: nothing is left to restrict
            else:
                rows.append(tie)
                values.append(-rest)
        return independent(np.array(rows).reshape(-1, k), np.array(values))

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bounds (k,)."""
        return np.array([row.lower for row in self.free]), np.array([row.upper for row in self.free])

    @property
    def parameters(self) -> int:
        """Free parameters less what ties them."""
        return len(self.free) - len(self.ties[0])

    @cached_property
    def with_means(self) -> bool:
        """Whether the table has intercepts and means."""
        return any(row.matrix in (INTERCEPT, MEAN) for row in self.rows)

    @property
    def moments(self) -> int:
        """Variances and covariances of the items, and their means where the table has them."""
        p = len(self.items)
        return p * (p + 1) // 2 + p * self.with_means


def independent(ties: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The restrictions without those that follow from the ones before them."""
    kept: list[int] = []
    for at in range(len(ties)):
        if np.linalg.matrix_rank(ties[[*kept, at]]) > len(kept):
            kept.append(at)
    return ties[kept], values[kept]


def labels_settled(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, those that share a label with a fixed one fixed at its value: one label, one number."""
    fixed: dict[str, float] = {}
    for row in rows:
        if row.label and not row.free:
            fixed.setdefault(row.label, row.fixed)
    return tuple(replace(row, fixed=fixed[row.label]) if row.label in fixed else row for row in rows)


def table_of(model: Model, retained: Sequence[bool], means: bool = False) -> Table:
    """The table of a model on its retained items (p,); with `means`, or where it says so, of means too."""
    items = [item for item, kept in zip(model.items, retained, strict=True) if kept]
    return _Maker(model, items).table(means or model.with_means)


class _Maker:
    """Collects the rows of a table."""

    def __init__(self, model: Model, items: list[str]) -> None:
        self.model, self.items = model, items
        self.rows: list[Row] = []

    def table(self, means: bool) -> Table:
        self._loadings()
        for outcome, predictor in self.model.paths:
            self._add(outcome, "~", predictor, PATH, self._construct(outcome), self._construct(predictor))
        self._variances()
        self._covariances()
        if means:
            self._means()
        restrictions = tuple(r.linear for r in self.model.terms.restrictions if r.sign == "==")
        rows = labels_settled(self._bounded())
        return Table(tuple(self.items), self.model.constructs, rows, restrictions)

    def _construct(self, name: str) -> int:
        return self.model.constructs.index(name)

    def _add(
        self, left: str, operator: str, right: str, matrix: int, row: int, column: int, fixed: float = np.nan
    ) -> None:
        """A row; `fixed` is its value where the model says nothing of it.

        A label or a bound leaves the loading that gives the unit at 1, as lavaan has it; `NA*` frees it.
        """
        said: Modifier = self.model.modifier(left, operator, right)
        if said.fixed is not None:
            fixed = said.fixed
        elif said.free or (operator != "=~" and (said.label or said.lower is not None or said.upper is not None)):
            fixed = np.nan
        lower = -np.inf if said.lower is None else said.lower
        upper = np.inf if said.upper is None else said.upper
        self.rows.append(Row(left, operator, right, matrix, row, column, fixed, said.label, lower, upper))

    def _loadings(self) -> None:
        """Loadings; the first item that remains gives the construct its unit."""
        for construct in self.model.constructs:
            column, unit = self._construct(construct), 1.0
            for name in self.model.indicators[construct]:
                if name in self.items:
                    self._add(construct, "=~", name, LOADING, self.items.index(name), column, unit)
                elif name in self.model.dimensions:
                    self._add(construct, "=~", name, PATH, self._construct(name), column, unit)
                else:
                    continue
                unit = np.nan

    def _variances(self) -> None:
        """Variances of constructs, and of items' errors but those alone with their construct."""
        for at, construct in enumerate(self.model.constructs):
            self._add(construct, "~~", construct, CONSTRUCT, at, at)
        every = self._indicators()
        counts = Counter(item for items in every for item in items)
        alone = {items[0] for items in every if len(items) == 1 and counts[items[0]] == 1}
        for at, item in enumerate(self.items):
            if item not in self.model.observed:
                self._add(item, "~~", item, ERROR, at, at, 0.0 if item in alone else np.nan)

    def _indicators(self) -> list[list[str]]:
        return [[i for i in self.model.indicators[c] if i in self.items] for c in self.model.constructs]

    def _covariances(self) -> None:
        """Covariances of exogenous constructs, of the residuals of pure outcomes, and the written ones."""
        model = self.model
        outcomes, predictors = set(model.endogenous), {predictor for _, predictor in model.paths}
        pairs = [p for p in combinations(model.exogenous, 2) if len(model.observed & set(p)) != 1]
        pairs += combinations([c for c in model.constructs if c in outcomes and c not in predictors], 2)
        written = {frozenset(pair) for pair in model.covariances}
        for a, b in pairs:
            if frozenset((a, b)) not in written:
                self._add(a, "~~", b, CONSTRUCT, self._construct(a), self._construct(b))
        for a, b in model.covariances:
            if a in model.constructs:
                self._add(a, "~~", b, CONSTRUCT, self._construct(a), self._construct(b))
            elif a in self.items and b in self.items:
                self._add(a, "~~", b, ERROR, self.items.index(a), self.items.index(b))

    def _means(self) -> None:
        """Intercepts of items, free; means of constructs, 0 unless one is written. Observed variables have means."""
        for at, item in enumerate(self.items):
            if item not in self.model.observed:
                self._add(item, INTERCEPT_OF, "", INTERCEPT, at, 0)
        for at, construct in enumerate(self.model.constructs):
            said = (construct, INTERCEPT_OF, "") in self.model.terms.at or construct in self.model.observed
            self._add(construct, INTERCEPT_OF, "", MEAN, at, 0, np.nan if said else 0.0)

    def _bounded(self) -> list[Row]:
        """The rows with the bounds that `a > 0` gives labels."""
        ends: dict[str, tuple[float, float]] = {}
        for restriction in self.model.terms.restrictions:
            if restriction.sign == "==":
                continue
            coefficients, constant = restriction.linear
            label, slope = next((name, value) for name, value in coefficients.items() if value != 0.0)
            end = -constant / slope
            low, high = ends.get(label, (-np.inf, np.inf))
            upward = (restriction.sign == ">") == (slope > 0)
            ends[label] = (max(low, end), high) if upward else (low, min(high, end))
        return [
            Row(
                **{
                    **vars(row),
                    "lower": max(row.lower, ends[row.label][0]),
                    "upper": min(row.upper, ends[row.label][1]),
                }
            )
            if row.label in ends
            else row
            for row in self.rows
        ]
