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
    answers = plan_tables.answers(plan)
    print_table(console, answers.without("remark").without_empty_columns())
    remarks = [(line, words.ending(line, plan)) for line in plan.lines]
    print_lines(console, (f"  {words.asked(line)}, {line.planned.label}: {told}." for line, told in remarks if told))
    rules = plan_tables.rules(plan).without_empty_columns()
    print_table(console, rules if rules.rows else None)
    print_lines(console, ["", *words.meaning(plan)])
