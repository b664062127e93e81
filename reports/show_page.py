"""The page of a population: one HTML file that needs nothing else, its path diagram before its tables."""

from pathlib import Path

from markupsafe import Markup

from benchmarks.portrait import Portrait
from reports import path_diagram, show_tables, show_words
from reports.fit_page import environment

_TEMPLATES = Path(__file__).parent / "templates"


def page(portrait: Portrait) -> str:
    """The whole page as text."""
    population = portrait.population
    return environment().get_template("show.html.j2").render(
        name=portrait.name,
        title=portrait.content.get("title") or portrait.name,
        lead=show_words.lead(portrait),
        source=population.source,
        notes=portrait.content.get("notes", []),
        alt=path_diagram.alt(population),
        wide=path_diagram.wide(population, portrait.labels),
        narrow=path_diagram.narrow(population),
        columns=show_words.columns(portrait),
        endings=show_words.endings(portrait),
        tables=show_tables.tables(portrait),
        model=population.model.syntax,
        css=Markup((_TEMPLATES / "report.css").read_text("utf-8") + (_TEMPLATES / "fit.css").read_text("utf-8")),
    )  # fmt: skip
