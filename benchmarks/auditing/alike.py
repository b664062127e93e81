"""Simulated surveys that look like the paper's own: what another method, or no dropping, would have said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from benchmarks.auditing.answers import Key, Values
from benchmarks.auditing.procedure import Procedure, fitted
from benchmarks.auditing.search import Fitting
from benchmarks.auditing.summaries import Summaries
from estimators.wrappers.bootstrap import data_sets_together
from sim.batch import Batch, Bools, Floats
from sim.streams import Address


@dataclass(frozen=True)
class Share:
    """A share of the weight of populations, or of surveys like the paper's, with its standard error."""

    value: float
    error: float


def share_of(happened: Bools, weights: Floats) -> Share:
    """The weighted share in which something happens."""
    weight = weights / weights.sum()
    value = float(weight @ happened)
    used = min(max(value, 0.5 * float(weight.max())), 1 - 0.5 * float(weight.max()))
    return Share(value, sqrt(used * (1 - used) * float((weight**2).sum())))


def without_dropping(procedure: Procedure, fitting: Fitting) -> dict[Key, Values]:
    """What the tables of surveys like the paper's would print on all items: one value for each survey (N,)."""
    targets = Summaries(procedure).whole_targets()
    nothing = np.zeros(len(fitting.whole))
    return {Key("all items", target.name): Values(fitting.whole[:, j], nothing) for j, target in enumerate(targets)}


def otherwise(
    procedure: Procedure, fitting: Fitting, rows: np.ndarray, weights: Floats, address: Address
) -> dict[Key, Share]:
    """How often another method says otherwise than the paper's of which paths are significant, on the same survey.

    Keys are about `METHOD: PATH`; for any path, `METHOD`.
    """
    if fitting.answers is None:
        return {}
    batch = Batch.of(fitting.answers[rows], rows, address, items=procedure.table.model.items)
    size = data_sets_together(procedure.resamples)
    parts = [batch.rows(slice(start, start + size)) for start in range(0, len(rows), size)]
    own = _called(procedure, procedure.method.name, parts)
    found: dict[Key, Share] = {}
    for name in procedure.others():
        other = _called(procedure, name, parts)
        differs = own != other
        for j, path in enumerate(procedure.paths):
            found[Key("otherwise", f"{name}: {path.name}")] = share_of(differs[:, j], weights)
        if len(procedure.paths) > 1:
            found[Key("otherwise", name)] = share_of(differs.any(axis=1), weights)
    return found


def _called(procedure: Procedure, name: str, parts: Sequence[Batch]) -> Bools:
    method = procedure.method if name == procedure.method.name else procedure.others()[name]
    fits = [fitted(method, part, procedure.table, procedure.paths) for part in parts]
    return np.concatenate([procedure.called(fit) for fit in fits])
