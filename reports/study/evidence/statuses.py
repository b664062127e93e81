"""The table of how fits ended: every status by method and cell, with its cause and a replication that shows it."""

from estimators.base import Status
from reports.printing.columns import METHOD, N, factor_columns
from reports.printing.numbers import counted
from reports.printing.replays import replay
from reports.printing.typeset import Column, Entry, Table
from reports.results import Estimate, Results


def statuses(results: Results) -> Table:
    """How the fits of every method ended in every cell, where any did not end well."""
    rows: list[tuple[Entry, ...]] = []
    told = results.told
    if told is not None:
        found = told[(told["why"] == "status") & (told["status"] != Status.OK)]
        by_place = {key: part.to_dict("records") for key, part in found.groupby(["cell", "method"])}
        for levels, n, cell in results.all_cells:
            for name, method in results.study.methods.items():
                for row in by_place.get((cell, name), []):
                    share = _share(results, int(row["count"]), cell, name)
                    rows.append((
                        *levels.values(), n, method.label, _word(row["status"]), share, counted(share),
                        Status(row["status"]).meaning, replay(results, cell, int(row["replication"])),
                    ))  # fmt: skip
    columns = (
        *factor_columns(results), N, METHOD, Column("ended"), Column("share", "share"), Column("replications"),
        Column("cause"), Column("one of them, drawn again"),
    )  # fmt: skip
    note = (
        "Replications that are not listed ended well. An inadmissible fit has numbers, which cannot be those of any "
        "population; every other status has none. Nothing is drawn anew in place of a failure."
    )
    return Table("statuses", "How fits ended, and why", note, columns, tuple(rows))


def _share(results: Results, happened: int, cell: int, method: str) -> Estimate:
    """The share of the replications, with its error and its interval after Wilson."""
    import numpy as np

    from benchmarks.measures.basis.formulas import wilson

    total = results.study.replications
    share = happened / total
    lower, upper = wilson(np.array([share]), np.array([total]))
    error = (share * (1 - share) / total) ** 0.5
    return Estimate(share, error, happened, total, float("nan"), float(lower[0]), float(upper[0]))


def _word(status: int) -> str:
    return Status(status).name.lower().replace("_", " ")
