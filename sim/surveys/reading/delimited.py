"""Text files of cells between separators: the separator is what gives the whole file one shape."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from sim.errors import InputError
from sim.surveys.cells.encoding import Encoding
from sim.surveys.cells.limits import CELL, COLUMNS, LINE
from sim.surveys.cells.numbers import is_missing, is_number
from sim.surveys.reading.layout import stray

_SEPARATORS = ",;\t|:^~ \x1f\N{BROKEN BAR}#&/!@\N{ARABIC COMMA}\N{ARABIC SEMICOLON}\N{FULLWIDTH COMMA}"
#: Records that the shape is found from, and characters that hold them.
_RECORDS, _CHARACTERS = 2_000, 1_000_000
_NAMES = {"\t": "tab", " ": "space", "\x1f": "unit separator"}
_EXCEL = re.compile(r'"?sep=(.)"?\r?\n?\Z', re.IGNORECASE)
Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Form:
    """How a file parts its cells. `wrapped`: every line stands in quotation marks as a whole, as Excel leaves some.

    skipped: lines before the first that hold no cells (Excel's `sep=;`). strict: whether a stray quotation mark ends
    the reading; where not, no cell may hold a line break. row_names: whether lines may begin with a cell that has no
    name in the header, as R writes them.
    """

    separator: str
    quote: str = '"'
    escape: str | None = None
    wrapped: bool = False
    skipped: int = 0
    strict: bool = True
    row_names: bool = False

    @property
    def words(self) -> str:
        """`separator ;`."""
        return f"separator {_NAMES.get(self.separator, self.separator)}"


def form_of(path: Path, encoding: Encoding) -> Form:
    """The form in which the file has one shape: most lines of as many cells, most of them numbers or plain words."""
    with path.open(encoding=encoding.codec, errors="replace", newline="") as file:
        first = file.readline(64)
        declared = _EXCEL.match(first)
        rest = file.read(_CHARACTERS)
    text = rest if declared else first + rest
    whole = len(rest) < _CHARACTERS
    if not whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    if not text.strip():
        raise InputError(f"data file {path} cannot be read (it is empty); give a CSV with a column for each item")
    skipped = 1 if declared else 0
    quote = _quote(text)
    escape = "\\" if f"\\{quote}" in text else None
    candidates = [declared[1]] if declared else [sign for sign in _SEPARATORS if sign in text]
    forms = [Form(sign, quote, escape, skipped=skipped) for sign in candidates]
    scored = [(_shape(text, form), form) for form in forms]
    score, best = max(scored, key=lambda each: each[0], default=(0.0, Form(",", skipped=skipped)))
    if declared or score > 0:
        below = text.splitlines()[1:2]
        return replace(best, row_names=best.separator == " " or (bool(below) and below[0].startswith(best.quote)))
    wrapped = [replace(form, wrapped=True) for form in forms]
    scored = [(_shape(text, form), form) for form in wrapped] if quote in text else []
    score, best = max(scored, key=lambda each: each[0], default=(0.0, best))
    return best if score > 0 else Form("," if "," not in text else "\t", quote, escape, skipped=skipped)


def records(path: Path, encoding: Encoding, form: Form) -> Iterator[Record]:
    """(line of the file, cells) of every record, as they come. Raises InputError for what is too long or unclosed."""
    csv.field_size_limit(CELL)
    with path.open(encoding=encoding.codec, errors="replace", newline="") as file:
        for _ in range(form.skipped):
            file.readline(LINE)
        try:
            yield from _parted(_lines(path, file, form.skipped), form)
        except _StrayError as error:
            raise StrayQuote(f"data file {path}: {error}", error.line) from None
        except _QuoteError as error:
            raise InputError(f"data file {path}: {error}") from None


class StrayQuote(InputError):
    """A quotation mark inside a cell is not doubled: the file may still have one shape, read less strictly."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


class _QuoteError(ValueError):
    """A quotation mark that is not closed, or a cell or line that is too long."""


class _StrayError(_QuoteError):
    """A quotation mark that is not doubled inside a cell, and the line of its record."""

    def __init__(self, line: int) -> None:
        super().__init__(stray(line))
        self.line = line


def _lines(path: Path, file: TextIO, skipped: int) -> Iterator[str]:
    """The lines of a file, none longer than the limit."""
    number = skipped
    while line := file.readline(LINE):
        number += 1
        if len(line) == LINE and line[-1] not in "\r\n":
            raise InputError(
                f"data file {path}: line {number} has more than {LINE:,} characters; lines of up to so many are read"
            )
        yield line.replace("\0", "")


def _parted(lines: Iterable[str], form: Form) -> Iterator[Record]:
    """(line, cells) of the records in `lines`."""
    reader = csv.reader(
        lines,
        delimiter=form.separator,
        quotechar=form.quote,
        escapechar=form.escape,
        doublequote=True,
        skipinitialspace=not form.separator.isspace(),
        strict=form.strict,
    )
    start = 1 + form.skipped
    try:
        for cells in reader:
            yield start, _cells(cells, form, start)
            start = 1 + form.skipped + reader.line_num
    except csv.Error as error:
        told = _told(str(error), start)
        raise (_QuoteError(told) if told else _StrayError(start)) from None


def _told(error: str, line: int) -> str:
    """What is wrong, empty where a quotation mark is not doubled."""
    if "field limit" in error:
        return (
            f"the record of line {line} has a cell of more than {CELL:,} characters; is a quotation mark there not "
            "closed?"
        )
    if "unexpected end" in error:
        return f"a quotation mark that opens in the record of line {line} is never closed; close it, or take it out"
    return ""


def _cells(cells: list[str], form: Form, line: int) -> list[str]:
    if form.wrapped and len(cells) == 1:
        cells = next(csv.reader(cells, delimiter=form.separator, quotechar=form.quote), [])
    if form.separator == " ":
        cells = [cell for cell in cells if cell]
    if len(cells) > COLUMNS + 1:
        raise _QuoteError(f"line {line} has {len(cells):,} cells; up to {COLUMNS:,} columns are read")
    return cells


def _quote(text: str) -> str:
    """The quotation mark: an apostrophe where cells stand in those and no others are there."""
    if '"' in text:
        return '"'
    inside = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|\Z)", text, re.MULTILINE))
    return "'" if inside > text.count("\n") else '"'


def _shape(text: str, form: Form) -> float:
    """How much a form gives the text one shape: the share of lines of one width, times how plain their cells are."""
    found: list[list[str]] = []
    try:
        for _, cells in _parted(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text), replace(form, strict=False)):
            if any(cell.strip() for cell in cells):
                found.append(cells)
            if len(found) == _RECORDS:
                break
    except _QuoteError:
        pass
    if not found:
        return 0.0
    width, times = Counter(len(cells) for cells in found).most_common(1)[0]
    headed = any(len(cells) in (width, width - 1) and _is_head(cells) for cells in found[:30])
    if width < 2 or not (headed or len(found[0]) == width):
        return 0.0
    same = [cells for cells in found if len(cells) == width]
    some = same[:: max(1, len(same) // 200)]
    plain = sum(_plainness(cell) for cells in some for cell in cells) / (len(some) * width)
    return float((times / len(found)) ** 2 * plain * (1 - 1 / width))


def _is_head(cells: list[str]) -> bool:
    return sum(not is_number(cell.strip()) for cell in cells) >= len(cells) / 2


def _plainness(cell: str) -> float:
    """1 for a number or nothing, less for words, little for what holds separators itself."""
    text = cell.strip()
    if is_missing(text) or is_number(text):
        return 1.0
    return 0.2 if any(sign in text for sign in ";\t|,") else 0.7
