"""Tables for a manuscript in LaTeX that fit the page of an A4 article: small ones upright, wide ones turned or split.

The text of a ten-point article on A4 is 345 pt wide and 598 pt high. Widths are estimated from the letters (Computer
Modern's widths, rounded up): heads break between words, long texts wrap. What fits no upright size is turned; what is
wider even then is split into parts that repeat the columns of text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.printing.numbers import MINUS, latex
from reports.printing.typeset import Column, Entry, Table, as_text

#: Width of the text upright and turned, in points, a little room left.
UPRIGHT, TURNED = 340.0, 590.0
#: Rows that a page holds upright and turned; a longer table runs over pages.
_ROWS, _ROWS_TURNED = 38, 20
#: Sizes that are tried: command, points, space on each side of a column.
_SIZES = ((r"\small", 9.0, 6.0), (r"\footnotesize", 8.0, 4.0), (r"\scriptsize", 7.0, 2.5))
#: Texts longer than this many points wrap.
_WRAP = 120.0
PACKAGES = "booktabs,longtable,array,rotating,pdflscape"
_WIDE, _NARROW = set("mwMW%@&"), set("ijlt.,;:'|!()[] ")


def as_latex(table: Table, study: str) -> str:
    """A booktabs table, or several where it is split. Standard errors stand in parentheses.

    In brackets stands the interval of a rate of 0 or 1.
    """
    parts = _parts(table)
    shown = [_one(part, _suffixed(table, number, len(parts)), study) for number, part in enumerate(parts, start=1)]
    return "\n".join(shown)


@dataclass(frozen=True)
class _Form:
    """How a table is set: the size's command, space beside columns, widths of those that wrap, and whether turned."""

    size: str
    space: float
    wraps: tuple[float | None, ...]
    width: float
    turned: bool


def _form(table: Table, shares: Sequence[float], turned: bool) -> _Form | None:
    """The largest size in which the table fits, None where none does. shares: widths of its columns at one point."""
    for size, points, space in _SIZES:
        widths = [share * points for share in shares]
        wraps = tuple(
            min(width, _WRAP) if column.unit == "text" and width > _WRAP else None
            for column, width in zip(table.heads, widths, strict=True)
        )
        taken = sum(wrap or width for wrap, width in zip(wraps, widths, strict=True)) + 2 * space * len(widths)
        if taken <= (TURNED if turned else UPRIGHT):
            return _Form(size, space, wraps, taken, turned)
    return None


def _parts(table: Table) -> list[tuple[Table, _Form]]:
    """The table, or tables with some of its columns of numbers and all of text, each with a form that fits."""
    shares = [_column_share(table, place) for place in range(len(table.heads))]
    form = _form(table, shares, False) or _form(table, shares, True)
    if form is not None:
        return [(table, form)]
    shift = 1 if table.grouped else 0

    def chosen(places: list[int]) -> tuple[Table, list[float]]:
        return _some(table, places), [shares[place - shift] for place in sorted(places) if place >= shift]

    texts = [place for place, column in enumerate(table.columns) if column.unit in ("text", "count") and place < 8]
    rest = [place for place in range(len(table.columns)) if place not in texts]
    found: list[tuple[Table, _Form]] = []
    while rest:
        taken = len(rest)
        while taken > 1 and _form(*chosen([*texts, *rest[:taken]]), True) is None:
            taken -= 1
        part, own = chosen([*texts, *rest[:taken]])
        form = _form(part, own, False) or _form(part, own, True)
        if form is None:  # texts alone are too wide: every one of them wraps
            size, _, space = _SIZES[-1]
            width = TURNED / len(part.heads) - 2 * space
            form = _Form(size, space, tuple(width for _ in part.heads), TURNED, True)
        found.append((part, form))
        rest = rest[taken:]
    return found


def _some(table: Table, places: list[int]) -> Table:
    chosen = sorted(places)
    rows = tuple(tuple(row[place] for place in chosen) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in chosen), rows=rows)


def _suffixed(table: Table, number: int, of: int) -> tuple[str, str]:
    """Title and name of a part."""
    if of == 1:
        return table.title, table.name
    return f"{table.title} (part {number} of {of})", f"{table.name}-{number}"


def _one(made: tuple[Table, _Form], names: tuple[str, str], study: str) -> str:
    table, form = made
    title, name = names
    alignment = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{wrap:.0f}pt}}" if wrap else "l" if column.unit == "text" else "r"
        for column, wrap in zip(table.heads, form.wraps, strict=True)
    )
    head = " & ".join(_head(column, wrap) for column, wrap in zip(table.heads, form.wraps, strict=True)) + r" \\"
    body = [line for group, rows in table.groups for line in _group(table, group, rows, form)]
    caption = rf"\caption{{{latex(title)}}}\label{{tab:{_label(study)}-{_label(name)}}}"
    note = rf"\par\smallskip\footnotesize {latex(table.note)}" if table.note else ""
    space = rf"\setlength{{\tabcolsep}}{{{form.space:g}pt}}"
    needs = rf"% needs \usepackage{{{PACKAGES}}}"
    lines = sum(_lines_of(table, row, form) for row in table.rows)
    if lines > (_ROWS_TURNED if form.turned else _ROWS):
        inner = _lines(
            rf"{{{form.size}{space}\begin{{longtable}}{{@{{}}{alignment}@{{}}}}", caption + r" \\", r"\toprule", head,
            *(r"\midrule", r"\endhead", *body, r"\bottomrule", r"\end{longtable}", note + "}"),
        )  # fmt: skip
        return _lines(needs, *((r"\begin{landscape}", inner, r"\end{landscape}") if form.turned else (inner,)))
    place = "sidewaystable" if form.turned else "table"
    return _lines(
        needs,
        *(
            rf"\begin{{{place}}}",
            rf"\centering{form.size}{space}",
            caption,
            rf"\begin{{tabular}}{{@{{}}{alignment}@{{}}}}",
        ),
        *(r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", note, rf"\end{{{place}}}"),
    )


def _head(column: Column, wrap: float | None) -> str:
    """The head of a column, its words in lines of their own."""
    words = column.header.replace("\N{NO-BREAK SPACE}", " ").split()
    if wrap or len(words) < 2:
        return latex(column.header)
    side, lines = "l" if column.unit == "text" else "r", r"\\".join(map(latex, words))
    return rf"\shortstack[{side}]{{{lines}}}"


def _column_share(table: Table, place: int) -> float:
    """The width of a column's widest entry or of a word of its head, in points, where letters have one point."""
    column = table.heads[place]
    shift = 1 if table.grouped else 0
    entries = {_plain(column, row[place + shift]) for row in table.rows}
    words = column.header.replace("\N{NO-BREAK SPACE}", " ").split()
    return max(width(text, 1.0) for text in (*entries, *words))


def _plain(column: Column, entry: Entry) -> str:
    """What is set of an entry, as text."""
    made = as_text(column, entry)
    behind = f" [{made.interval}]" if made.interval else ""
    return made.value + made.sign + (f" ({made.mcse})" if made.mcse else behind)


def width(text: str, points: float) -> float:
    """About how wide a text is set, in points, rather too much than too little."""
    share = sum(
        0.95 if c in _WIDE else 0.80 if c.isupper() or c in f"{MINUS}+±~<>≤≥→" else 0.36 if c in _NARROW else 0.56
        for c in text
    )
    return share * points


def _lines_of(table: Table, row: tuple[Entry, ...], form: _Form) -> int:
    """Lines that a row takes, its longest wrapped text the most."""
    points = next(points for size, points, _ in _SIZES if size == form.size)
    return max(
        1 if wrap is None else int(width(_plain(column, entry), points) / wrap) + 1
        for (column, entry), wrap in zip(table.entries(row), form.wraps, strict=True)
    )


def _lines(*lines: str) -> str:
    return "\n".join(line.rstrip("\n") for line in lines if line) + "\n"


def _group(table: Table, group: str, rows: list[tuple[Entry, ...]], form: _Form) -> list[str]:
    limit = TURNED if form.turned else UPRIGHT
    across = f"p{{{min(limit, form.width) - 2 * form.space:.0f}pt}}" if width(group, 9.0) > form.width else "l"
    lines = [rf"\multicolumn{{{len(table.heads)}}}{{@{{}}{across}}}{{\emph{{{latex(group)}}}}} \\"] if group else []
    return lines + [" & ".join(_entry(*pair) for pair in table.entries(row)) + r" \\" for row in rows]


def _entry(column: Column, entry: Entry) -> str:
    made = as_text(column, entry)
    text = f"$-${made.value[1:]}" if made.value.startswith(MINUS) else latex(made.value)
    behind = f" [{latex(made.interval)}]" if made.interval else ""
    return f"{text}{latex(made.sign)}" + (f" ({latex(made.mcse)})" if made.mcse else behind)


def _label(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()
