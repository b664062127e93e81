"""Sheets of workbooks (.xlsx, .xlsb, .xls, .ods) as records of text cells."""

import datetime
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sim.errors import InputError, unknown
from sim.grammar.spelling import name_of
from sim.surveys.cells.limits import CELLS, COLUMNS, check_archive, check_cells, check_sheets
from sim.surveys.reading.formulas import check_calculated
from sim.surveys.reading.needed import needed

Record = tuple[int, list[str]]
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def sheet_records(path: Path, kind: str, sheet: str, wanted: frozenset[str]) -> tuple[str, list[Record]]:
    """The name of the sheet that is read, and its records (row, cells).

    Without a `sheet`, a workbook of several sheets is read where one alone has columns that the model names, or one
    alone holds anything. Raises InputError where there is a choice to make, with the names of the sheets.
    """
    if kind != "xls":
        check_archive(path)
    sheets = _open_document(path) if kind == "ods" else _excel(path)
    if not sheets:
        raise InputError(f"data file {path} has no sheet with cells")
    if sheet:
        if sheet not in sheets:
            raise InputError(f"data file {path}: {unknown('sheet', sheet, sheets)}")
        name = sheet
    else:
        name = _only_one(path, sheets, wanted)
    check_calculated(path, kind, name, _columns_of(sheets[name], wanted))
    return name, sheets[name]


def _only_one(path: Path, sheets: Mapping[str, list[Record]], wanted: frozenset[str]) -> str:
    """The sheet that alone has columns that the model names, or alone holds anything. Raises InputError."""
    filled = [name for name, records in sheets.items() if records]
    naming = [name for name in filled if any(wanted & {name_of(c) for c in cells} for _, cells in sheets[name][:30])]
    chosen = naming or filled
    if len(chosen) > 1:
        raise InputError(
            f"data file {path} has {len(chosen)} sheets ({', '.join(chosen)}); say which with --sheet NAME"
        )
    return chosen[0] if chosen else next(iter(sheets))


def _columns_of(records: Sequence[Record], wanted: frozenset[str]) -> list[int] | None:
    """The columns that the model names, by their place; None, for all of them, where it names none."""
    for _, cells in records[:30]:
        if found := [place for place, cell in enumerate(cells) if name_of(cell) in wanted]:
            return found
    return None


def _excel(path: Path) -> dict[str, list[Record]]:
    """Every sheet of an Excel workbook."""
    calamine = needed("python_calamine", "python-calamine", "Excel workbooks")
    if zipfile.is_zipfile(path):
        check_sheets(path)
    sheets: dict[str, list[Record]] = {}
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            check_cells(f"data file {path}", len(rows), max((len(row) for row in rows), default=0))
            sheets[name] = _records(rows)
    except InputError:
        raise
    except Exception as error:  # calamine's errors have no common class
        if "password" in str(error).lower():
            raise InputError(f"data file {path} is locked with a password; save it without one") from None
        raise InputError(f"data file {path} is no Excel workbook that can be read ({error}); save it again") from None
    return sheets


def _records(rows: Sequence[Sequence[Any]]) -> list[Record]:
    """Records with their row's number, empty rows at the end left out."""
    records = [(number, [_cell(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    while records and not any(records[-1][1]):
        records.pop()
    return records


def _cell(cell: Any) -> str:
    """A cell as text: a whole number without a point, a date in the ISO form."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
        return str(cell)
    return str(cell)


def _open_document(path: Path) -> dict[str, list[Record]]:
    """Every sheet of an OpenDocument workbook, read piece by piece; repeated empty cells and rows are not laid out."""
    sheets: dict[str, list[Record]] = {}
    name, row, cells = "", 1, 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
            for event, element in ElementTree.iterparse(file, events=("start", "end")):
                if event == "start":
                    if element.tag == f"{_TABLE}table":
                        name, row = element.get(f"{_TABLE}name", ""), 1
                        sheets[name] = []
                elif element.tag == f"{_TABLE}table-row":
                    times = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
                    found = list(_row(element))
                    if any(found):
                        cells += times * len(found)
                        if cells > CELLS or len(found) > COLUMNS:
                            check_cells(f"data file {path}", row + times, max(len(found), 1))
                            raise InputError(f"data file {path} holds more than {CELLS:,} cells; save it as CSV")
                        sheets[name] += [(row + k, found) for k in range(times)]
                    elif times < 1000:
                        sheets[name] += [(row + k, []) for k in range(times)]
                    row += times
                    element.clear()
    except (KeyError, ElementTree.ParseError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"data file {path} is no OpenDocument workbook that can be read ({error})") from None
    return {name: _padded(records) for name, records in sheets.items()}


def _padded(records: list[Record]) -> list[Record]:
    """Records of one width, empty ones at the end left out."""
    while records and not any(records[-1][1]):
        records.pop()
    width = max((len(cells) for _, cells in records), default=0)
    return [(row, cells + [""] * (width - len(cells))) for row, cells in records]


def _row(element: ElementTree.Element) -> Iterator[str]:
    """The cells of a row, without empty ones at its end."""
    waiting = 0
    for cell in element:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        text = _open_cell(cell)
        if not text:
            waiting += times
            continue
        if waiting + times > COLUMNS:
            raise ValueError(f"a row has more than {COLUMNS:,} cells")
        yield from [""] * waiting
        yield from [text] * times
        waiting = 0


def _open_cell(cell: ElementTree.Element) -> str:
    """A cell's number as it is stored, or its text."""
    value = cell.get(f"{_OFFICE}value")
    if value is not None and cell.get(f"{_OFFICE}value-type") in ("float", "currency"):
        return _cell(float(value))
    return "\n".join("".join(part.itertext()) for part in cell.findall(f"{_TEXT}p"))
