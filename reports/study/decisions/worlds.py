"""Which conclusions move: what the first deciding method does in every population at the smallest n, in one table."""

from benchmarks.measures.basis.itemgroups import STRONG, WEAK
from reports.printing.columns import SIGNIFICANT, factor_columns, measure_columns
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results

#: What is told of groups of items, with the words of its column.
_OF_ITEMS = (
    (STRONG, "group_items_lost", "good items lost", "count"),
    (STRONG, "group_any_dropped", "any good item lost", "share"),
    (WEAK, "group_items_lost", "weak items lost", "count"),
)
_OF_PATHS = ("bias", "step_rule", "coverage", "coverage_of_limit")


def table(results: Results) -> Table:
    """A row for each path and population; no rows without decisions or with one population."""
    rows: list[tuple[Entry, ...]] = []
    for path in results.paths if results.deciding and len(results.populations) > 1 else []:
        for levels, cell in results.first_cells:
            method = results.deciding[0]
            items = [results.estimate(cell, method, group, measure) for group, measure, _, _ in _OF_ITEMS]
            told = [results.estimate(cell, method, path, measure) for measure in _OF_PATHS]
            found = results.rejections(cell, method, path)
            rows.append((path, *levels.values(), results.truth(cell, path), *items, *told, found))
    columns = (
        Column("Path"),
        *factor_columns(results),
        Column("truth", "coefficient"),
        *(Column(head, unit, hint=f"{measure}, {group}") for group, measure, head, unit in _OF_ITEMS),  # type: ignore[arg-type]
        *measure_columns(results, _OF_PATHS),
        SIGNIFICANT,
    )
    label = results.study.methods[results.deciding[0]].label if results.deciding else ""
    note = f"The numbers are those of “{label}” at n = {results.baseline_n}; the first row of a path is the baseline."
    return Table("worlds", "Which conclusions move from population to population", note, columns, tuple(rows), True)
