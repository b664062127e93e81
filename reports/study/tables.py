"""The tables of a report. A new table is one function, named in `tables` below."""

from collections.abc import Callable

from reports.printing.columns import (
    METHOD,
    REPLICATIONS,
    SIGNIFICANT,
    N,
    baseline_note,
    count,
    factor_columns,
    in_file_name,
    measure_column,
)
from reports.printing.typeset import Column, Entry, Table
from reports.results import ALL, POPULATION, USABLE, Results
from reports.study import drop_tables, finite_tables, published, truth_tables
from reports.study.sentences import path_with_truth
from reports.vocabulary import ESTIMAND_MEASURES, LIMITS, REPLICATION_MEASURES

#: Measures of a path that get a table over all populations and sizes, with the words of its title.
_PIVOTED = {
    "bias": "Bias of {} in every cell",
    "empirical_se": "Empirical SE of {} in every cell",
    "coverage": "Coverage of {} in every cell",
    "significant": "How often {} is called significant, in every cell",
}


def tables(results: Results) -> list[Table]:
    """Every table of this study that has rows, in the order of the page."""
    built: list[Callable[[Results], Table]] = [
        comparison,
        published.table,
        finite_tables.both_truths,
        drop_tables.screening,
        truth_tables.estimands,
        truth_tables.loadings,
        truth_tables.reliabilities,
        truth_tables.calibration,
        drop_tables.by_item,
        finite_tables.both_truths_in_every_cell,
        replications,
        lambda results: performance(results, USABLE),
        lambda results: performance(results, ALL),
    ]
    made = [build(results) for build in built] + drop_tables.in_every_cell(results) + in_every_cell(results)
    return [table.without_empty_columns() for table in made if table.rows]


def comparison(results: Results) -> Table:
    """The methods side by side for every path of the baseline cell."""
    cell = results.baseline_cell
    rows: list[tuple[Entry, ...]] = []
    for path in results.paths:
        head = path_with_truth(results, path)
        for name, method in results.study.methods.items():
            bias, coverage = (results.estimate(cell, name, path, measure) for measure in ("bias", "coverage"))
            found = results.rejections(cell, name, path)
            rows.append((head, method.label, bias, found, coverage, count(bias or coverage or found)))
    columns = (Column("Path"), METHOD, measure_column("bias"), SIGNIFICANT, measure_column("coverage"), REPLICATIONS)
    note = (
        "Significant: the power where the path exists, the type I error where it is zero. Replications: usable ones, "
        f"of all that were run. {baseline_note(results)}"
    )
    title = f"The methods compared at n = {results.baseline_n}"
    return Table("comparison", title, note.strip(), columns, tuple(rows), grouped=True)


def replications(results: Results) -> Table:
    """Convergence, admissibility and failed resamples of the baseline population."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for name, method in results.study.methods.items():
            rates = [results.estimate(cell, name, "", measure, ALL) for measure in REPLICATION_MEASURES]
            if stored := [rate for rate in rates if rate]:
                rows.append((n, method.label, *rates, stored[0].n_total))
    columns = (N, METHOD, *map(measure_column, REPLICATION_MEASURES), Column("replications", "count"))
    return Table("replications", "Usable replications", baseline_note(results), columns, tuple(rows))


def performance(results: Results, over: str) -> Table:
    """Every measure of every estimand of the baseline population, over one denominator."""
    rows: list[tuple[Entry, ...]] = []
    for n, cell in results.baseline_cells:
        for target in results.study.estimands:
            for name, method in results.study.methods.items():
                values = [
                    results.over(cell, name, target, measure, POPULATION if measure in LIMITS else over)
                    for measure in ESTIMAND_MEASURES
                ]
                if stored := [value for value in values if value and value.n_total]:
                    rows.append((n, target, method.label, results.truth(cell, target), *values, count(stored[0])))
    heads = (N, Column("Estimand"), METHOD, Column("truth", "coefficient"))
    columns = (*heads, *map(measure_column, ESTIMAND_MEASURES), REPLICATIONS)
    title = f"Every measure, over {'usable' if over == USABLE else 'all'} replications"
    return Table(f"performance-{over}", title, baseline_note(results), columns, tuple(rows))


def in_every_cell(results: Results) -> list[Table]:
    """One table for each path and measure: populations and sizes down, methods across."""
    return [pivot(results, path, measure, title) for path in results.paths for measure, title in _PIVOTED.items()]


def pivot(results: Results, path: str, measure: str, title: str) -> Table:
    """One measure of one estimand: populations and sizes down, methods across. `{}` in the title is the estimand."""
    column = SIGNIFICANT if measure == "significant" else measure_column(measure)
    rows: list[tuple[Entry, ...]] = []
    for levels, n, cell in results.all_cells:
        values = [
            results.rejections(cell, method, path)
            if measure == "significant"
            else results.estimate(cell, method, path, measure)
            for method in results.study.methods
        ]
        if any(values):
            rows.append((*levels.values(), n, results.truth(cell, path), *values))
    methods = (Column(method.label, column.unit, column.signed) for method in results.study.methods.values())
    columns = (*factor_columns(results), N, Column("truth", "coefficient"), *methods)
    return Table(f"{measure}-{in_file_name(path)}", title.format(path), f"{column.hint}.", columns, tuple(rows))
