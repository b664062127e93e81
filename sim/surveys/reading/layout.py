"""From records of cells to a table: titles, header lines, empty rows and columns, row names, totals are told apart."""

import re
from array import array
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from statistics import median

import numpy as np

from sim.errors import InputError, counted
from sim.grammar.spelling import name_of
from sim.surveys.cells.limits import check_columns
from sim.surveys.cells.numbers import is_missing, is_number
from sim.surveys.cells.table import Codes, Column, Reading, Table, listed
from sim.surveys.reading import totals

#: Records in which the header is looked for and columns are judged; lines that may lie above it or below it.
_HEAD, _ABOVE, _EXTRA = 300, 25, 3
_CHUNK = 20_000
Record = tuple[int, list[str]]


@dataclass
class _Kept:
    """What has been left out so far, and what was seen."""

    left: Counter[str] = field(default_factory=Counter)
    aside: list[str] = field(default_factory=list)
    one_line: bool = False


def table_of(
    source: str,
    where: str,
    records: Iterable[Record],
    wanted: frozenset[str],
    form: tuple[str, ...],
    separator: str = "",
    row_names: bool = False,
    one_line: bool = False,
) -> Table:
    """The table in records (place, cells). `wanted`: names of the columns that a model needs.

    separator: where it is given, a cell that holds a line of as many separators as the table has is refused: a
    quotation mark has swallowed lines. row_names: whether lines may begin with a cell that the header has no name for,
    as R writes them. one_line: whether a cell that holds a line break is refused.

    Raises InputError for lines that have more or fewer cells than the header, with the line.
    """
    stream = iter(records)
    head = list(islice(stream, _HEAD))
    full = [record for record in head if _filled(record[1])]
    if not full:
        raise InputError(f"{source} cannot be read (it holds nothing); give a file with a column for each item")
    kept = _Kept(one_line=one_line)
    at = _header(full, wanted)
    names, rows = _names(source, full, at, row_names)
    check_columns(source, len(names))
    if at:
        kept.aside.append(f"{at} line{'s' * (at > 1)} above the header")
    extra = _extra_headers(names, rows)
    if extra:
        kept.aside.append(f"{extra} more header line{'s' * (extra > 1)}")
    first = rows[extra][0] if len(rows) > extra else None
    remaining = (record for record in chain(head, stream) if first is not None and record[0] >= first)
    return _built(source, where, names, remaining, wanted, form, kept, separator)


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _is_blank(cells: Sequence[str]) -> bool:
    return not "".join(cells).strip()


def _header(full: Sequence[Record], wanted: frozenset[str]) -> int:
    """Which of the records names the columns: the one with most of the model's items, else the first full one."""
    found = [len(wanted & {name_of(cell) for cell in cells}) for _, cells in full[:_ABOVE]]
    if found and max(found) > 0:
        return found.index(max(found))
    typical = median(_filled(cells) for _, cells in full)
    for at, (_, cells) in enumerate(full[:_ABOVE]):
        if _filled(cells) >= 0.6 * typical:
            return at
    return 0


def _names(source: str, full: Sequence[Record], at: int, row_names: bool) -> tuple[list[str], list[Record]]:
    """Names of the columns, and the records below them."""
    names, rows = [name_of(cell) for cell in full[at][1]], list(full[at + 1 :])
    if row_names and rows and all(len(cells) == len(names) + 1 for _, cells in rows):
        firsts = [cells[0].strip() for _, cells in rows]
        names = ["", *names] if len(set(firsts)) == len(firsts) else names
    numbers = [name for name in names if is_number(name)]
    if len(numbers) > len(names) / 2 and len(numbers) > 1:
        raise InputError(
            f"{source}: the first line holds numbers ({listed(names, 4)}) and no names; put a line with a "
            "name for each "
            "column above it"
        )
    return names, rows


def _extra_headers(names: Sequence[str], rows: Sequence[Record]) -> int:
    """How many of the first records say more of the columns: questions, or import codes as Qualtrics writes them."""
    later = [cells for _, cells in (rows[_EXTRA:] if len(rows) > 2 * _EXTRA else rows[-1:])]
    columns = [[cells[j].strip() for cells in later if j < len(cells)] for j in range(len(names))]
    for count in range(min(_EXTRA, len(rows) - 1), 0, -1):
        cells = rows[count - 1][1]
        if any('"ImportId"' in cell for cell in cells) or _says_more(cells, columns):
            return count
    return 0


def _says_more(cells: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether cells are words where the columns below hold numbers, or labels that never return below."""
    words = asked = 0
    for cell, below in zip(cells, columns, strict=False):
        given = [each for each in below if not is_missing(each)]
        if not given:
            continue
        few = len(set(given)) <= 12 and len(given) >= 4 * len(set(given))
        if sum(map(is_number, given)) >= 0.9 * len(given):
            asked += 1
            words += not is_missing(cell.strip()) and not is_number(cell.strip())
        elif few:
            asked += 1
            words += bool(cell.strip()) and cell.strip() not in given
    return asked >= 2 and words >= 0.8 * asked


def _built(
    source: str,
    where: str,
    names: list[str],
    records: Iterator[Record],
    wanted: frozenset[str],
    form: tuple[str, ...],
    kept: _Kept,
    separator: str,
) -> Table:
    """The table from the records below the header."""
    codes, lines = Codes(names, wanted), 0
    places = array("q")
    chunk: list[list[str]] = []
    ending: deque[Record] = deque()
    for place, cells in records:
        lines += 1
        if _is_blank(cells):
            kept.left["empty"] += 1
            continue
        ending.append((place, cells))
        if len(ending) > totals.MOST:
            _take(source, where, names, ending.popleft(), chunk, places, kept, separator)
        if len(chunk) == _CHUNK:
            codes.add(chunk)
            chunk = []
    for place, cells in _without_closing(ending, names, kept):
        _take(source, where, names, (place, cells), chunk, places, kept, separator)
    codes.add(chunk)
    columns = codes.columns(names, range(1, len(names) + 1))
    table = Table(
        source,
        where,
        tuple(columns),
        np.frombuffer(places, dtype=np.int64) if places else np.empty(0, dtype=np.int64),
        Reading(lines, {}, form),
    )
    return _tidied(totals.without_sums(table, kept.left), kept, lines, form)


def _take(
    source: str,
    where: str,
    names: Sequence[str],
    record: Record,
    chunk: list[list[str]],
    places: "array[int]",
    kept: _Kept,
    separator: str,
) -> None:
    """Add a record to the rows, or count why it is none. Raises InputError for a wrong number of cells."""
    place, cells = record
    width = len(names)
    if len(cells) > width:
        if any(cell.strip() for cell in cells[width:]):
            raise InputError(_ragged(source, where, place, len(cells), width))
        cells = cells[:width]
    if len(cells) < width and not any(names[len(cells) :]):
        cells = cells + [""] * (width - len(cells))
    if len(cells) < width and _is_note(cells, width):
        kept.left["no record"] += 1
        return
    if len(cells) < width:
        raise InputError(_ragged(source, where, place, len(cells), width))
    if name_of(cells[0]) == names[0] and [name_of(cell) for cell in cells] == names:
        kept.left["repeating the header"] += 1
        return
    joined = "".join(cells) if separator else ""
    if "\n" in joined or "\r" in joined:
        for cell in cells:
            if "\n" in cell or "\r" in cell:
                if kept.one_line:
                    raise InputError(f"{source}: {stray(place)}")
                _check_break(source, where, place, cell, separator, width)
    chunk.append(cells)
    places.append(place)


def stray(line: int) -> str:
    """That a quotation mark is wrong in a record."""
    return f"a quotation mark inside a cell of the record of line {line} is not doubled, or one is missing; mend it"


def _is_note(cells: Sequence[str], width: int) -> bool:
    """Whether a short line is words alone, as between pages: one cell that holds no answers."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return width > 2 and len(cells) == 1 and sum(sign.isdigit() for sign in filled[0]) <= 2 and not is_number(filled[0])


def _check_break(source: str, where: str, place: int, cell: str, separator: str, width: int) -> None:
    lines, inside = re.split(r"[\r\n]+", cell), cell.count(separator)
    pieces = [piece.strip() for line in lines for piece in line.split(separator)]
    numbers = sum(map(is_number, pieces)) >= len(pieces) / 2
    whole = any(line.count(separator) >= width - 1 for line in lines)
    if width > 2 and inside >= width - 1 and (whole or numbers or inside % (width - 1) == 0):
        raise InputError(
            f"{source}: a cell of the record of {where} {place} holds whole lines of the table; a quotation mark is "
            "missing or too many there"
        )


def _ragged(source: str, where: str, place: int, cells: int, width: int) -> str:
    what = "more" if cells > width else "fewer"
    return (
        f"{source}: {where} {place} has {counted(cells, 'cell')}, {what} than the header, which names "
        f"{counted(width, 'column')}; mend that {where} (is a separator or a quotation mark lost or too many?)"
    )


def _without_closing(ending: Iterable[Record], names: Sequence[str], kept: _Kept) -> list[Record]:
    """The last records without notes and lines of totals."""
    left = list(ending)
    while left:
        cells = left[-1][1]
        if totals.is_named_total(cells):
            kept.left["of totals"] += 1
        elif len(names) > 2 and _filled(cells) == 1 and not any(is_number(c.strip()) for c in cells if c.strip()):
            kept.left["below the answers"] += 1
        else:
            break
        left.pop()
    return left


def _tidied(table: Table, kept: _Kept, lines: int, form: tuple[str, ...]) -> Table:
    """The table without empty columns and row names, with what was done."""
    columns: list[Column] = []
    empty = 0
    for column in table.columns:
        if not column.name and column.is_empty:
            empty += 1
        else:
            columns.append(column)
    if empty:
        kept.aside.append(f"{empty} empty column{'s' * (empty > 1)}")
    nameless = [column for column in columns if not column.name]
    if nameless:
        only_first = [column.place for column in nameless] == [1]
        where = ", ".join(str(column.place) for column in nameless)
        kept.aside.append("row names" if only_first else f"column{'s' * (len(nameless) > 1)} {where} without a name")
    named = tuple(column for column in columns if column.name)
    reading = Reading(lines, dict(kept.left), form, tuple(kept.aside))
    return Table(table.source, table.where, named, table.places, reading)
