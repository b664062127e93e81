"""A method on a study's data: it fits the model that the study names for it, and its estimates are told as the study's.

A target that the fitted model lacks is not estimated: NaN, whatever the status. An item that it lacks is not retained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.schema import PARTS
from benchmarks.study.cells.cell import has
from benchmarks.study.study import Study
from estimators.base import Estimates
from estimators.methods import Method
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class View:
    """What one method sees of a study's data, the items of the model it fits, and how its estimates are told."""

    study: Study
    method: Method

    @property
    def model(self) -> Model:
        """The model that the method fits."""
        return self.study.fitted(self.method)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The estimands that the model has."""
        return self.study.estimated(self.method)

    def data(self, batch: Batch) -> Batch:
        """The batch, which has the study's items, with those of the model, in its order."""
        whole, items = self.study.model.items, self.model.items
        if items == whole:
            return batch
        named = batch if batch.items is not None else replace(batch, items=whole)
        return named.only(items)

    def told(self, own: Estimates) -> Estimates:
        """The method's estimates of all the study's estimands, in the study's columns.

        `retained` has the study's items, `short` has `study.constructs`.
        """
        study, model = self.study, self.model
        constructs = tuple(block.construct for block in model.blocks)
        if model == study.model and constructs == study.constructs and len(self.targets) == len(study.estimands):
            return own
        places = {target.name: q for q, target in enumerate(own.targets)}
        return own.replaced(
            targets=study.estimands,
            retained=_spread(own.retained, model.items, study.model.items),
            short=_spread(own.short, constructs, study.constructs),
            **{part: _columns(getattr(own, part), places, study.estimands) for part in PARTS},
        )


def fit(study: Study, method: Method, batch: Batch, values_only: bool = False) -> Estimates:
    """Estimates of the study's estimands from data that have its items, in its order.

    values_only: leave out standard errors, where they cost time.
    """
    view = View(study, method)
    estimator = method.estimator.without_inference() if values_only else method.estimator
    return view.told(estimator.fit(view.data(batch), view.model, view.targets))


def limits_of(study: Study, method: Method, batch: Batch, targets: Sequence[Target]) -> Floats:
    """Values (R, q) of any targets without the decisions that a method takes from data; NaN for what its model lacks.

    The items of `batch.retained` take part, as a researcher had chosen them.
    """
    view = View(study, method.undecided)
    known = [target for target in targets if has(view.model, target)]
    found = view.method.estimator.without_inference().fit(view.data(batch), view.model, known)
    return _columns(found.value, {target.name: q for q, target in enumerate(known)}, targets)


def _columns(values: Floats, places: Mapping[str, int], wanted: Sequence[Target]) -> Floats:
    """Values (R, q) of the targets wanted, from the columns where they stand; NaN where they stand nowhere."""
    told = np.full((len(values), len(wanted)), np.nan)
    for q, target in enumerate(wanted):
        if target.name in places:
            told[:, q] = values[:, places[target.name]]
    return told


def _spread(found: Bools, names: Sequence[str], wanted: Sequence[str]) -> Bools:
    """Columns (R, len(names)) under the names wanted; False where there is none."""
    spread = np.zeros((len(found), len(wanted)), dtype=bool)
    for column, name in enumerate(names):
        spread[:, wanted.index(name)] = found[:, column]
    return spread
