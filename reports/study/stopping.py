"""The table of a study whose targets decide how many replications there are: where each cell stopped, and why."""

from reports.printing.columns import METHOD, N, factor_columns
from reports.printing.numbers import NOTHING
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results


def table(results: Results) -> Table:
    """Replications of each cell, whether every target is met, and the error that is furthest from the one wanted."""
    stopped = {each.cell: each for each in results.study.stopping.cells} if results.study.stopping else {}
    rows: list[tuple[Entry, ...]] = []
    for levels, n, cell in results.all_cells:
        each = stopped.get(cell)
        if each is None:
            continue
        furthest = each.furthest
        told: tuple[Entry, ...] = (NOTHING,) * 5
        if furthest is not None:
            label = results.study.methods[furthest.method].label
            error = NOTHING if furthest.error is None else f"{furthest.error:.2g}"
            told = (furthest.measure, furthest.target, label, error, f"{furthest.wanted:g}")
        rows.append((*levels.values(), n, f"{each.replications:,}", "yes" if each.met else "no", *told))
    columns = (
        *factor_columns(results), N, Column("Replications"), Column("Every target met"), Column("Furthest measure"),
        Column("Estimand"), METHOD, Column("Its error"), Column("Wanted"),
    )  # fmt: skip
    most = results.study.stopping.most if results.study.stopping else 0
    note = f"Cells stop when every Monte Carlo error is as small as wanted, or at {most:,} replications."
    return Table("stopping", "How many replications were enough", note, columns, tuple(rows))
