"""The page of one's own survey: one HTML file that needs nothing else, figures before tables."""

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.own_data import Fits
from reports import fit_figures, fit_tables
from reports.fit_words import data_in_words, ending, remarks
from reports.typeset import as_text

_TEMPLATES = Path(__file__).parent / "templates"
#: Values that one remark names: all of them, on a page.
_NAMED = 1000


def environment() -> Environment:
    """Where pages of one file are made from their templates."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(entry=as_text, data_uri=_data_uri)
    return made


def page(fits: Fits) -> str:
    """The whole page as text."""
    return (
        environment()
        .get_template("fit.html.j2")
        .render(
            name=fits.survey.name,
            data=data_in_words(fits),
            level=f"{100 * fits.level:g}%",
            methods=[(fitted.label, ending(fitted)) for fitted in fits.fitted],
            legend=fit_figures.legend(fits),
            remarks=remarks(fits, _NAMED),
            figures=fit_figures.figures(fits),
            tables=fit_tables.tables(fits),
            model=fits.model.syntax,
            css=Markup((_TEMPLATES / "report.css").read_text("utf-8") + (_TEMPLATES / "fit.css").read_text("utf-8")),
        )
    )


def _data_uri(svg: str) -> Markup:
    return Markup(f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}")
