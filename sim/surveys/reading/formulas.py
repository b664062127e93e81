"""Formulas of a workbook that no program has calculated: their cells look empty, and would pass for missing answers.

A program that only writes workbooks (openpyxl, odfpy and others) stores a formula without its value; Excel and
LibreOffice store the value beside it when they save.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from sim.errors import InputError

#: Cells that a message names.
_NAMED = 5
_OPEN_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OPEN_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def check_calculated(path: Path, kind: str, sheet: str, columns: Sequence[int] | None = None) -> None:
    """Raise InputError where formulas of these columns, from 0 (default: all), have no value; it names their cells."""
    if not zipfile.is_zipfile(path) or kind not in ("xlsx", "ods"):
        return
    with zipfile.ZipFile(path) as archive:
        try:
            found = list(_of_open_document(archive, sheet) if kind == "ods" else _of_excel(archive, sheet))
        except ElementTree.ParseError:  # whoever read the sheet is less strict
            return
    cells = [f"{letters(column)}{row}" for row, column in found if columns is None or column in columns]
    if cells:
        named = ", ".join(cells[:_NAMED]) + (f" and {len(cells) - _NAMED} more" if len(cells) > _NAMED else "")
        told = (
            "hold formulas that have never been calculated, so that their values are not in the file"
            if len(cells) > 1
            else "holds a formula that has never been calculated, so that its value is not in the file"
        )
        raise InputError(
            f"data file {path}, sheet {sheet}: {named} {told}; open it in Excel or LibreOffice, save it there, and "
            "give the file that it wrote"
        )


def letters(column: int) -> str:
    """`A` of column 0, `AA` of column 26."""
    told = ""
    while column >= 0:
        told = chr(ord("A") + column % 26) + told
        column = column // 26 - 1
    return told


def _number(name: str) -> int:
    """The column, from 0, of letters."""
    number = 0
    for letter in name:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _of_excel(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int]]:
    """Row, from 1, and column, from 0, of each formula without a value. An empty text is a value, of type `str`."""
    part = _part_of(archive, sheet)
    if part is None or b"<f" not in (content := archive.read(part)):
        return
    for cell in (each for each in ElementTree.fromstring(content).iter() if _plain(each) == "c"):
        parts = {_plain(each): each.text for each in cell}
        place = re.fullmatch(r"([A-Z]{1,3})(\d+)", cell.get("r", ""))
        if "f" in parts and not parts.get("v") and cell.get("t") not in ("str", "inlineStr") and place:
            yield int(place[2]), _number(place[1])


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds a sheet, None where it cannot be told."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return None
    by_id = {each.get("Id"): each.get("Target", "") for each in links}
    for each in (found for found in book.iter() if _plain(found) == "sheet" and found.get("name") == sheet):
        target = next((by_id.get(value) for key, value in each.attrib.items() if key.endswith("}id")), None)
        part = posixpath.normpath(posixpath.join("/xl", target or "")).lstrip("/")
        return part if part in archive.namelist() else None
    return None


def _plain(element: ElementTree.Element) -> str:
    """The element's name without its namespace, of which there are two."""
    return element.tag.rpartition("}")[2]


def _of_open_document(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int]]:
    """The same of an OpenDocument sheet, where a calculated formula has a type of value."""
    if b"table:formula" not in (content := archive.read("content.xml")):
        return
    root = ElementTree.fromstring(content)
    table = next((each for each in root.iter(f"{_OPEN_TABLE}table") if each.get(f"{_OPEN_TABLE}name") == sheet), None)
    number = 1
    for row in [] if table is None else table.iter(f"{_OPEN_TABLE}table-row"):
        column = 0
        for cell in row:
            if cell.get(f"{_OPEN_TABLE}formula") and not cell.get(f"{_OPEN_OFFICE}value-type"):
                yield number, column
            column += int(cell.get(f"{_OPEN_TABLE}number-columns-repeated", "1"))
        number += int(row.get(f"{_OPEN_TABLE}number-rows-repeated", "1"))
