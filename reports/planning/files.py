"""A plan as files: a page, every number, and the figure as SVG and PNG."""

from pathlib import Path

from benchmarks.files import write_folder
from benchmarks.planning.plan import Plan
from reports.drawing import vega
from reports.planning import figures, words
from reports.planning import tables as plan_tables
from reports.printing import pages


def write(plan: Plan, folder: Path) -> list[Path]:
    """Write plan.html and plan.csv, and where something was drawn plan.svg and plan.png: all or none.

    Raises InputError where they cannot be written.
    """
    contents: dict[str, str | bytes] = {"plan.html": page(plan), "plan.csv": plan_tables.as_csv(plan)}
    drawn = figures.figure(plan)
    if drawn:
        contents["plan.svg"] = drawn.wide
        contents["plan.png"] = vega.png(figures.specification(plan, alt=drawn.alt))
    return write_folder(folder, contents)


def page(plan: Plan) -> str:
    """The page of a plan: one HTML file that needs nothing else."""
    made = {table.name: table for table in plan_tables.tables(plan)}
    drawn = figures.figure(plan)
    return (
        pages.environment()
        .get_template("planning.html.j2")
        .render(
            kicker="Enough respondents",
            title=f"{plan.setting.name}: how many respondents are enough",
            lead=words.lead(plan),
            conclusion=[],
            first=[made["answers"]],
            told=words.meaning(plan),
            figures=[drawn] if drawn else [],
            tables=[table for name, table in made.items() if name != "answers"],
            source=plan.setting.world.source,
            model=plan.setting.world.model.syntax,
            css=pages.text("report.css", "fit.css", "planning.css"),
        )
    )
