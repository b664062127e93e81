"""A reconstruction on the terminal: the verdict, then the tables."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from benchmarks.portraits.from_table import Reconstruction
from reports.printing.terminal import print_lines, print_table, print_title
from reports.reconstruction import tables as reconstruction_tables
from reports.reconstruction import words
from sim.tables.bounds.consistency import Finding, Severity

_STYLES = {Severity.FINE: "bold green", Severity.STRAINED: "bold yellow", Severity.IMPOSSIBLE: "bold red"}


def show(found: Reconstruction, console: Console) -> None:
    """Print the table's name, the verdict, what populations there are, then every table."""
    print_title(console, found.name, found.table.title or found.name)
    print_lines(console, [words.lead(found), *([f"Source: {found.table.source}"] if found.table.source else [])])
    console.print(Text(f"\n{words.verdict(found)}", style=_STYLES[found.verdict]))
    print_lines(console, [*words.outcome(found), *words.cautions(found)])
    for finding in sorted(found.findings, key=lambda each: -each.severity):
        if finding.severity:
            _contradiction(finding, console)
    for table in reconstruction_tables.tables(found):
        if table.name != "contradictions":
            print_table(console, table)


def _contradiction(finding: Finding, console: Console) -> None:
    """What is wrong, in a few lines."""
    head = Text.assemble((finding.severity.word, _STYLES[finding.severity]), f"  {finding.about}: {finding.check}")
    console.print(Text("\n") + head)
    for told in (f"printed: {finding.given}", f"possible: {finding.possible}", finding.reason):
        console.print(Padding(Text(told), (0, 0, 0, 2), expand=False))
