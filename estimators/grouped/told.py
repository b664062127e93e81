"""The parameters of groups fitted together: values, standard errors and standardised values."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from estimators.constrained.moments import STEP, Layout, Numbers
from estimators.constrained.targets import cell, solved
from estimators.grouped.equal import is_own_label
from estimators.grouped.search import GroupFit
from sim.batch import Floats


@dataclass(frozen=True)
class Parameter:
    """One parameter of one group, from 0; of a quantity of the model's own (`:=`) group is None.

    value, se, p_value: in the units of the answers, NaN where fixed; std, std_se: the fully standardised value, of an
    intercept over the standard deviation, by the delta method. equal: whether it is tied to another group's. label: the
    user's own.
    """

    group: int | None
    left: str
    operator: str
    right: str
    label: str
    equal: bool
    free: bool
    value: float
    se: float
    p_value: float
    std: float
    std_se: float

    @property
    def name(self) -> str:
        """As lavaan names it."""
        return f"{self.left}{self.operator}{self.right}"


def parameters(fit: GroupFit, covariance: Floats) -> tuple[Parameter, ...]:
    """Every parameter of every group, with the covariances (k, k) of the free ones; then what the model defines."""
    labels = [row.label for row in fit.tables.joint.free if row.label]
    told: list[Parameter] = []
    for group, (table, layout, at) in enumerate(zip(fit.tables.own, fit.layouts, fit.tables.places, strict=True)):
        theta, own = fit.end.theta[at], covariance[at, at]
        values, slopes = _standardised(layout, theta)
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slopes, own, slopes), 0.0))
        place = 0
        for row, std, error in zip(table.rows, values, errors, strict=True):
            value, se = row.fixed, np.nan
            if row.free:
                value, se = float(theta[place]), float(np.sqrt(own[place, place]))
                place += 1
            own_label = row.label if is_own_label(row.label) else ""
            equal = row.free and labels.count(row.label) > 1
            told.append(
                Parameter(
                    group, row.left, row.operator, row.right, own_label, equal, row.free, value, se,
                    _p_value(value, se), float(std), float(error) if error > 1e-9 else np.nan,
                )
            )  # fmt: skip
    return (*told, *_defined(fit, covariance))


def _p_value(value: float, se: float) -> float:
    return float(2.0 * ndtr(-abs(value / se))) if se > 0.0 else np.nan


def _standardised(layout: Layout, theta: Floats) -> tuple[Floats, Floats]:
    """Standardised values of all rows (r,) and their slopes (r, k)."""

    def values(at: Numbers) -> Numbers:
        found = solved(layout.matrices(at), "standardised")
        blank = np.zeros(at.shape[:-1], dtype=at.dtype)
        return np.stack([cell(row, found) + blank for row in layout.table.rows], axis=-1)

    slopes = values(theta + STEP * 1j * np.eye(len(theta))).imag.T / STEP
    return values(theta), slopes


def _defined(fit: GroupFit, covariance: Floats) -> list[Parameter]:
    """The quantities that the model defines from labels, by the delta method."""
    terms, rows = fit.model.terms, fit.tables.joint.rows
    free = {row.label: at for at, row in reversed([*enumerate(fit.tables.joint.free)]) if row.label}
    fixed = {row.label: row.fixed for row in rows if row.label and not row.free}
    theta = fit.end.theta

    def values(at: Numbers) -> dict[str, Numbers]:
        known: dict[str, Numbers] = {label: at[..., place] for label, place in free.items()}
        for label, value in fixed.items():
            known.setdefault(label, value + 0.0 * at[..., 0])
        for each in terms.definitions:
            known[each.name] = each.expression.value(known) + 0.0 * at[..., 0]
        return known

    found, moved = values(theta), values(theta + STEP * 1j * np.eye(len(theta)))
    told = []
    for each in terms.definitions:
        value, slope = float(found[each.name]), moved[each.name].imag / STEP
        se = float(np.sqrt(slope @ covariance @ slope))
        text = each.expression.text
        told.append(
            Parameter(
                None, each.name, ":=", text, "", False, True, value, se, _p_value(value, se), np.nan, np.nan
            )
        )  # fmt: skip
    return told
