"""Advice as files: a page, and every number."""

from pathlib import Path

from benchmarks.advising.advice import Advice
from benchmarks.files import write_folder
from reports.advising import tables as advice_tables
from reports.advising import words
from reports.printing import pages


def write(advice: Advice, folder: Path) -> list[Path]:
    """Write advise.html and advise.csv: both or none. Raises InputError where they cannot be written."""
    return write_folder(folder, {"advise.html": page(advice), "advise.csv": advice_tables.as_csv(advice)})


def page(advice: Advice) -> str:
    """The page of advice: one HTML file that needs nothing else."""
    made = advice_tables.tables(advice)
    world = advice.worlds[0].world
    return (
        pages.environment()
        .get_template("planning.html.j2")
        .render(
            kicker="Which method for my survey",
            title=f"{advice.name}: which method with {advice.n:,} respondents",
            lead=words.lead(advice),
            conclusion=words.conclusion(advice),
            first=[table for table in made if table.name in ("methods", "ranking")],
            told=[words.criteria(advice), *words.RANKINGS],
            figures=[],
            tables=[table for table in made if table.name not in ("methods", "ranking")],
            source=world.source,
            model=world.model.syntax,
            css=pages.text("report.css", "fit.css", "planning.css"),
        )
    )
