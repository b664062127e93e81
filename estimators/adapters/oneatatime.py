"""`one_at_a_time`: a function that sees one data frame becomes an estimator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from estimators.adapters.adapter import Adapter
from estimators.adapters.tables import Found, model_of_retained
from estimators.base import Status
from sim.batch import Batch
from sim.model import Model

Function = Callable[[pd.DataFrame, Model], Mapping[str, Any]]


@dataclass(frozen=True)
class OneAtATime(Adapter):
    """`function(frame, model)` of each data set in turn: a data frame of the retained items, and their model.

    The function gives a mapping from names of targets (`Y~X`, `F=~x1`, `A~~B`, `r2(Y)`, ..) to numbers, or to mappings
    with "value", "se", "lower", "upper", "p_value"; the key "status" may hold a name of `Status`. An exception of one
    of the classes `failures` is that data set's NOT_CONVERGED.
    """

    function: Function
    failures: tuple[type[Exception], ...] = (ArithmeticError, ValueError)

    kind: ClassVar[str] = "function"

    def found(self, batch: Batch, places: np.ndarray, model: Model) -> Sequence[Found]:
        """What the function gives for each data set at `places` (k,), one after the other."""
        return [self._one(batch, int(r), model) for r in places]

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
            given = {"function": function, "refuses": refuses, "failures": failures}
            super().__init__(**{**given, **fixed}, inference=inference)

    Adapted.__name__ = Adapted.__qualname__ = getattr(function, "__name__", "Adapted")
    Adapted.__module__ = function.__module__
    Adapted.__doc__ = function.__doc__ or "A method that sees one data frame."
    return Adapted
