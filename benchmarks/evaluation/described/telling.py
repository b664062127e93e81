"""Single replications that tell something, of every method and cell: so that any number can be looked at by a replay.

- status: for each status that occurred, the first replication that ended so and how many there are.
- worst, typical: of each target, the usable estimate farthest from the truth, and the one in the middle.
- missed: the usable interval that lies farthest from the truth which it should hold.
- dot: the quantile dots (Kay et al. 2016) of the usable estimates: of 20 equal parts, the replication in the middle.
- interval: the first 100 replications of the cells of the first population, for zip plots and pairs of methods.
- a measure's name: the replication that it hangs on, where half or more of the variance behind its Monte Carlo
  error is one replication's; with the median and the measure of winsorised values beside.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.evaluation import sampled
from benchmarks.evaluation.sampled import Estimates
from benchmarks.measures.accuracy import error, squared_error
from benchmarks.measures.basis import robust
from benchmarks.measures.basis.samples import USABLE, Estimated
from benchmarks.schema import TOLD, names
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.batch import Bools, Floats

#: Dots of a distribution; replications of which every interval is told; cells beyond which only the first population's
#: distributions are told.
DOTS, INTERVALS, MOST_CELLS = 20, 100, 120
#: Share of the variance behind a Monte Carlo error that one replication may have, and the fewest to judge it by.
HANGS, FEWEST = 0.5, 50
_WINSORISED = 0.025
Row = dict[str, Any]


@dataclass(frozen=True)
class Telling:
    """What is told of one cell, gathered method after method."""

    study: Study
    cell: Cell
    rows: list[Row] = field(default_factory=list)

    def hear(self, given: Estimates) -> None:
        """Gather the replications of one method that tell something."""
        method = given.method.name
        first = dict(self.cell.levels) == dict(self.study.cells[0].levels)
        few = len(self.study.cells) <= MOST_CELLS
        self.rows.extend({"method": method, **row} for row in _of_statuses(given))
        for target in given.study.estimands:
            sample = sampled.of_target(given, target, USABLE, given.usable)
            told = _of_target(sample, given, first, few)
            self.rows.extend({"method": method, "target": target.name, **row} for row in told)

    @property
    def table(self) -> pd.DataFrame:
        """The replications that tell something, with the columns of `schema.TOLD`."""
        where = {"cell": self.cell.number, "n": self.cell.n}
        return typed(pd.DataFrame([{**where, **row} for row in self.rows], columns=list(names(TOLD))))


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the types of `schema.TOLD`; what a row does not tell is empty text, 0 or NaN."""
    for column in TOLD:
        kept = table[column.name]
        if column.type == "string":
            table[column.name] = kept.astype(object).where(kept.notna(), "").astype(str)
        else:
            table[column.name] = (kept if column.type == "float64" else kept.fillna(0)).astype(column.type)
    return table


def _of_statuses(given: Estimates) -> Iterator[Row]:
    status = given.columns["status"]
    for each in np.unique(status):
        where = np.flatnonzero(status == each)
        yield {
            "why": "status",
            "replication": int(given.columns["replication"][where[0]]),
            "status": int(each),
            "count": len(where),
        }


def _of_target(sample: Estimated, given: Estimates, first: bool, few: bool) -> Iterator[Row]:
    """What is told of one target: `first`: of the first population; `few`: the study has few cells."""
    numbers = given.columns["replication"][given.usable]
    known = np.flatnonzero(~np.isnan(sample.value))
    if not known.size:
        return

    def row(why: str, place: int, count: int = 1, more: Mapping[str, float] | None = None) -> Row:
        parts = {part: float(getattr(sample, part)[place]) for part in ("value", "se", "lower", "upper")}
        return {"why": why, "replication": int(numbers[place]), "status": 0, "count": count, **parts, **(more or {})}

    order = known[np.argsort(sample.value[known], kind="stable")]
    if sample.has_truth:
        yield row("worst", int(known[np.argmax(np.abs(sample.value[known] - sample.against))]))
        missed = np.fmax(sample.lower - sample.against, sample.against - sample.upper)
        if np.nanmax(missed, initial=0.0) > 0:
            yield row("missed", int(np.nanargmax(missed)), int(np.sum(missed > 0)))
    yield row("typical", int(order[(len(order) - 1) // 2]))
    if few or first:
        parts = min(DOTS, len(order))
        edges = (np.arange(parts) + 0.5) * len(order) / parts
        for place in order[np.floor(edges).astype(int)]:
            yield row("dot", int(place), len(order))
    if first:
        for place in known[numbers[known] < INTERVALS]:
            yield row("interval", int(place))
    yield from (row(name, place, more=more) for name, place, more in _hanging(sample))


def _hanging(sample: Estimated) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Measures whose error is mostly one replication's: name, its place, share, median and winsorised value."""
    for name, (values, measure) in _CHECKED.items():
        each = values(sample)
        if each is None or np.sum(known := ~np.isnan(each)) < FEWEST:
            continue
        place, share = largest_share(each, known)
        if share >= HANGS:
            median, drawn_in = measure(sample, each[known])
            yield name, place, {"share": share, "median": median, "winsorised": drawn_in}


def largest_share(values: Floats, known: Bools) -> tuple[int, float]:
    """The replication with the largest share of the sum of squares about the mean, and that share."""
    squares = np.where(known, (values - values[known].mean()) ** 2, 0.0)
    total = float(squares.sum())
    place = int(np.argmax(squares))
    return place, float(squares[place] / total) if total > 0 else 0.0


def _squares_about_mean(sample: Estimated) -> Floats | None:
    return (sample.value - np.nanmean(sample.value)) ** 2 if sample.estimates.size else None


def _squared_se(sample: Estimated) -> Floats | None:
    return sample.se**2 if sample.has_se.any() else None


def _of_mean(sample: Estimated, values: Floats) -> tuple[float, float]:
    return float(np.median(values)), float(robust.winsorised(values, _WINSORISED).mean())


def _of_root(sample: Estimated, values: Floats) -> tuple[float, float]:
    """The root of the median square, and of the mean of winsorised ones."""
    return float(np.sqrt(np.median(values))), float(np.sqrt(robust.winsorised(values, _WINSORISED).mean()))


def _of_spread(sample: Estimated, values: Floats) -> tuple[float, float]:
    """A standard deviation from the median distance to the median (times 1.4826, for normal estimates), and of
    winsorised estimates, whose standard deviation is smaller than all the estimates' would be.
    """
    given = sample.estimates
    middle = float(np.median(np.abs(given - np.median(given))) * 1.4826)
    return middle, float(robust.winsorised(given, _WINSORISED).std(ddof=1))


#: The measures looked at: the quantity whose mean they are made of, and what stands beside them.
_CHECKED: Mapping[
    str,
    tuple[Callable[[Estimated], Floats | None], Callable[[Estimated, Floats], tuple[float, float]]],
] = {
    "bias": (error, _of_mean),
    "empirical_se": (_squares_about_mean, _of_spread),
    "rmse": (squared_error, _of_root),
    "mean_model_se": (_squared_se, _of_root),
}
