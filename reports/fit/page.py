"""The page of one's own survey: one HTML file that needs nothing else, figures before tables."""

from benchmarks.own.fits import Fits
from reports.fit import figures as fit_figures
from reports.fit import tables as fit_tables
from reports.fit.groups import group_tables, groups_in_words
from reports.fit.importance_map import importance_maps
from reports.fit.words import data_in_words, ending, read_in_words, remarks
from reports.printing import pages

#: Values that one remark names: all of them, on a page.
_NAMED = 1000


def page(fits: Fits) -> str:
    """The whole page as text."""
    return (
        pages.environment()
        .get_template("fit.html.j2")
        .render(
            name=fits.survey.name,
            data=data_in_words(fits),
            read=read_in_words(fits),
            level=f"{100 * fits.level:g}%",
            methods=[(fitted.label, ending(fitted)) for fitted in fits.fitted],
            legend=fit_figures.legend(fits),
            remarks=remarks(fits, _NAMED),
            figures=[*fit_figures.figures(fits), *importance_maps(fits)],
            tables=fit_tables.tables(fits),
            groups=groups_in_words(fits),
            group_tables=group_tables(fits),
            model=fits.model.syntax,
            css=pages.text("report.css", "fit.css"),
        )
    )
