"""A survey as a table: columns of distinct cells with a code for each respondent, and what was done to get it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import counted

#: Different cells beyond which a long column that no model names is not kept.
CROWDED = 20_000
#: Names of columns that a message lists.
MOST_NAMES = 40


@dataclass(frozen=True)
class Column:
    """One column: its distinct cells (text, or values of a data frame) and which of them each respondent has.

    codes (n,): places in `cells`; empty where `crowded`. place: its number in the source, from 1. labels: what values
    are called in the file (SPSS, Stata); missing: values and ranges the file declares missing; ordered: whether the
    cells are categories in their order; measure: the level of measurement that the file states.
    """

    name: str
    place: int
    cells: tuple[Any, ...]
    codes: NDArray[np.integer]
    labels: Mapping[float, str] = field(default_factory=dict)
    missing: tuple[tuple[float, float], ...] = ()
    ordered: bool = False
    measure: str = ""
    crowded: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no respondent has anything here."""
        return not self.crowded and all(is_blank(cell) for cell in self.cells)


@dataclass(frozen=True)
class Reading:
    """What was done to read a source: lines that hold something else than answers, and how the file is written.

    lines: lines (or rows) from the first respondent on; left: why some of them are none, with their counts; form: how
    it is written; aside: what was left aside; remarks: what a reader should look at.
    """

    lines: int
    left: Mapping[str, int] = field(default_factory=dict)
    form: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A survey's columns; places (n,): the line or row of the source that each respondent stands in.

    source: its name in messages; where: what a place is called.
    """

    source: str
    where: str
    columns: tuple[Column, ...]
    places: NDArray[np.integer]
    reading: Reading

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def place(self, row: int) -> str:
        """Where respondent `row` (from 0) stands: `line 17`."""
        return f"{self.where} {self.places[row]}"


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing at all."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and cell != cell)


def listed(names: Iterable[str], most: int = 6) -> str:
    """`a, b, c and 4 more`."""
    told = [" ".join(name.split()) for name in names]
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")


def told_lines(reading: Reading, where: str, respondents: int) -> str:
    """`72 respondents of 75 lines: 3 empty`, or `72 respondents`."""
    words = counted(respondents, "respondent")
    if not any(reading.left.values()):
        return words
    why = ", ".join(f"{count} {reason}" for reason, count in reading.left.items() if count)
    return f"{words} of {counted(reading.lines, where)}: {why}"


class Codes:
    """Columns of codes that grow row by row, in as few bytes as they need."""

    def __init__(self, names: Sequence[str], wanted: frozenset[str]) -> None:
        self._wanted = [name in wanted for name in names]
        self._index = [_Index() for _ in names]
        self._parts: list[list[NDArray[np.integer]]] = [[] for _ in names]
        self._crowded = [False] * len(names)
        self._rows = 0

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Take rows of as many cells as there are columns."""
        self._rows += len(rows)
        for j, cells in enumerate(zip(*rows, strict=True)):
            if self._crowded[j]:
                continue
            index = self._index[j]
            codes = list(map(index.__getitem__, cells))
            self._parts[j].append(np.array(codes, dtype=_smallest(len(index))))
            if len(index) > CROWDED and not self._wanted[j] and len(index) > self._rows / 10:
                self._crowded[j] = True
                self._index[j], self._parts[j] = _Index(), []

    def columns(self, names: Sequence[str], places: Sequence[int]) -> list[Column]:
        """The columns, cells stripped of what surrounds them."""
        return [self._column(j, name, place) for j, (name, place) in enumerate(zip(names, places, strict=True))]

    def _column(self, j: int, name: str, place: int) -> Column:
        if self._crowded[j]:
            return Column(name, place, (), np.empty(0, dtype=np.int8), crowded=True)
        raw, stripped = list(self._index[j]), _Index()
        merged = [stripped[cell.strip() if isinstance(cell, str) else cell] for cell in raw]
        parts = self._parts[j]
        codes = np.concatenate(parts) if parts else np.empty(0, dtype=np.int8)
        if len(stripped) < len(raw):
            codes = np.array(merged, dtype=_smallest(len(stripped)))[codes]
        return Column(name, place, tuple(stripped), codes)


class _Index(dict[Any, int]):
    """A number for each thing in the order of appearance."""

    def __missing__(self, key: Any) -> int:
        self[key] = number = len(self)
        return number


def _smallest(count: int) -> type[np.integer]:
    return np.uint8 if count <= 256 else np.uint16 if count <= 65_536 else np.int32
