"""The parameters of a model of correlations: items have variance 1, so that error variances follow from the rest."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from estimators.constrained.moments import Layout, Matrices, Numbers
from estimators.constrained.table import CONSTRUCT, ERROR, Table, table_of
from sim.model import Model


class UnitTable(Table):
    """A table without error variances of items; its moments are the items' correlations."""

    @property
    def moments(self) -> int:
        """Correlations of the items."""
        p = len(self.items)
        return p * (p - 1) // 2


class UnitLayout(Layout):
    """The matrices of such a table: what the constructs leave of an item's variance of 1 is error."""

    def filled(self, theta: Numbers) -> Matrices:
        """The matrices at theta (..., k), made anew."""
        at = super().filled(theta)
        explained = at.loadings @ at.latent @ np.swapaxes(at.loadings, -1, -2)
        errors, own = at.errors.copy(), np.arange(len(self.table.items))
        errors[..., own, own] = 1.0 - explained[..., own, own]
        return replace(at, errors=errors)


def unit_table(model: Model, retained: Sequence[bool]) -> UnitTable:
    """The table of a model on its retained items (p,); a construct of one item has variance 1.

    See `unit_refusal` for the models that this does not suit.
    """
    table = table_of(model, retained)
    alone = {
        at
        for at, construct in enumerate(model.constructs)
        if len(items := [i for i in model.indicators[construct] if i in table.items or i in model.dimensions]) == 1
        and items[0] in table.items
    }
    rows = []
    for row in table.rows:
        if row.matrix == ERROR and row.row == row.column:
            continue
        single = row.matrix == CONSTRUCT and row.row == row.column and row.row in alone and row.free
        rows.append(replace(row, fixed=1.0) if single else row)
    return UnitTable(table.items, table.constructs, tuple(rows), table.restrictions)


def unit_refusal(model: Model, method: str) -> str | None:
    """Why a model of correlations with terms, shared items or second order does not suit this search, or None."""
    for construct in model.endogenous:
        if len(model.indicators[construct]) == 1 and model.indicators[construct][0] in model.items:
            return (
                f"{method} fits terms of a model, items of several constructs, second order and whole matrices of "
                f"weights where outcomes have several items, and {construct} has one; leave that out, or choose ml"
            )
    for term in model.terms.terms:
        if term.operator == "~~" and term.left == term.right and term.left in model.items:
            return (
                f"{term.shown} is of an error variance, which {method} takes from the item's variance of 1; leave it "
                "out, or choose ml"
            )
    return None
