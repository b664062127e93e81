"""What is held equal in all groups: tables of parameters, one for each group, joined by labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from estimators.constrained.table import CONSTRUCT, ERROR, INTERCEPT, MEAN, Row, Table, labels_settled, table_of
from sim.errors import InputError, unknown
from sim.model import Model

#: What may be equal, under lavaan's names (`group.equal`).
Equal = Literal["loadings", "intercepts", "residuals", "regressions", "lv.variances", "lv.covariances", "means"]

_IS: dict[str, Callable[[Row], bool]] = {
    "loadings": lambda row: row.operator == "=~",
    "intercepts": lambda row: row.matrix == INTERCEPT,
    "residuals": lambda row: row.matrix == ERROR and row.row == row.column,
    "regressions": lambda row: row.operator == "~",
    "lv.variances": lambda row: row.matrix == CONSTRUCT and row.row == row.column,
    "lv.covariances": lambda row: row.matrix == CONSTRUCT and row.row != row.column,
    "means": lambda row: False,  # none is freed
}


@dataclass(frozen=True)
class Tables:
    """The tables of G groups and all their rows in one, whose restrictions tie what is equal."""

    own: tuple[Table, ...]
    joint: Table

    @property
    def places(self) -> tuple[slice, ...]:
        """Where the parameters of each group stand in those of all (k,)."""
        ends = np.cumsum([0, *(len(table.free) for table in self.own)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))


def tables_of(model: Model, groups: int, equal: Sequence[str] = (), partial: Sequence[str] = ()) -> Tables:
    """The tables of so many groups, of means too.

    equal: what is the same in all groups, beside equal labels. partial: parameters that are free in each nonetheless,
    by their names (`x3~1`, `F=~x2`, `x1~~x1`). A label in the model makes a parameter equal in all groups; `c(a, b)*`
    gives each group its own. Where intercepts are equal, the means of constructs are free in all groups but the first
    (Sorbom 1974), unless "means" are equal too or the model says something of them; those of second-order constructs
    stay 0 there, and the intercepts of their dimensions are free.

    Raises InputError for names that are none.
    """
    for name in equal:
        if name not in get_args(Equal):
            raise InputError(f"equal: {unknown('kind', name, get_args(Equal))}")
    freed = {name.replace(" ", "") for name in partial}
    made = []
    for place in range(groups):
        own = model.of_group(place, groups)
        table = table_of(own, [True] * len(model.items), means=True)
        rows = tuple(_tied(row, equal, freed) for row in table.rows)
        if place and "intercepts" in equal and "means" not in equal:
            rows = _with_free_means(rows, own)
        made.append(replace(table, rows=rows))
    names = {row.name for row in made[0].rows}
    for name in sorted(freed):
        if name not in names and _turned(name) not in names:
            raise InputError(f"partial: {unknown('parameter', name, sorted(names))}")
    rows = labels_settled([row for table in made for row in table.rows])
    ends = np.cumsum([0, *(len(table.rows) for table in made)])
    tables = tuple(replace(table, rows=rows[a:b]) for table, (a, b) in zip(made, pairwise(ends), strict=True))
    return Tables(tables, replace(made[0], rows=rows))


def _turned(name: str) -> str:
    """`b~~a` of `a~~b`."""
    left, joint, right = name.partition("~~")
    return f"{right}{joint}{left}"


def _tied(row: Row, equal: Sequence[str], freed: set[str]) -> Row:
    """The row with a label of its own name where it is to be equal in all groups and has no label yet."""
    wanted = any(_IS[name](row) for name in equal)
    if not wanted or row.label or not row.free or {row.name, _turned(row.name)} & freed:
        return row
    return replace(row, label=f".{row.name}")


def _with_free_means(rows: tuple[Row, ...], model: Model) -> tuple[Row, ...]:
    """The rows of a later group, means of constructs free where an equal or fixed intercept gives their origin."""
    given = {row.row for row in rows if row.matrix == INTERCEPT and (row.label or not row.free)}
    items = {name: at for at, name in enumerate(model.items)}
    found = []
    for row in rows:
        held = row.matrix == MEAN and not row.free and (row.left, "~1", "") not in model.terms.at
        origin = any(items.get(item) in given for item in model.indicators.get(row.left, ()))
        found.append(replace(row, fixed=np.nan) if held and origin else row)
    return tuple(found)


def is_own_label(label: str) -> bool:
    """Whether a label is the user's, and not one that ties a parameter over groups."""
    return bool(label) and not label.startswith(".")
