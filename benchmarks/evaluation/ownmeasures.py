"""Measures of one's own: their numbers from a tidy frame of one cell, with a delete-a-block jackknife error."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measures.basis import jackknife
from benchmarks.measures.basis.formulas import Measured
from benchmarks.measures.basis.samples import ALL
from benchmarks.schema import PARTS, TRUTH
from benchmarks.study import ownmeasures
from benchmarks.study.cells.cell import Cell
from benchmarks.study.ownmeasures import Loaded
from benchmarks.study.study import Study
from estimators.base import Status
from sim.batch import Floats
from sim.errors import InputError
from sim.targets import Target

#: What a function may give: numbers by method and target, or by method.
Place = tuple[str, str]


def tidy(study: Study, cell: Cell, estimates: pd.DataFrame) -> pd.DataFrame:
    """One cell's estimates, a row for each method, replication and estimand.

    Columns: cell, n, a column for each factor, method, replication, status, usable, target, value, se, lower, upper,
    p_value, truth (each data set's own where it has one).
    """
    place = {"cell": cell.number, "n": cell.n} | {factor: str(level) for factor, level in cell.levels.items()}
    ended = [Status(int(status)).name for status in estimates["status"]]
    whole = []
    for target in study.estimands:
        truth = TRUTH.named(target.name)
        known = estimates[truth].to_numpy() if truth in estimates else _truths(study, cell, target, estimates)
        columns = {part: estimates[f"{part}:{target.name}"].to_numpy() for part in PARTS}
        whole.append(
            pd.DataFrame(
                place
                | {"method": estimates["method"].to_numpy(), "replication": estimates["replication"].to_numpy()}
                | {"status": ended, "usable": estimates["status"].to_numpy() == Status.OK, "target": target.name}
                | columns
                | {"truth": known}
            )
        )
    return pd.concat(whole, ignore_index=True)


def _truths(study: Study, cell: Cell, target: Target, estimates: pd.DataFrame) -> Floats:
    """The truth of one target for each row, in the solution that the row's method gives."""
    by_method = {method.name: float(cell.truth([target], method.scale)[0]) for method in study.methods}
    return np.array([by_method[name] for name in estimates["method"]], dtype=np.float64)


def rows(study: Study, cell: Cell, by_method: Mapping[str, pd.DataFrame]) -> list[tuple[object, ...]]:
    """Rows of every measure of one's own in a cell: method, target, measure, over, truth, value, mcse, counts, group.

    Raises InputError where a function fails or gives something else than numbers.
    """
    loaded = ownmeasures.load(study.file.performance)
    if not loaded:
        return []
    estimates = pd.concat([table.assign(method=name) for name, table in by_method.items()])
    frame = tidy(study, cell, estimates)
    total = int(frame["replication"].nunique())
    methods, targets = [m.name for m in study.methods], [t.name for t in study.estimands]
    return [
        (method, target, each.measure.name, ALL, np.nan, *measured, total, np.nan, "")
        for each in loaded
        for (method, target), measured in measured_by(each, frame, methods, targets).items()
    ]


def measured_by(each: Loaded, frame: pd.DataFrame, methods: list[str], targets: list[str]) -> dict[Place, Measured]:
    """The measure's numbers by method and target, with their jackknife errors over groups of replications."""
    numbers = frame["replication"].to_numpy()
    order = np.unique(numbers)
    whole = _numbers(each, frame, methods, targets)
    group = jackknife.groups_of(len(order))[np.searchsorted(order, numbers)]
    without = [_numbers(each, frame[group != left_out], methods, targets) for left_out in dict.fromkeys(group.tolist())]
    return {
        place: Measured(value, jackknife.error(np.array([part.get(place, np.nan) for part in without])), len(order))
        for place, value in whole.items()
    }


def _numbers(each: Loaded, frame: pd.DataFrame, methods: list[str], targets: list[str]) -> dict[Place, float]:
    """What the function gives for a frame, by method and target (empty: the whole method)."""
    reference = each.measure.reference
    try:
        given = each.function(frame.copy())
    except Exception as error:
        raise InputError(
            f"performance.own.{each.measure.name}: {reference} fails ({type(error).__name__}: {error}); mend it"
        ) from error
    pairs: Mapping[Any, Any] = given.to_dict() if isinstance(given, pd.Series) else given
    if not isinstance(pairs, Mapping):
        raise InputError(
            f"performance.own.{each.measure.name}: {reference} gives {type(given).__name__}; give a mapping or a "
            "Series of numbers by method, or by (method, target)"
        )
    found = {}
    for key, value in pairs.items():
        method, target = key if isinstance(key, tuple) and len(key) == 2 else (key, "")
        if method not in methods or (target and target not in targets):
            raise InputError(
                f"performance.own.{each.measure.name}: {reference} gives a number for {key!r}; keys are a method, or "
                f"(method, target), of the frame it is given"
            )
        try:
            found[(str(method), str(target))] = float(value)
        except (TypeError, ValueError):
            raise InputError(
                f"performance.own.{each.measure.name}: {reference} gives {value!r} for {key!r}; give a number"
            ) from None
    return found
