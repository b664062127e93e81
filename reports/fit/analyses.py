"""The analyses of one's own survey as tables: whatever an entry of the list gives, in its own columns."""

import math
from typing import Any

import pandas as pd

from benchmarks.own.analysis import Analysis
from benchmarks.own.analysis import Column as Made
from benchmarks.own.fits import Fits
from benchmarks.own.tables.analyses import ANALYSES
from reports.printing.columns import METHOD
from reports.printing.numbers import number
from reports.printing.typeset import Column, Entry, Table


def analysis_tables(fits: Fits) -> list[Table]:
    """A table for each analysis that has something to tell and is shown, in order."""
    return [
        _table(fits, each, fits.tables[each.name]) for each in ANALYSES if each.shown and len(fits.tables[each.name])
    ]


def printed(form: str, value: object) -> str | None:
    """An entry as it is printed in a column of this form, None where there is nothing to say."""
    if isinstance(value, str) or value is None:
        return value or None
    found = float(value)  # type: ignore[arg-type]
    if math.isnan(found):
        return None
    if form == "p":
        return "<0.001" if found < 0.0005 else number(found)
    if form == "share":
        return number(100 * found, 1)
    return number(found, {"count": 0, "number": 2}.get(form, 3))


def _table(fits: Fits, analysis: Analysis[Any], frame: pd.DataFrame) -> Table:
    """The rows of several methods under the name of each; those of one method alone without it."""
    made = analysis.columns_of(frame)
    by_method = "method" in frame
    several = by_method and len(fits.methods) > 1
    told = _said_once(frame) if several else frame
    rows: list[tuple[Entry, ...]] = [_entries(made, values) for values in told.itertuples(index=False, name=None)]
    heads = tuple(
        METHOD
        if column.name == "method"
        else Column(_head(fits, column), "text" if column.form == "text" else "coefficient")
        for column in made
        if column.head
    )
    name = analysis.name.replace("_", "-")
    table = Table(name, analysis.title, analysis.words, heads, tuple(rows), grouped=several or not by_method)
    return (table if several or not by_method else table.without(METHOD.header)).without_empty_columns()


def _said_once(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of methods with the very same numbers once, under the names of all of them."""
    kept: dict[str, pd.DataFrame] = {}
    for method, rows in frame.groupby("method", sort=False):
        numbers = rows.drop(columns="method").reset_index(drop=True)
        like = next((names for names, other in kept.items() if other.equals(numbers)), None)
        if like is None:
            kept[str(method)] = numbers
        else:
            kept = {f"{names}, {method}" if names == like else names: other for names, other in kept.items()}
    parts = [other.assign(method=names)[frame.columns] for names, other in kept.items()]
    return pd.concat(parts, ignore_index=True)


def _head(fits: Fits, column: Made) -> str:
    return f"{100 * fits.level:g}% interval" if column.form == "interval" else column.head


def _entries(columns: list[Made], values: tuple[object, ...]) -> tuple[Entry, ...]:
    """What is printed of a row: a lower end takes the upper one, which has no head, with it."""
    entries: list[Entry] = []
    for at, (column, value) in enumerate(zip(columns, values, strict=True)):
        if column.form == "interval":
            ends = [printed("value", end) for end in (value, values[at + 1])]
            entries.append(None if None in ends else f"[{ends[0]}, {ends[1]}]")
        elif column.head:
            entries.append(printed(column.form, value))
    return tuple(entries)
