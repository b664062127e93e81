"""The protocol and tables of the results as a Word file (python-docx, extra `word`)."""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reports.printing.typeset import Table, as_text
from reports.protocol.parts import Code, Equation, Points, Section, Text
from reports.protocol.sections import SOURCES, sections
from reports.results import Results
from sim.errors import InputError

#: Letters of a word and of a text that a column is made for at most, and the room about them.
_WORD, _LONG, _ROUND = 16, 22, 4
#: Characters that XML has no place for.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
#: Rows of a table that stand in the file; the CSV has all of them. Columns beyond which the page is turned.
_MOST, _WIDE = 120, 7
#: The same results give the same bytes: nothing tells when the file was written.
_WHEN = datetime(2020, 1, 1)


def document(results: Results, made: list[Table]) -> bytes:
    """The whole file: the protocol, then the tables `made`. Raises InputError where python-docx is not installed."""
    study = results.study
    lead = f"Protocol and methods of the simulation study {study.name}, written from what was executed."
    parts = [*sections(results), *([Section("Results", tuple(made))] if made else [])]
    return written(study.title, lead, parts, SOURCES)


def written(title: str, lead: str, parts: Sequence[Section], ending: str) -> bytes:
    """A file of these sections between a first and a last paragraph.

    Raises InputError where python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise InputError('--format docx needs python-docx: pip install "loadstone[word]"') from None
    file = docx.Document()
    file.core_properties.title, file.core_properties.author = _clean(title)[:255], ""
    file.core_properties.created = file.core_properties.modified = _WHEN
    section = file.sections[0]
    section.page_width, section.page_height = docx.shared.Mm(210), docx.shared.Mm(297)
    file.add_heading(_clean(title), 0)
    file.add_paragraph(_clean(lead))
    for each in parts:
        file.add_heading(_clean(each.heading), 1)
        for part in each.parts:
            if isinstance(part, Table):
                _table(file, part, titled=part.title != each.heading)
            else:
                _write(file, part)
    file.add_paragraph(_clean(ending))
    out = io.BytesIO()
    file.save(out)
    return _undated(out.getvalue())


def _write(file: Any, part: Text | Points | Equation | Code) -> None:
    if isinstance(part, Text):
        file.add_paragraph(_clean(part.words))
    elif isinstance(part, Points):
        for name, words in part.points:
            paragraph = file.add_paragraph(style="List Bullet")
            if name:
                paragraph.add_run(_clean(name)).bold = True
                paragraph.add_run(": ")
            paragraph.add_run(_clean(words))
    elif isinstance(part, Equation):
        paragraph = file.add_paragraph(style="List Bullet" if part.name else None)
        if part.name:
            paragraph.add_run(_clean(part.name)).bold = True
            paragraph.add_run(": ")
        paragraph.add_run(_clean(part.plain)).font.name = "Cambria Math"
    else:
        file.add_paragraph().add_run(_clean(part.lines)).font.name = "Courier New"


def _table(file: Any, table: Table, titled: bool) -> None:
    """A table with its title above, where it has one of its own, and its note below; a wide one on turned pages."""
    from docx.shared import Pt

    turned = len(table.heads) > _WIDE
    if turned:
        _turn(file, True)
    if titled:
        file.add_heading(_clean(table.title), 3)
    shown = table.first(_MOST)
    grid = file.add_table(rows=1, cols=len(table.heads), style="Light List")
    texts = [
        [as_text(column, entry).whole for column, entry in table.entries(values)]
        for _, rows in shown.groups
        for values in rows
    ]
    section = file.sections[-1]
    _widths(grid, _shares(table, texts), section.page_width - section.left_margin - section.right_margin)
    size = Pt(7 if len(table.heads) > 11 else 8 if len(table.heads) > 5 else 9)
    _row(grid.rows[0], [column.header for column in table.heads], size)
    _mark(grid.rows[0], "w:tblHeader")  # the head stands on every page that the table runs over
    for group, rows in shown.groups:
        if group:
            row = grid.add_row()
            merged = row.cells[0].merge(row.cells[-1])
            merged.text = ""
            run = merged.paragraphs[0].add_run(_clean(group))
            run.italic, run.font.size = True, size
        for values in rows:
            _row(grid.add_row(), [as_text(column, entry).whole for column, entry in table.entries(values)], size)
    more = f" The first {_MOST} of {len(table.rows)} rows; the CSV file has all." if len(table.rows) > _MOST else ""
    if table.note or more:
        file.add_paragraph().add_run(_clean(table.note + more)).font.size = Pt(8)
    if turned:
        _turn(file, False)


def _row(row: Any, texts: list[str], size: Any) -> None:
    _mark(row, "w:cantSplit")  # no row is cut by the end of a page
    for cell, text in zip(row.cells, texts, strict=True):
        cell.paragraphs[0].add_run(_clean(text)).font.size = size


def _mark(row: Any, name: str) -> None:
    """A property of a table's row."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _shares(table: Table, texts: list[list[str]]) -> list[float]:
    """The part of the page's width that each column gets: by its longest text and word, within limits."""
    sizes = []
    for k, column in enumerate(table.heads):
        words = max(map(len, " ".join([column.header, *(row[k] for row in texts)]).split()), default=0)
        longest = max((len(row[k]) for row in texts), default=0)
        sizes.append(max(min(words, _WORD), min(longest, _LONG)) + _ROUND)
    return [size / sum(sizes) for size in sizes]


def _widths(grid: Any, shares: list[float], width: int) -> None:
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = int(share * width)


def _turn(file: Any, wide: bool) -> None:
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Mm

    section = file.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))


def _clean(text: str) -> str:
    """The text without what no XML may hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _undated(content: bytes) -> bytes:
    """The archive with every member at one date."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return out.getvalue()
