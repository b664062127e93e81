"""The table of methods against the study's reference, on the same data sets."""

from benchmarks.measures.basis.samples import ALL, USABLE, Paired
from reports.printing.columns import METHOD, REPLICATIONS, N, baseline_note, count, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.vocabulary import measures_of

_MEASURES = tuple(measure.name for measure in measures_of(Paired))


def tables(results: Results) -> list[Table]:
    """Both denominators: where both methods are usable, and all replications."""
    return [_table(results, USABLE), _table(results, ALL)]


def _table(results: Results, over: str) -> Table:
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for target in results.study.estimands:
            for name, method in results.study.methods.items():
                values = [results.over(cell, name, target, measure, over) for measure in _MEASURES]
                if stored := [value for value in values if value]:
                    rows.append((n, target, method.label, *values, count(stored[0])))
    columns = (N, Column("Estimand"), METHOD, *measure_columns(results, _MEASURES), REPLICATIONS)
    which = "in which both are usable" if over == USABLE else "of all that were run"
    note = f"Errors are those of the differences themselves, on the same data sets. {baseline_note(results)}".strip()
    title = f"Each method against {results.study.reference_label}, in replications {which}"
    return Table(f"paired-{over}", title, note, columns, tuple(rows))
