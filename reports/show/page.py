"""The page of a population: one HTML file that needs nothing else, its path diagram before its tables."""

import re

from benchmarks.portraits.portrait import Portrait
from reports.diagram import diagram as path_diagram
from reports.printing import pages
from reports.show import tables as show_tables
from reports.show import words as show_words

_STYLES = ("report.css", "fit.css", "show.css")
#: The smallest share of its own width that a diagram is shown at; one that needs more room is scrolled.
_SMALLEST = 0.75


def page(portrait: Portrait) -> str:
    """The whole page as text."""
    population = portrait.population
    wide, narrow = path_diagram.wide(population, portrait.labels), path_diagram.narrow(population)
    return pages.environment().get_template("show.html.j2").render(
        name=portrait.name,
        title=portrait.content.get("title") or portrait.name,
        lead=show_words.lead(portrait),
        source=population.source,
        notes=portrait.content.get("notes", []),
        alt=path_diagram.alt(population),
        wide=wide,
        narrow=narrow,
        least={name: f"{_SMALLEST * _width(svg):.0f}px" for name, svg in (("wide", wide), ("narrow", narrow))},
        caption=show_words.caption(portrait),
        columns=show_words.columns(portrait),
        endings=show_words.endings(portrait),
        tables=show_tables.tables(portrait),
        model=population.model.syntax,
        css=pages.text(*_STYLES),
    )  # fmt: skip


def _width(svg: str) -> float:
    """The width that a drawing gives itself."""
    found = re.search(r'width="(\d+)"', svg)
    assert found
    return float(found[1])
