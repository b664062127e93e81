"""`one_at_a_time`: a function that sees one data frame becomes an estimator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import pandas as pd

from estimators.adapters.tables import Found, estimates_from, fittable, model_of_retained, values_alone
from estimators.base import Estimates, Status
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target

Function = Callable[[pd.DataFrame, Model], Mapping[str, Any]]


@dataclass(frozen=True)
class OneAtATime:
    """`function(frame, model)` of each data set in turn: a data frame of the retained items, and their model.

    The function gives a mapping from names of targets (`Y~X`, `F=~x1`, `A~~B`, `r2(Y)`, ..) to numbers, or to mappings
    with "value", "se", "lower", "upper", "p_value"; the key "status" may hold a name of `Status`. An exception of one
    of the classes `failures` is that data set's NOT_CONVERGED. refuses: why a model cannot be estimated, or None.
    """

    function: Function
    refuses: Callable[[Model], str | None] | None = None
    failures: tuple[type[Exception], ...] = (ArithmeticError, ValueError)
    inference: bool = True

    def refusal(self, model: Model) -> str | None:
        """What `refuses` says; second-order constructs are refused."""
        if model.second_order:
            return "second-order constructs are estimated in two stages, which this function does not know of"
        return None if self.refuses is None else self.refuses(model)

    def without_inference(self) -> Self:
        """The function, of which values alone are kept."""
        return replace(self, inference=False)

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates of each data set; see `Estimator.fit`. A population's moments have no frame: TOO_FEW_ANSWERS."""
        wanted = model.targets if targets is None else tuple(targets)
        status = fittable(batch, model)
        found = [self._one(batch, r, model) if status[r] == Status.OK else None for r in range(len(batch))]
        fit = estimates_from(found, status, batch, model, wanted)
        return fit if self.inference else values_alone(fit)

    def _one(self, batch: Batch, r: int, model: Model) -> Found:
        kept = batch.retained[r]
        smaller = model if kept.all() else model_of_retained(model, kept)
        frame = pd.DataFrame(batch.raw[r][:, kept].copy(), columns=list(smaller.items))
        try:
            return self.function(frame, smaller)
        except self.failures:
            return Status.NOT_CONVERGED


def one_at_a_time(
    function: Function,
    *,
    refuses: Callable[[Model], str | None] | None = None,
    failures: tuple[type[Exception], ...] = (ArithmeticError, ValueError),
) -> type[OneAtATime]:
    """A class of estimators from a function of one data frame; see `OneAtATime`. Its name is the function's.

    A class, so that a study file can name it as `module:Class`. It may stand as a decorator above the function.
    """

    class Adapted(OneAtATime):
        def __init__(self, inference: bool = True, **fixed: Any) -> None:
            super().__init__(
                fixed.get("function", function),
                fixed.get("refuses", refuses),
                fixed.get("failures", failures),
                inference,
            )

    Adapted.__name__ = Adapted.__qualname__ = getattr(function, "__name__", "Adapted")
    Adapted.__module__ = function.__module__
    Adapted.__doc__ = function.__doc__ or "A method that sees one data frame."
    return Adapted
