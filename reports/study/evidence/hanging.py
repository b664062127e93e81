"""Statistics that hang on one replication, with the median and a winsorised value beside them; and the worst cases."""

from collections.abc import Mapping
from typing import Any

from reports.printing.columns import METHOD, N, baseline_note, factor_columns
from reports.printing.numbers import number
from reports.printing.replays import replay
from reports.printing.typeset import Column, Entry, Table
from reports.results import Results

#: Rows that are told; of more, those on which a measure hangs most.
_MOST = 200


def hanging(results: Results) -> Table:
    """Every measure of which half or more of the variance behind its error is one replication's."""
    rows: list[tuple[Entry, ...]] = []
    told = results.told
    if told is not None:
        levels_of = {cell: (levels, n) for levels, n, cell in results.all_cells}
        found = told[told["share"].notna()].sort_values("share", ascending=False, kind="stable")[:_MOST]
        for row in found.to_dict("records"):
            levels, n = levels_of[row["cell"]]
            value = results.estimate(row["cell"], row["method"], row["target"], row["why"])
            rows.append((
                *levels.values(), n, results.study.methods[row["method"]].label, row["target"],
                results.words[row["why"]].header, value, float(row["share"]), float(row["median"]),
                float(row["winsorised"]), _what(row), replay(results, row["cell"], row["replication"]),
            ))  # fmt: skip
    columns = (
        *factor_columns(results), N, METHOD, Column("Estimand"), Column("Measure"), Column("value", "coefficient"),
        Column("share of one", "share", hint="share of the variance behind the Monte Carlo error that is one's"),
        Column("median", "coefficient", hint="the median in place of the mean"),
        Column("winsorised", "coefficient", hint="with 2.5% at each end drawn in to the nearest of the others"),
        Column("its numbers"), Column("drawn again"),
    )  # fmt: skip
    note = (
        "Half or more of the variance behind the Monte Carlo error of these numbers is one replication's: with other "
        "random numbers they may be quite different. The median and the winsorised value (2.5% at each end drawn in) "
        "do not hang on it."
    )
    return Table("hanging", "Numbers that hang on one replication", note, columns, tuple(rows))


def _what(row: Mapping[Any, Any]) -> str:
    """`estimate −3.220, SE 4.550`."""
    error = f", SE {number(row['se'])}" if row["se"] == row["se"] else ""
    return f"estimate {number(row['value'])}{error}"


def worst(results: Results) -> Table:
    """The worst and the typical estimate of every path and method in the baseline population, and how to see them."""
    rows: list[tuple[Entry, ...]] = []
    told = results.told
    if told is not None:
        chosen = told[told["why"].isin(_CASES)]
        found = {(r["cell"], r["method"], r["target"], r["why"]): r for r in chosen.to_dict("records")}
        for n, cell in results.baseline_cells:
            for target in results.paths or results.study.estimands:
                for name, method in results.study.methods.items():
                    for why, words in _CASES.items():
                        if row := found.get((cell, name, target, why)):
                            interval = f"{number(row['lower'])} to {number(row['upper'])}"
                            rows.append((
                                target, n, method.label, words, float(row["value"]), float(row["se"]), interval,
                                results.truth(cell, target), replay(results, cell, row["replication"]),
                            ))  # fmt: skip
    columns = (
        Column("Path"), N, METHOD, Column("Which"), Column("estimate", "coefficient"), Column("SE", "coefficient"),
        Column("interval", "coefficient"), Column("true value", "coefficient"), Column("drawn again"),
    )  # fmt: skip
    title = "The worst replications, and typical ones"
    return Table("cases", title, baseline_note(results), columns, tuple(rows), grouped=True)


_CASES = {"worst": "farthest from the truth", "missed": "interval that misses it most", "typical": "in the middle"}
