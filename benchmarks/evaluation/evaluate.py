"""From a cell's stored estimates to tidy rows of measures."""

from collections.abc import Callable, Container, Iterator, Sequence

import numpy as np
import pandas as pd

from benchmarks.evaluation import ownmeasures, sampled, screened
from benchmarks.evaluation.sampled import Estimates
from benchmarks.evaluation.wanted import Wanted
from benchmarks.measures.formulas import wilson
from benchmarks.measures.samples import Sample
from benchmarks.schema import MEASURED, PLACE, names
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study

#: Where samples come from, in the order of their rows.
SOURCES: tuple[Callable[[Estimates], Iterator[Sequence[Sample]]], ...] = (
    sampled.replications,
    sampled.estimated,
    sampled.limits,
    sampled.claims,
    screened.items,
    screened.drops,
    screened.shifts,
)


def evaluate(study: Study, cell: Cell, estimates: pd.DataFrame) -> pd.DataFrame:
    """Measures of every method in one cell, one row each, from the cell's stored estimates.

    The columns are those of `schema.MEASURES`, with a column for each factor after the cell's number and n.
    """
    rows: list[tuple[object, ...]] = []
    wanted = Wanted.of(study)
    for method in study.methods:
        given = Estimates(study, cell, method, estimates)
        for source in SOURCES:
            for samples in source(given):
                rows += [(method.name, *row) for row in measured(samples, wanted)]
    rows += ownmeasures.rows(study, cell, estimates)
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
