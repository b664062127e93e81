"""Modification indices of models that the general search fits: items of several constructs, terms, means."""

from collections.abc import Sequence

import numpy as np

from estimators.constrained.discrepancy import Discrepancy
from estimators.constrained.fitting import Found
from estimators.constrained.moments import Layout
from estimators.constrained.table import table_of
from estimators.decisions.models.freed import with_changes
from estimators.decisions.models.indices import DEPENDENT
from estimators.decisions.models.respecified import Change
from sim.batch import Batch, Bools, Floats
from sim.model import Model


def general_modifications(
    found: Found, batch: Batch, model: Model, changes: Sequence[Change], rows: Sequence[int]
) -> Floats:
    """Modification indices (R, e) of `changes`, as `with_changes` makes them, at the maximum of the likelihood.

    The score test of `indices.error_modifications`, with the information along the directions that restrictions leave.
    NaN in other rows than `rows`, where an item is not retained or alone with its construct, and where the parameter
    would not be identified beside the others.
    """
    index = np.full((len(batch), len(changes)), np.nan)
    layouts: dict[bytes, tuple[Layout, list[int]]] = {}
    for r in rows:
        key = found.retained[r].tobytes()
        if key not in layouts:
            chosen = _possible(model, changes, found.retained[r])
            larger = with_changes(model, [changes[c] for c in chosen])
            layouts[key] = Layout(table_of(larger, found.retained[r].tolist())), chosen
        layout, chosen = layouts[key]
        if chosen:
            index[r, chosen] = _of_data_set(found, r, layout, [changes[c] for c in chosen], float(batch.n))
    return index


def _of_data_set(found: Found, r: int, layout: Layout, changes: Sequence[Change], n: float) -> Floats:
    """Score tests (e,) in the larger model, whose further parameters are 0."""
    end, objective = found.ends[r], found.discrepancy_of(r)
    assert end is not None
    place = {(row.left, row.right): at for at, row in enumerate(layout.table.free) if row.operator in ("=~", "~~")}
    names = [(row.left, row.operator, row.right) for row in layout.table.free]
    own = [names.index((row.left, row.operator, row.right)) for row in found.layouts[r].table.free]
    freed = [place[change] for change in changes]
    theta = np.zeros(len(names))
    theta[own] = end.theta
    larger = Discrepancy(objective.kind, objective.sample, layout, objective.means)
    score, information = larger.gradient(theta)[freed], larger.expected(theta)
    basis = found.directions(r)
    across = basis.T @ information[np.ix_(own, freed)]
    inner = basis.T @ information[np.ix_(own, own)] @ basis
    total = np.diagonal(information)[freed]
    try:
        left = total - (across * np.linalg.solve(inner, across)).sum(axis=0)
    except np.linalg.LinAlgError:
        return np.full(len(changes), np.nan)
    fine = left > DEPENDENT * total
    return np.where(fine, n * score**2 / np.where(fine, left, 1.0), np.nan)


def _possible(model: Model, changes: Sequence[Change], retained: Bools) -> list[int]:
    """The places of changes whose items are retained, each with another one of its construct."""
    kept = {item for item, stays in zip(model.items, retained, strict=True) if stays}
    several = {construct for construct, items in model.indicators.items() if len(kept & set(items)) > 1}
    return [
        place
        for place, change in enumerate(changes)
        if all(name in several if name in model.constructs else _has_error(model, name, kept, several)
               for name in change)
    ]  # fmt: skip


def _has_error(model: Model, item: str, kept: set[str], several: set[str]) -> bool:
    return item in kept and model.owner(item) in several
