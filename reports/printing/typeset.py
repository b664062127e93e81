"""A table, what is printed of its entries, and its form as CSV with every number in full."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.cells import harmless
from reports.printing.numbers import NOTHING, Printed, full, number, printed
from reports.results import Estimate
from reports.vocabulary import Unit

Entry = str | int | float | Estimate | None


@dataclass(frozen=True)
class Column:
    """A column: its head, the unit of its numbers, and whether a plus sign is printed."""

    header: str
    unit: Unit = "text"
    signed: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the report. With `grouped`, the first column heads the groups of rows that share its entry."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    grouped: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.name}: every row needs {len(self.columns)} entries")

    def without_empty_columns(self) -> "Table":
        """The table without the columns in which no row has an entry."""
        kept = [i for i in range(len(self.columns)) if any(row[i] is not None for row in self.rows)]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows)

    def without(self, header: str) -> "Table":
        """The table without the column of this head."""
        kept = [i for i, column in enumerate(self.columns) if column.header != header]
        rows = tuple(tuple(row[i] for i in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[i] for i in kept), rows=rows)

    def first(self, most: int) -> "Table":
        """The table with no more than so many of its first rows."""
        return self if len(self.rows) <= most else replace(self, rows=self.rows[:most])

    @property
    def groups(self) -> list[tuple[str, list[tuple[Entry, ...]]]]:
        """The rows under their group heads, in order; one unnamed group where the table is not grouped."""
        if not self.grouped:
            return [("", list(self.rows))]
        found: list[tuple[str, list[tuple[Entry, ...]]]] = []
        for row in self.rows:
            if not found or found[-1][0] != row[0]:
                found.append((str(row[0]), []))
            found[-1][1].append(row)
        return found

    @property
    def heads(self) -> tuple[Column, ...]:
        """The columns that are printed: without the one that heads the groups."""
        return self.columns[1:] if self.grouped else self.columns

    def entries(self, row: tuple[Entry, ...]) -> list[tuple[Column, Entry]]:
        """The printed entries of a row beside their columns."""
        return list(zip(self.heads, row[1:] if self.grouped else row, strict=True))


#: What a CSV holds of an estimate behind its value; the last two where a column holds rates.
_PARTS, _ENDS = ("mcse", "n_used", "n_total"), ("lower", "upper")


def as_csv(table: Table) -> str:
    """Numbers in full precision; an estimate takes columns of its own: value, _mcse, _n_used, _n_total.

    Rates have _lower and _upper too, the ends of their intervals.
    """
    parts = [_parts([row[i] for row in table.rows]) for i in range(len(table.columns))]
    heads = [
        head
        for column, wanted in zip(table.columns, parts, strict=True)
        for head in (_key(column.header), *(f"{_key(column.header)}_{part}" for part in wanted))
    ]
    rows = [
        [text for entry, wanted in zip(row, parts, strict=True) for text in _csv(entry, wanted)] for row in table.rows
    ]
    return csv_text([heads, *rows])


def _parts(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What a column of entries needs beside the values."""
    found = [entry for entry in entries if isinstance(entry, Estimate)]
    return (*_PARTS[: 3 * bool(found)], *_ENDS[: 2 * any(math.isfinite(entry.lower) for entry in found)])


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of texts as CSV, none of which a spreadsheet would run."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def _key(header: str) -> str:
    """A column name that every program reads: lower case, words joined by `_`; target names stay as they are."""
    text = header.replace("≥", ">=")
    return text if re.search(r"[~()>]", text) else re.sub(r"\W+", "_", text.lower()).strip("_")


def _csv(entry: Entry, parts: Sequence[str]) -> list[str]:
    if isinstance(entry, Estimate):
        stored = [getattr(entry, part) for part in ("value", *parts)]
        return [full(each) if isinstance(each, float) else str(each) for each in stored]
    text = "" if entry is None else full(entry) if isinstance(entry, float) else str(entry)
    return [text, *("" for _ in parts)]


def as_text(column: Column, entry: Entry) -> Printed:
    """What is printed of an entry: number or text, with what belongs to it."""
    if entry is None:
        return Printed(NOTHING)
    if isinstance(entry, Estimate):
        return printed(entry, column.unit, column.signed)
    if isinstance(entry, float):
        scale, sign = (100.0, "%") if column.unit == "share" else (1.0, "")
        return Printed(number(entry * scale, 1 if column.unit == "share" else 3, column.signed), "", sign)
    return Printed(f"{entry:,}" if isinstance(entry, int) else entry)
