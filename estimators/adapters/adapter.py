"""Adapter: what methods share that were not written for batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from estimators.adapters.tables import Found, estimates_from, fittable, values_alone
from estimators.base import Estimates, Status
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A method that is given the data sets that have answers, and gives named numbers back.

    refuses: why a model cannot be estimated, or None. inference: whether more than values is kept.
    """

    refuses: Callable[[Model], str | None] | None = None
    inference: bool = True

    #: What the method is, in messages.
    kind: ClassVar[str] = "method"

    def refusal(self, model: Model) -> str | None:
        """What `refuses` says; second-order constructs are refused."""
        if model.second_order:
            return f"second-order constructs are estimated in two stages, which this {self.kind} does not know of"
        return None if self.refuses is None else self.refuses(model)

    def without_inference(self) -> Self:
        """The method, of which values alone are kept."""
        return replace(self, inference=False)

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates of the data sets; see `Estimator.fit`. A population's moments have no answers: TOO_FEW_ANSWERS."""
        wanted = model.targets if targets is None else tuple(targets)
        status = fittable(batch, model)
        found: list[Found | None] = [None] * len(batch)
        fitted = np.flatnonzero(status == Status.OK)
        for r, one in zip(fitted, self.found(batch, fitted, model), strict=True):
            found[int(r)] = one
        fit = estimates_from(found, status, batch, model, wanted)
        return fit if self.inference else values_alone(fit)

    def found(self, batch: Batch, places: np.ndarray, model: Model) -> Sequence[Found]:
        """What the method gives for each data set at `places` (k,) of the batch."""
        raise NotImplementedError
