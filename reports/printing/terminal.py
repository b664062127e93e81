"""What all first looks on the terminal share: the name with its title, heads, and tables."""

from collections.abc import Iterable

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


#: Columns that texts and the rest of a line need, where numbers are to stand whole.
_ROOM = 26


def _widths(table: Table, room: int) -> list[int | None]:
    """Widths that keep numbers on one line, so that texts fold first; none where that leaves texts no room."""
    wide: dict[int, int] = {}
    for place, column in enumerate(table.heads):
        if column.unit != "text":
            entries = [table.entries(row)[place][1] for row in table.rows]
            cells = [as_text(column, entry).whole for entry in entries if entry is not None]
            wide[place] = max((len(part) for part in (*column.header.split(), *cells)), default=0)
    texts = len(table.heads) - len(wide)
    if not texts or sum(wide.values()) + 2 * len(table.heads) + _ROOM * texts > room:
        return [None] * len(table.heads)
    return [wide.get(place) for place in range(len(table.heads))]


def print_table(console: Console, table: Table | None) -> None:
    """A table of the report as text: group heads in lines of their own."""
    if table is None:
        return
    heading(console, table.title)
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column, width in zip(table.heads, _widths(table, console.width), strict=True):
        side: JustifyMethod = "left" if column.unit == "text" else "right"
        grid.add_column(Text(column.header), justify=side, overflow="fold", width=width)
    for group, rows in table.groups:
        if group:
            grid.add_row(Text(group, style="italic"))
        for row in rows:
            cells = [as_text(column, entry).whole if entry is not None else "" for column, entry in table.entries(row)]
            grid.add_row(*(Text(("  " if group and not place else "") + cell) for place, cell in enumerate(cells)))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
