"""What kind of file a survey is in, by its first bytes, and its table."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

from sim.errors import InputError, counted
from sim.surveys.cells import encoding
from sim.surveys.cells.limits import FILE_BYTES, TEXT_BYTES, check_file
from sim.surveys.cells.table import Table
from sim.surveys.reading import delimited
from sim.surveys.reading.frames import parquet_table
from sim.surveys.reading.layout import table_of
from sim.surveys.reading.statistical import statistical_table
from sim.surveys.reading.workbooks import sheet_records

_GIVE = "give a CSV, .xlsx, .ods, .sav, .dta or .parquet file with a column for each item"
#: First bytes of what holds no survey, and what to do.
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"<!DOCTYPE", "a page of the web"),
    (b"<html", "a page of the web"),
    (b"<?xml", "an XML file"),
    (b"\x1f\x8b", "a packed file; unpack it first"),
    (b"7z\xbc\xaf", "a packed file; unpack it first"),
    (b"Rar!", "a packed file; unpack it first"),
    (b"ARROW1", "a Feather file; write it as Parquet first"),
    (b"FEA1", "a Feather file; write it as Parquet first"),
    (b"RDX3", "a file of R; write it with write.csv first"),
)
#: Objects of names and values.
_JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"[^"]*"\s*:')


def file_table(path: Path, wanted: frozenset[str], sheet: str = "") -> Table:
    """The survey in a file. `wanted`: columns that the model names; `sheet`: which one of a workbook.

    Raises InputError, with the name of the file, where it holds no survey that can be read.
    """
    try:
        kind = _kind(path)
        if kind != "text" and kind != "parquet":
            check_file(path, FILE_BYTES)
        if sheet and kind not in ("xlsx", "xls", "ods"):
            raise InputError(f"data file {path} has no sheets; leave --sheet out")
        match kind:
            case "text":
                return _text(path, wanted)
            case "parquet":
                return parquet_table(path)
            case "xlsx" | "xls" | "ods":
                name, records = sheet_records(path, kind, sheet, wanted)
                return table_of(f"data file {path}", "row", records, wanted, (f"sheet {name}",))
        return statistical_table(path, kind)
    except FileNotFoundError:
        raise InputError(f"data file {path} cannot be read (there is no such file); {_GIVE}") from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"data file {path} cannot be read ({reason}); {_GIVE}") from None


def _kind(path: Path) -> str:
    """text, xlsx, xls, ods, parquet, sav, por, dta, sas7bdat or xpt."""
    if path.is_dir():
        raise InputError(f"data file {path} is a folder; {_GIVE}")
    with path.open("rb") as file:
        start = file.read(512)
    for mark, what in _OTHERS:
        if start[:16].lstrip().lower().startswith(mark.lower()):
            raise InputError(f"data file {path} is {what}; {_GIVE}")
    if _JSON.match(start):
        raise InputError(f"data file {path} is a JSON file; {_GIVE}")
    if start.startswith(b"PK"):
        return _packed(path)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if start.startswith((b"$FL2", b"$FL3")):
        return "sav"
    if start.startswith(b"<stata_dta>") or (path.suffix.lower() == ".dta" and start[:1] in b"\x69\x6c\x6e\x71\x72\x73"):
        return "dta"
    if start.startswith(b"HEADER RECORD*******LIB"):
        return "xpt"
    if b"\xc2\xea\x81\x60\xb3\x14\x11\xcf" in start[:32]:
        return "sas7bdat"
    if path.suffix.lower() == ".por":
        return "por"
    return "text"


def _packed(path: Path) -> str:
    """Which workbook a packed file is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise InputError(f"data file {path} is damaged ({error}); save it again, or as CSV") from None
    if any(name.lower().lstrip("/").startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    inside = ", ".join(names[:3])
    raise InputError(f"data file {path} is a packed file ({inside}); unpack it, and give the file with the answers")


def _text(path: Path, wanted: frozenset[str]) -> Table:
    """The survey in a text file, its records read as they come."""
    check_file(path, TEXT_BYTES)
    code = encoding.encoding_of(path)
    form = delimited.form_of(path, code)
    remarks = []
    if code.damaged:
        remarks.append(f"{counted(code.damaged, 'character')} of the file damaged (no {code.name})")
    try:
        table = _parted(path, wanted, code, form)
    except delimited.StrayQuote as error:
        table = _parted(path, wanted, code, replace(form, strict=False))
        remarks.append(f"quotation marks inside cells are not doubled, first in the record of line {error.line}")
    return replace(table, reading=replace(table.reading, remarks=(*table.reading.remarks, *remarks)))


def _parted(path: Path, wanted: frozenset[str], code: encoding.Encoding, form: delimited.Form) -> Table:
    """The survey in a text file of one form."""
    words = (form.words, code.name)
    return table_of(
        f"data file {path}",
        "line",
        delimited.records(path, code, form),
        wanted,
        words,
        separator="" if form.separator == " " else form.separator,
        row_names=form.row_names,
        one_line=not form.strict,
    )
