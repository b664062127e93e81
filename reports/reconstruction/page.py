"""The page of a reconstruction: one HTML file that needs nothing else, figures before tables."""

from benchmarks.portraits.from_table import Reconstruction
from reports.printing import pages
from reports.reconstruction import figures as reconstruction_figures
from reports.reconstruction import tables as reconstruction_tables
from reports.reconstruction import words


def page(found: Reconstruction) -> str:
    """The whole page as text."""
    made = reconstruction_tables.tables(found)
    return (
        pages.environment()
        .get_template("reconstruct.html.j2")
        .render(
            name=found.name,
            title=found.table.title or found.name,
            lead=words.lead(found),
            verdict=words.verdict(found),
            severity=found.verdict.word,
            outcome=words.outcome(found),
            cautions=words.cautions(found),
            source=found.table.source,
            notes=found.table.form.notes,
            first=[table for table in made if table.name in ("contradictions", "open")],
            figures=reconstruction_figures.figures(found),
            columns=words.COLUMNS,
            tables=[table for table in made if table.name not in ("contradictions", "open")],
            model=found.table.model.syntax,
            css=pages.text("report.css", "fit.css", "reconstruct.css"),
        )
    )
