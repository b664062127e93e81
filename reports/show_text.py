"""A population on the terminal: what it is, then its tables."""

from rich.console import Console
from rich.text import Text

from benchmarks.portrait import Portrait
from reports import show_tables, show_words
from reports.fit_text import print_table


def show(portrait: Portrait, console: Console) -> None:
    """Print the population's name, source and notes, then every table."""
    title = portrait.content.get("title") or portrait.name
    console.print(Text.assemble((portrait.name, "bold"), "" if title == portrait.name else f": {title}"))
    console.print(Text(show_words.lead(portrait)))
    console.print(Text(f"Source: {portrait.population.source}"))
    for note in portrait.content.get("notes", []):
        console.print(Text(f"- {note}"))
    console.print(Text(f"\n{show_words.columns(portrait)}"))
    for ending in show_words.endings(portrait):
        console.print(Text(ending))
    for table in show_tables.tables(portrait):
        print_table(console, table)
