"""How precise the measures of a cell are, against the errors that a study wants: which is furthest from its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.evaluation import compared, sampled
from benchmarks.evaluation.evaluate import measured
from benchmarks.evaluation.sampled import Estimates
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.basis.formulas import wilson
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import USABLE, Replications
from benchmarks.measures.catalogue import find
from benchmarks.study.cells.cell import Cell
from benchmarks.study.form.precision import wanted
from benchmarks.study.study import Study

_Z = 1.959963984540054
#: What two rows of measures have in common here.
_SOURCES = (sampled.replications, sampled.estimated, compared.pairs)


@dataclass(frozen=True)
class Furthest:
    """The measure of a cell whose Monte Carlo error is largest against the one wanted. target: empty for a method."""

    method: str
    target: str
    measure: str
    error: float
    wanted: float

    @property
    def ratio(self) -> float:
        """How many times too large the error is; infinite where it is not known."""
        return self.error / self.wanted if np.isfinite(self.error) else float("inf")

    @property
    def met(self) -> bool:
        """Whether it is small enough; then all others are."""
        return self.ratio <= 1

    @property
    def words(self) -> str:
        """`bias of PERF~ACRM by ml: error 0.0031, 0.002 wanted`."""
        of = f" of {self.target}" if self.target else ""
        told = f"{self.error:.2g}" if np.isfinite(self.error) else "unknown"
        return f"{self.measure}{of} by {self.method}: error {told}, {self.wanted:g} wanted"


@dataclass(frozen=True)
class Precision:
    """What is furthest in a cell, None where nothing that is wanted can be measured; and which measures were there."""

    furthest: Furthest | None
    there: frozenset[str]


def precision(study: Study, cell: Cell, estimates: Mapping[str, pd.DataFrame]) -> Precision:
    """Errors of what the study's targets name, over usable replications (of a whole method: all)."""
    found = list(_errors(study, cell, estimates))
    furthest = max(found, key=lambda each: each.ratio, default=None)
    return Precision(furthest, frozenset(each.measure for each in found))


def _errors(study: Study, cell: Cell, estimates: Mapping[str, pd.DataFrame]) -> Iterator[Furthest]:
    targets = study.file.performance.targets
    measures = [measure for name in targets if (measure := find(name)) is not None]
    asked = Wanted(measures, frozenset(targets))
    by_name = {measure.name: measure for measure in measures}
    own = study.at(cell)
    for method in own.methods:
        given = Estimates(own, cell, method, estimates)
        for source in _SOURCES:
            for target, name, over, _, value, mcse, used, *_ in (
                row for samples in source(given) for row in measured(samples, asked)
            ):
                limit = wanted(targets, name, target)
                whole = by_name[name].of is Replications
                if limit is not None and (whole or over == USABLE) and np.isfinite(value):
                    yield Furthest(method.name, target, name, _error(by_name[name], value, mcse, used), limit)


def _error(measure: Measure, value: float, mcse: float, used: int) -> float:
    """The Monte Carlo standard error; where a rate of 0 or 1 would have none, half of its interval over 1.96."""
    if mcse != 0 or not (measure.rate or measure.interval):
        return float(mcse)
    numbers = np.array([value]), np.array([mcse]), np.array([float(used)])
    lower, upper = measure.interval(*numbers) if measure.interval else wilson(numbers[0], numbers[2])
    return float(upper[0] - lower[0]) / 2 / _Z
