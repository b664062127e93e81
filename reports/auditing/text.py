"""An audit on the terminal: what the survey could show, then the tables."""

from rich.console import Console
from rich.text import Text

from benchmarks.auditing.audit import Audit
from reports.auditing import basis, words
from reports.auditing import tables as audit_tables
from reports.printing.terminal import heading, print_lines, print_table, print_title


def show(audit: Audit, console: Console) -> None:
    """Print the conclusion, what failed, and every table but that of the checks."""
    print_title(console, audit.name, audit.table.title or "audit of a paper")
    print_lines(console, [words.lead(audit), ""])
    console.print(Text(words.verdict(audit), style="bold"))
    for head, sentences in words.conclusion(audit):
        heading(console, head)
        print_lines(console, sentences)
    for told in basis.cautions(audit):
        console.print(Text(told, style="bold yellow"))
    failed = audit_tables.contradictions(audit)
    if failed:
        heading(console, "What does not hold together")
        print_lines(console, failed)
    if audit.table.form.notes:
        heading(console, "Notes of the table file")
        print_lines(console, audit.table.form.notes)
    for table in audit_tables.tables(audit):
        if table.name != "checks":
            print_table(console, table)
    console.print()
    print_lines(console, basis.undetermined(audit))
