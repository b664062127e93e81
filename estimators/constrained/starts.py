"""Where the search begins: loadings from the items' covariances, paths and covariances 0."""

import numpy as np

from estimators.constrained.descent import Region, into
from estimators.constrained.moments import Layout
from estimators.constrained.table import CONSTRUCT, ERROR, INTERCEPT, LOADING, MEAN, PATH, Row, Table
from sim.batch import Floats


def start(layout: Layout, sample: Floats, region: Region, plain: bool, means: Floats | None = None) -> Floats:
    """Starting values (k,) within the region; `plain` ones do not look at covariances. means (p,) of the items."""
    table = layout.table
    deviation = np.sqrt(np.maximum(np.diagonal(sample), 1e-12))
    loadings = {c: _loadings(table, c, sample, deviation, plain) for c in range(len(table.constructs))}
    units = np.array([_unit(table, c, loadings[c], deviation) for c in range(len(table.constructs))])
    values = np.array([_value(row, loadings, units, deviation) for row in table.free])
    if means is not None:
        _put_means(values, table, means)
    scale = np.array([_size(row, units, deviation) for row in table.free])
    begun = into(values, region, scale)
    for shrink in (1.0, 0.5, 0.1):
        at = layout.matrices(into(np.where(_is_loading(table), shrink, 1.0) * begun, region, scale))
        if np.linalg.eigvalsh(0.5 * (at.implied + at.implied.T)).min() > 0.0:
            return into(np.where(_is_loading(table), shrink, 1.0) * begun, region, scale)
    return begun


def _put_means(values: Floats, table: Table, means: Floats) -> None:
    """Intercepts and means among the starting values, in place: such as the items' means ask for, paths being 0.

    A construct's mean follows from an item whose intercept and loading are fixed; others begin at 0.
    """
    of_free = {(row.matrix, row.row, row.column): at for at, row in enumerate(table.free)}
    fixed = {row.row: row.fixed for row in table.rows if row.matrix == INTERCEPT and not row.free}
    with_intercepts = {row.row for row in table.rows if row.matrix == INTERCEPT}
    loadings = [row for row in table.rows if row.matrix == LOADING]
    of_constructs = {row.row: 0.0 if row.free else row.fixed for row in table.rows if row.matrix == MEAN}
    for row in loadings:
        at = of_free.get((MEAN, row.column, 0))
        if at is None or row.free or row.fixed == 0.0 or values[at] != 0.0:
            continue
        if row.row in fixed or row.row not in with_intercepts:
            values[at] = of_constructs[row.column] = (means[row.row] - fixed.get(row.row, 0.0)) / row.fixed
    explained = np.zeros(len(means))
    for row in loadings:
        own = row.fixed if not row.free else values[of_free[LOADING, row.row, row.column]]
        explained[row.row] += own * of_constructs[row.column]
    for row in table.free:
        if row.matrix == INTERCEPT:
            values[of_free[INTERCEPT, row.row, 0]] = means[row.row] - explained[row.row]


def _is_loading(table: Table) -> Floats:
    return np.array([row.matrix in (LOADING, PATH) for row in table.free])


def _indicators(table: Table, construct: int) -> list[Row]:
    return [row for row in table.rows if row.matrix == LOADING and row.column == construct]


def _loadings(table: Table, construct: int, sample: Floats, deviation: Floats, plain: bool) -> dict[int, float]:
    """Loadings by item for a construct of variance 1, in the items' units.

    From one step of the centroid method, turned so that the first is positive.
    """
    items = [row.row for row in _indicators(table, construct)]
    among = sample[np.ix_(items, items)] / deviation[items] / deviation[items][:, None]
    if plain or len(items) < 2:
        return {item: (0.6 if len(items) > 1 else 1.0) * float(deviation[item]) for item in items}
    others = among - np.eye(len(items))
    weights = np.where(among[0] < 0.0, -1.0, 1.0)  # by its own 1: others[0, 0] is a rounding error of either sign
    strength = others @ weights
    total = max(float(weights @ strength), 0.05 * len(items)) ** 0.5
    found = np.clip(np.abs(strength) / total, 0.3, 0.9) * np.where(strength < 0.0, -1.0, 1.0)
    found = found * (-1.0 if found[0] < 0.0 else 1.0)
    return {item: float(value * deviation[item]) for item, value in zip(items, found, strict=True)}


def _unit(table: Table, construct: int, loadings: dict[int, float], deviation: Floats) -> float:
    """The standard deviation of a construct that its fixed loading, or variance, gives it."""
    for row in _indicators(table, construct):
        if not row.free and row.fixed != 0.0:
            return abs(loadings[row.row] / row.fixed)
    for row in table.rows:
        if row.matrix == CONSTRUCT and row.row == row.column == construct and not row.free and row.fixed > 0.0:
            return float(np.sqrt(row.fixed))
    dimensions = [
        row.row for row in table.rows if row.matrix == PATH and row.operator == "=~" and row.column == construct
    ]
    if not dimensions:
        return max((abs(value) for value in loadings.values()), default=1.0)
    first = _indicators(table, dimensions[0])
    return 0.5 * float(deviation[first[0].row]) if first else 1.0


def _value(row: Row, loadings: dict[int, dict[int, float]], units: Floats, deviation: Floats) -> float:
    if row.matrix == LOADING:
        return loadings[row.column][row.row] / float(units[row.column])
    if row.matrix == PATH:
        return float(0.7 * units[row.row] / units[row.column]) if row.operator == "=~" else 0.0
    if row.matrix in (INTERCEPT, MEAN):
        return 0.0
    if row.row != row.column:
        return 0.0
    if row.matrix == ERROR:
        return float(0.5 * deviation[row.row] ** 2)
    return float(units[row.row] ** 2)


def _size(row: Row, units: Floats, deviation: Floats) -> float:
    """A typical size of the parameter."""
    if row.matrix == LOADING:
        return float(deviation[row.row] / units[row.column])
    if row.matrix == PATH:
        return float(units[row.row] / units[row.column])
    if row.matrix in (INTERCEPT, MEAN):
        return float((deviation if row.matrix == INTERCEPT else units)[row.row])
    of = deviation if row.matrix == ERROR else units
    return float(of[row.row] * of[row.column])
