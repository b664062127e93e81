"""What all first looks on the terminal share: the name with its title, heads, and tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from reports.printing.typeset import Table, as_text


def print_title(console: Console, name: str, title: str) -> None:
    """`name: title`, the name alone where the title says no more."""
    console.print(Text.assemble((name, "bold"), "" if title == name else f": {title}"))


def print_lines(console: Console, texts: Iterable[str]) -> None:
    """Each text in lines of its own, as it is."""
    for text in texts:
        console.print(Text(text))


def heading(console: Console, text: str) -> None:
    """A head above a part."""
    console.print(Text(f"\n{text}", style="bold"))


#: Columns that a text has at least and, for the sake of a long word, at most, where numbers need the rest of the line.
_LEAST, _MOST = 18, 40
#: Columns between two columns of a table, and before it.
_GAP, _INDENT = 2, 2


@dataclass(frozen=True)
class _Cells:
    """A column on its way to the terminal: its head, and what it has in each row."""

    head: str
    rows: tuple[str, ...]
    text: bool

    @property
    def widest(self) -> int:
        """Width of the widest entry, and of the head, which is folded above numbers."""
        return max(map(cell_len, (*self.rows, *([self.head] if self.text else self.head.split()))), default=0)

    @property
    def needed(self) -> int:
        """Width in which numbers stand whole and no word is broken, but for a text's longer than most."""
        if self.text:
            words = [word for each in (self.head, *self.rows) for word in each.split()]
            return min(max(map(cell_len, words), default=0), _MOST)
        return self.widest

    @property
    def reserved(self) -> int:
        """Width that is kept for it."""
        return min(self.widest, max(self.needed, _LEAST)) if self.text else self.needed


def print_table(console: Console, table: Table | None) -> None:
    """A table of the report as text, group heads in lines of their own. No word and no number is broken.

    Columns that have no room beside the others go on below, with the texts that lead the rows.
    """
    if table is None:
        return
    heading(console, table.title)
    columns = _cells(table)
    leading = next((place for place, column in enumerate(columns) if not column.text), len(columns))
    grouped = any(group for group, _ in table.groups)
    room = console.width - _INDENT * (1 + grouped)
    for part in _parts(columns[:leading], columns[leading:], room):
        _print_part(console, table, part, _widths(part, room), grouped)


def _cells(table: Table) -> list[_Cells]:
    """The columns with all that they show."""
    rows = [[as_text(column, entry).whole if entry is not None else "" for column, entry in table.entries(row)]
            for _, rows in table.groups for row in rows]  # fmt: skip
    return [
        _Cells(column.header, tuple(row[place] for row in rows), column.unit == "text")
        for place, column in enumerate(table.heads)
    ]


def _parts(leading: list[_Cells], others: list[_Cells], room: int) -> list[list[_Cells]]:
    """The columns in as few parts as have room; each begins with the texts that lead the rows."""
    taken = sum(column.reserved + _GAP for column in leading)
    parts: list[list[_Cells]] = [[*leading]]
    used = taken
    for column in others:
        if used + column.reserved > room and len(parts[-1]) > len(leading):
            parts.append([*leading])
            used = taken
        parts[-1].append(column)
        used += column.reserved + _GAP
    return parts


def _widths(columns: Sequence[_Cells], room: int) -> list[int]:
    """Numbers whole, and texts in what is left: the widest give way first, to where words would break."""
    widths = [column.widest if column.text else column.needed for column in columns]
    for floor in ([column.needed for column in columns], [1] * len(columns)):  # words break at last
        while sum(widths) + _GAP * (len(widths) - 1) > room:
            can = [place for place, width in enumerate(widths) if width > floor[place]]
            if not can:
                break
            widths[max(can, key=lambda place: widths[place])] -= 1
    return widths


def _print_part(console: Console, table: Table, columns: Sequence[_Cells], widths: list[int], grouped: bool) -> None:
    """Heads, then the rows under their groups."""
    inner = _INDENT * (1 + grouped)
    wide = [widths[0] + inner - _INDENT, *widths[1:]]
    _print_rows(console, columns, wide, [[column.head for column in columns]], _INDENT, "bold")
    done = 0
    for group, rows in table.groups:
        if group:
            console.print(Padding(Text(group, style="italic"), (0, 0, 0, _INDENT), expand=False))
        texts = [[column.rows[done + place] for column in columns] for place in range(len(rows))]
        _print_rows(console, columns, widths, texts, inner)
        done += len(rows)


def _print_rows(
    console: Console,
    columns: Sequence[_Cells],
    widths: Sequence[int],
    rows: Sequence[Sequence[str]],
    indent: int,
    style: str = "",
) -> None:
    grid = Grid.grid(padding=(0, _GAP, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        side: JustifyMethod = "left" if column.text else "right"
        grid.add_column(justify=side, vertical="bottom" if style else "top", overflow="fold", width=width)
    for row in rows:
        grid.add_row(*(Text(cell, style=style) for cell in row))
    if rows:
        console.print(Padding(grid, (0, 0, 0, indent), expand=False))
