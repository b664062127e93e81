"""From a cell's stored estimates to tidy rows of measures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.evaluation import compared, ownmeasures, respecified, sampled, screened, selected
from benchmarks.evaluation.elsewhere import Elsewhere, Load
from benchmarks.evaluation.sampled import Estimates
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.basis.formulas import wilson
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Sample
from benchmarks.schema import MEASURED, PLACE, names
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.batch import Floats

#: Where samples come from, in the order of their rows.
SOURCES: tuple[Callable[[Estimates], Iterator[Sequence[Sample]]], ...] = (
    sampled.replications,
    sampled.estimated,
    sampled.limits,
    sampled.splits,
    compared.pairs,
    sampled.misspecified,
    sampled.claims,
    screened.items,
    screened.drops,
    screened.shifts,
    selected.counts,
    selected.retained,
    selected.frequent,
    selected.named,
    selected.scores,
    respecified.models,
    respecified.frequent,
)


def evaluate(
    study: Study,
    cell: Cell,
    estimates: pd.DataFrame | Mapping[str, pd.DataFrame],
    load: Load | None = None,
    hear: Callable[[Estimates], None] = lambda given: None,
) -> pd.DataFrame:
    """Measures of every method in one cell, one row each, from the cell's stored estimates, whole or by method.

    load: gives those of another cell, for measures that set cells beside each other; without it there are none. hear:
    is told of each method's estimates while they are at hand.
    The columns are those of `schema.MEASURES`, with a column for each factor after the cell's number and n.
    """
    rows: list[tuple[object, ...]] = []
    wanted = Wanted.of(study)
    if isinstance(estimates, pd.DataFrame):
        whole: Mapping[str, pd.DataFrame] = dict(iter(estimates.groupby("method", sort=False)))  # type: ignore[arg-type]
    else:
        whole = estimates
    own = study.at(cell)
    for method in own.methods:
        given = Estimates(own, cell, method, whole, None if load is None else Elsewhere(study, cell, load))
        for source in SOURCES:
            for samples in source(given):
                rows += [(method.name, *row) for row in measured(samples, wanted)]
        hear(given)
    rows += ownmeasures.rows(own, cell, whole)
    return _table(cell, rows, wanted.measures)


def measured(samples: Sequence[Sample], wanted: Wanted | None = None) -> Iterator[tuple[Any, ...]]:
    """Every measure of samples of one kind: target, measure, over, truth, value, mcse, counts, jackknife, group."""
    if not samples:
        return
    chosen = wanted or Wanted()
    for measure in chosen.by_kind.get(type(samples[0]), ()):
        for sample in samples:
            if measure.suits(sample, chosen.asked):
                found = measure.taken(sample)
                if found is not None:
                    counts, further = (*found, sample.total), (measure.jackknifed(sample), sample.group)
                    yield (sample.target, measure.name, sample.over, sample.truth, *counts, *further)


def _table(cell: Cell, rows: Sequence[tuple[object, ...]], measures: Sequence[Measure]) -> pd.DataFrame:
    columns = [name for name in names(MEASURED) if name not in ("lower", "upper")]
    table = pd.DataFrame(rows, columns=columns)
    lower, upper = _ends(table, measures)
    place = names(MEASURED).index("lower")
    table.insert(place, "lower", lower)
    table.insert(place + 1, "upper", upper)
    where: dict[str, int | str] = dict(zip(names(PLACE), (cell.number, cell.n), strict=True))
    where |= {factor: str(level) for factor, level in cell.levels.items()}
    for at, (column, value) in enumerate(where.items()):
        table.insert(at, column, value)
    return table


def _ends(table: pd.DataFrame, measures: Sequence[Measure]) -> tuple[Floats, Floats]:
    """Ends of the intervals (k,) of rates and of their differences: by Wilson where nothing else is said."""
    value, mcse, used = (table[name].to_numpy(dtype=np.float64) for name in ("value", "mcse", "n_used"))
    lower, upper = wilson(np.where(table["measure"].isin([m.name for m in measures if m.rate]), value, np.nan), used)
    for measure in (each for each in measures if each.interval is not None):
        of = ((table["measure"] == measure.name) & (used > 1) & ~np.isnan(value)).to_numpy()
        if of.any() and measure.interval is not None:
            lower[of], upper[of] = measure.interval(value[of], mcse[of], used[of])
    return lower, upper
