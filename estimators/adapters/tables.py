"""Between a batch and methods that see tables: which answers a data set has, and what its named numbers become."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from estimators.base import PARTS, Estimates, Status
from estimators.solution import constant_items, no_block_short
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Block, Model
from sim.targets import Target

#: Kinds whose two names may stand in either order.
_EITHER_WAY = ("correlation", "htmt", "htmt_abs", "htmt2")
#: What one data set gives: a number or (number, se, ..) by a target's name, or a status.
Found = Mapping[str, Any] | Status


def fittable(batch: Batch, model: Model) -> np.ndarray:
    """Statuses (R,) before any fit: constant items, blocks without an item, moments without answers."""
    status = constant_items(batch)
    filled = np.logical_or.reduceat(batch.retained, model.bounds[:-1], axis=1).all(axis=1)
    status[~filled & (status == Status.OK)] = Status.UNIDENTIFIED
    if not batch.has_answers:
        status[status == Status.OK] = Status.TOO_FEW_ANSWERS
    return status


def model_of_retained(model: Model, retained: np.ndarray) -> Model:
    """The model with the retained items (p,) only."""
    kept = {item for item, stays in zip(model.items, retained, strict=True) if stays}
    blocks = tuple(Block(b.construct, tuple(i for i in b.items if i in kept), b.kind) for b in model.blocks)
    names = kept | set(model.constructs)
    return Model(blocks, model.paths, tuple(pair for pair in model.covariances if set(pair) <= names))


def estimates_from(
    found: Sequence[Found | None], status: np.ndarray, batch: Batch, model: Model, targets: Sequence[Target]
) -> Estimates:
    """Estimates of what each data set gave; None where it was not fitted, whose status stays.

    A target that a data set does not name is NaN. A value may be a number or a mapping with "value", "se", "lower",
    "upper" and "p_value". A data set of which no path is finite gets NOT_CONVERGED.
    """
    status = status.copy()
    numbers = {name: np.full((len(status), len(targets)), np.nan) for name in PARTS}
    for r, one in enumerate(found):
        if one is None:
            continue
        if isinstance(one, int):
            status[r] = int(one)
            continue
        named = {_spelt(key, model): value for key, value in one.items() if key != "status"}
        for q, target in enumerate(targets):
            turned = replace(target, parts=target.parts[::-1]).name if target.kind in _EITHER_WAY else target.name
            value = named.get(target.name, named.get(turned))
            given = value if isinstance(value, Mapping) else {"value": value}
            for name in PARTS:
                number = given.get(name)
                numbers[name][r, q] = np.nan if number is None else float(number)
        if "status" in one:
            status[r] = _status(one["status"])
        paths = [q for q, target in enumerate(targets) if target.kind == "path"]
        if paths and not np.isfinite(numbers["value"][r, paths]).all() and not Status(int(status[r])).fatal:
            status[r] = Status.NOT_CONVERGED
    fatal = np.array([Status(int(code)).fatal for code in status], dtype=bool)
    blank = {name: np.where(fatal[:, None], np.nan, array) for name, array in numbers.items()}
    return Estimates(
        tuple(targets), status=status, retained=batch.retained.copy(), short=no_block_short(batch, model), **blank
    )


def values_alone(fit: Estimates) -> Estimates:
    """The estimates without inference."""
    return Estimates(fit.targets, fit.value, fit.status, fit.retained, fit.short)


def _status(given: object) -> int:
    """The number of a status that is given by its name or number."""
    names = Status.__members__
    if isinstance(given, str):
        if given not in names:
            raise InputError(f"status {given!r} is not known; give one of {', '.join(names)}")
        return int(names[given])
    return int(Status(int(given)))  # type: ignore[call-overload]


def _spelt(name: str, model: Model) -> str:
    """The name that the project gives a target; raises InputError for one that it does not know."""
    return model.target(str(name)).name
