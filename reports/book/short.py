"""The short report of a study: its answer, its main tables and a few still figures, on one page of some hundred kB."""

from reports.book.kinds import kind_of
from reports.drawing import vega
from reports.drawing.palette import signs
from reports.printing import pages
from reports.results import Results

#: Tables and figures that a short report shows, where the study has them, and characters that its figures may take.
_TABLES = ("comparison", "tests", "screening", "claims", "published")
_FIGURES = ("raw", "known", "drop-rates", "significance", "right", "bias", "lollipops", "coverage")
_MOST_ROWS, _ROOM = 40, 260_000


def page(results: Results) -> str:
    """The whole page as text. Nothing in it depends on when or where the study ran: only on its results."""
    kind = kind_of(results)
    tables = {table.name: table for table in kind.tables(results)}
    return (
        pages.environment()
        .get_template("short.html.j2")
        .render(
            study=results.study,
            answer=kind.answer(results),
            tables=[tables[name].first(_MOST_ROWS) for name in _TABLES if name in tables],
            figures=_figures(results),
            css=pages.text("report.css"),
        )
    )


def _figures(results: Results) -> list[dict[str, str]]:
    """Still figures in the order of importance, as many as there is room for."""
    drawn = {figure.name: figure for figure in kind_of(results).figures(results)}
    shown, taken = [], 0
    for name in (name for name in _FIGURES if name in drawn):
        figure = drawn[name]
        still = vega.still(figure, list(signs(results).values()), results.baseline_n)
        if taken + len(still) <= _ROOM:
            taken += len(still)
            words = {"title": figure.title, "caption": figure.caption, "alt": figure.alt}
            shown.append({**words, "still": pages.data_uri(still)})
    return shown
