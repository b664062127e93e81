"""Advice on the terminal: the conclusion, then the tables."""

from rich.console import Console
from rich.text import Text

from benchmarks.advising.advice import Advice
from reports.advising import tables as advice_tables
from reports.advising import words
from reports.printing.terminal import print_lines, print_table, print_title


def show(advice: Advice, console: Console) -> None:
    """Print the conclusion and every table but that of the paths, which is on the page."""
    print_title(console, advice.name, "which method for such a survey")
    print_lines(console, [words.lead(advice), ""])
    for told in words.conclusion(advice):
        console.print(Text(told, style="bold"))
    for table in advice_tables.tables(advice):
        if table.name in ("methods", "ranking"):
            print_table(console, table)
    print_lines(console, ["", words.criteria(advice), *words.RANKINGS])
