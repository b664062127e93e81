"""The first look at a survey on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from benchmarks.own.looking import Look
from reports.look.words import cells, item_rows, summary
from reports.printing.terminal import heading


def show(look: Look, console: Console) -> None:
    """Print what was read, what to look at, and how every item was answered."""
    console.print(Text.assemble((look.name, "bold"), f": {summary(look)}"))
    console.print(Padding(Text(look.answers.words), (0, 0, 0, 2)))
    heading(console, "What to look at")
    for remark in look.remarks or ("nothing that looks odd",):
        grid = Grid.grid(padding=(0, 1, 0, 0))
        grid.add_row(Text("  -"), Text(remark))
        console.print(grid)
    heading(console, "Answers")
    rows = item_rows(look)
    model = look.answered.model is not None
    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in (["construct"] if model else []) + ["item"]:
        grid.add_column(name, overflow="fold")
    for name in ("n", "missing", "mean", "SD"):
        grid.add_column(name, justify="right")
    grid.add_column("answers", overflow="fold")
    for row in rows:
        ends = f"{row.answers[0]} {row.bars} {row.answers[-1]}" if row.answers else ""
        grid.add_row(*(Text(cell) for cell in cells(row, model)), Text(ends))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
