"""From a cell's stored estimates to tidy rows of measures."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmarks.evaluation import ownmeasures, sampled, screened, selected
from benchmarks.evaluation.sampled import Estimates
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.basis.formulas import wilson
from benchmarks.measures.basis.samples import Sample
from benchmarks.schema import MEASURED, PLACE, names
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study

#: Where samples come from, in the order of their rows.
SOURCES: tuple[Callable[[Estimates], Iterator[Sequence[Sample]]], ...] = (
    sampled.replications,
    sampled.estimated,
    sampled.limits,
    sampled.splits,
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
)


def evaluate(study: Study, cell: Cell, estimates: pd.DataFrame | Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Measures of every method in one cell, one row each, from the cell's stored estimates, whole or by method.

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
        given = Estimates(own, cell, method, whole)
        for source in SOURCES:
            for samples in source(given):
                rows += [(method.name, *row) for row in measured(samples, wanted)]
    rows += ownmeasures.rows(own, cell, whole)
    return _table(cell, rows, {measure.name for measure in wanted.measures if measure.rate})


def measured(samples: Sequence[Sample], wanted: Wanted | None = None) -> Iterator[tuple[object, ...]]:
    """Every measure of samples of one kind: target, measure, over, truth, value, mcse, n_used, n_total, group."""
    chosen = wanted or Wanted()
    for measure in chosen.measures:
        for sample in samples:
            if measure.suits(sample, chosen.asked):
                found = measure.taken(sample)
                if found is not None:
                    yield (sample.target, measure.name, sample.over, sample.truth, *found, sample.total, sample.group)


def _table(cell: Cell, rows: Sequence[tuple[object, ...]], rates: Container[str]) -> pd.DataFrame:
    *columns, group = (name for name in names(MEASURED) if name not in ("lower", "upper"))
    table = pd.DataFrame(rows, columns=[*columns, group])
    rate = np.array([name in rates for name in table["measure"]], dtype=bool)
    lower, upper = wilson(np.where(rate, table["value"], np.nan), table["n_used"].to_numpy())
    table.insert(len(columns), "lower", lower)
    table.insert(len(columns) + 1, "upper", upper)
    place: dict[str, int | str] = dict(zip(names(PLACE), (cell.number, cell.n), strict=True))
    place |= {factor: str(level) for factor, level in cell.levels.items()}
    for at, (column, value) in enumerate(place.items()):
        table.insert(at, column, value)
    return table
