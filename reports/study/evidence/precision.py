"""Whether there were enough replications: the Monte Carlo errors reached, and what smaller ones would take."""

import math

from benchmarks.measures.basis.samples import USABLE
from reports.printing.columns import METHOD
from reports.printing.numbers import number
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results
from reports.study.tables import of_estimands

#: The error that a reader may want: of shares a percentage point, of coefficients half a hundredth.
WANTED = {"share": 0.01, "coefficient": 0.005}


def table(results: Results) -> Table:
    """For every measure the median and the largest error over cells, methods and estimands, and where that is."""
    stored = results.measures
    kept = (stored["over"] == USABLE) & (stored["n_total"] > 0) & stored["mcse"].gt(0)
    by_measure = dict(list(stored.loc[kept, ["measure", "mcse", "cell", "target", "method"]].groupby("measure")))
    labels = {cell.cell: cell.label or f"n = {cell.n}" for cell in results.study.cells}
    rows: list[tuple[Entry, ...]] = []
    for name in of_estimands(results):
        unit = results.words[name].unit
        if name not in by_measure or unit not in WANTED:
            continue
        own = by_measure[name]
        largest = own.iloc[int(own["mcse"].to_numpy().argmax())]
        middle = float(own["mcse"].median())
        needed = math.ceil(results.study.replications * (middle / WANTED[unit]) ** 2)
        rows.append((
            results.words[name].header, _shown(middle, unit), _shown(float(largest["mcse"]), unit),
            f"{labels[largest['cell']]}; {largest['target']}", results.study.methods[largest["method"]].label,
            _shown(WANTED[unit], unit), f"{needed:,}",
        ))  # fmt: skip
    columns = (
        Column("Measure"), Column("median error", "coefficient"), Column("largest error", "coefficient"),
        Column("largest in"), METHOD, Column("for an error of", "coefficient"),
        Column("replications needed", "coefficient", hint="for the median error to be that small, in each cell"),
    )  # fmt: skip
    note = (
        f"Monte Carlo standard errors after {results.study.replications:,} replications a cell, over all cells, "
        "methods and estimands. An error falls with the root of the number of replications."
    )
    return Table("precision", "Were there enough replications?", note, columns, tuple(rows))


def sentence(results: Results) -> str:
    """The number of replications justified by the errors that it reached."""
    stored = results.measures
    known = stored[(stored["over"] == USABLE) & (stored["n_total"] > 0) & stored["mcse"].notna()]
    told = []
    for name in ("bias", "coverage", "power", "type_1_error", "drop_rate"):
        own = known.loc[(known["measure"] == name), "mcse"]
        if len(own):
            unit = results.words[name].unit
            told.append(f"{results.words[name].header} {_shown(float(own.max()), unit)} ({_shown(own.median(), unit)})")
    if not told:
        return ""
    return (
        f"{results.study.replications:,} replications a cell gave these largest (median) Monte Carlo standard errors: "
        f"{', '.join(told)}."
    )


def _shown(value: float, unit: str) -> str:
    return f"{number(100 * value, 2)} points" if unit == "share" else number(value, 4)
