"""Solution: the parameter arrays a method finds, and the one way from them to targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.base import WORST_USABLE, Status
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model
from sim.quantities import parameter
from sim.targets import Kind, Target


@dataclass(frozen=True)
class Solution:
    """Standardised parameters of R replications; NaN where a method gives none or an item is not retained.

    paths (R, m, m) as [outcome, predictor]; loadings, weights (R, p); correlations (R, m, m) of the constructs;
    r2 (R, m); measures: every other kind of target the method has, an array indexed by replication and then by the
    constructs of the target in the order it names them: (R,), (R, m) or (R, m, m).
    """

    paths: Floats
    loadings: Floats
    correlations: Floats
    r2: Floats
    weights: Floats | None = None
    measures: Mapping[Kind, Floats] = field(default_factory=dict)

    def values(self, model: Model, targets: Sequence[Target]) -> Floats:
        """The targets' values (R, q)."""
        found = np.empty((len(self.paths), len(targets)))
        loadings = [q for q, target in enumerate(targets) if target.kind == "loading"]
        if len(loadings) == len(targets) and tuple(target.parts[1] for target in targets) == model.items:
            return self.loadings.copy()
        if loadings:
            place = {item: i for i, item in enumerate(model.items)}
            found[:, loadings] = self.loadings[:, [place[targets[q].parts[1]] for q in loadings]]
        for q, target in enumerate(targets):
            if target.kind != "loading":
                found[:, q] = self._value(model, target)
        return found

    def _value(self, model: Model, target: Target) -> Floats:
        value = parameter(target, model, self.paths, self.correlations, self.r2, self.loadings)
        if value is not None:
            return value
        if target.kind == "weight":
            return self._missing if self.weights is None else self.weights[:, model.items.index(target.parts[1])]
        measure = self.measures.get(target.kind)
        if measure is None:
            return self._missing
        place: tuple[Any, ...] = (slice(None), *(model.constructs.index(part) for part in target.parts))
        return np.asarray(measure[place])

    @property
    def _missing(self) -> Floats:
        return np.full(len(self.paths), np.nan)


def loading_targets(model: Model) -> tuple[Target, ...]:
    """Every loading, in the order of the items."""
    return tuple(Target("loading", (block.construct, item)) for block in model.blocks for item in block.items)


def weight_targets(model: Model) -> tuple[Target, ...]:
    """The weight of every item, in the order of the items."""
    return tuple(Target("weight", (block.construct, item)) for block in model.blocks for item in block.items)


def check_first_order(model: Model) -> None:
    """Raises InputError for a model with second-order constructs, which no estimator sees by itself."""
    if model.second_order:
        raise InputError(
            f"{model.second_order[0].construct} is a second-order construct; make the method with "
            "`estimators.methods.build(..., model=model)`, which estimates it in two stages"
        )


def constant_items(batch: Batch) -> NDArray[np.int8]:
    """Status of each replication as far as its items go (R,): CONSTANT_ITEM where a retained one never varies."""
    bad = np.any(batch.retained & ~batch.moments.varies, axis=1)
    return np.where(bad, np.int8(Status.CONSTANT_ITEM), np.int8(Status.OK))


def no_block_short(batch: Batch, model: Model) -> Bools:
    """`Estimates.short` of a method that drops nothing (R, m)."""
    return np.zeros((len(batch), len(model.blocks)), dtype=bool)


def without_fatal(values: Floats, status: NDArray[np.int8]) -> Floats:
    """Values (R, q) with NaN in the replications whose status is fatal."""
    fatal = status > WORST_USABLE
    return np.where(fatal[:, None], np.nan, values) if fatal.any() else values
