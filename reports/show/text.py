"""A population on the terminal: what it is, then its tables."""

from rich.console import Console

from benchmarks.portraits.portrait import Portrait
from reports.printing.terminal import print_lines, print_table, print_title
from reports.show import tables as show_tables
from reports.show import words as show_words


def show(portrait: Portrait, console: Console) -> None:
    """Print the population's name, source and notes, then every table."""
    print_title(console, portrait.name, portrait.content.get("title") or portrait.name)
    notes = [f"- {note}" for note in portrait.content.get("notes", [])]
    print_lines(console, [show_words.lead(portrait), f"Source: {portrait.population.source}", *notes])
    print_lines(console, [f"\n{show_words.columns(portrait)}", *show_words.endings(portrait)])
    for table in show_tables.tables(portrait):
        print_table(console, table)
