"""A plan on the terminal: what was asked, the answers, then the rules of thumb."""

from rich.console import Console

from benchmarks.planning.plan import Plan
from reports.planning import tables as plan_tables
from reports.planning import words
from reports.printing.terminal import print_lines, print_table, print_title


def show(plan: Plan, console: Console) -> None:
    """Print the whole plan but for the papers of the rules, which are on the page."""
    print_title(console, plan.setting.name, "how many respondents are enough")
    print_lines(console, [words.lead(plan)])
    for table in plan_tables.tables(plan):
        if table.name != "papers":
            print_table(console, table)
    print_lines(console, ["", *words.MEANING])
