"""One's own survey as files: a page, a table of every number, and tables for a manuscript."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.cells import harmless_frame
from benchmarks.files import by_ending, write_whole
from benchmarks.own.fits import Fits
from reports.fit import page as fit_page
from reports.fit import tables as fit_tables
from reports.fit.groups import group_tables
from reports.printing.latextable import as_latex


def write(fits: Fits, out: Path) -> list[Path]:
    """Write fit.html, fit.csv and fit.tex into the folder `out`, or the one file that `out` is by its ending.

    In the folder every comparison of groups, every test of models, likelihood-based intervals and every analysis that
    has something to tell are CSV files of their own, fit-scores.csv and others.

    All are written or none. Raises InputError where they cannot be.
    """
    chosen = by_ending(out, "fit", FORMS)
    contents = {path: form(fits).encode() for path, form in chosen.items()}
    if out.suffix not in FORMS:
        contents |= {out / name: text.encode() for name, text in (group_csvs(fits) | likelihood_csvs(fits)).items()}
        told = {name: frame for name, frame in fits.tables.items() if len(frame)}
        contents |= {out / f"fit-{name.replace('_', '-')}.csv": _csv(frame).encode() for name, frame in told.items()}
    write_whole(contents)
    return list(contents)


def group_csvs(fits: Fits) -> dict[str, str]:
    """A file for each comparison of groups, by its name, every number in full."""
    shown = fits.groups.shown if fits.groups else ()
    return {f"group-{each.name.replace('_', '-')}.csv": _csv(table) for each, table in shown}


def likelihood_csvs(fits: Fits) -> dict[str, str]:
    """A file of the tests of models, and one of likelihood-based intervals, where there are any."""
    told = fits.likelihood
    tables = {} if told is None else {"fit-ratios.csv": told.ratios, "fit-intervals.csv": told.intervals}
    return {name: _csv(table) for name, table in tables.items() if len(table)}


def _csv(frame: pd.DataFrame) -> str:
    """Every number in full; text that a spreadsheet would run is made harmless."""
    return harmless_frame(frame).to_csv(index=False, lineterminator="\n")


def as_csv(fits: Fits) -> str:
    """Every number in full: method, target, kind, value, se, lower, upper, p_value, flag, status."""
    return _csv(fits.estimates)


def as_tex(fits: Fits) -> str:
    """Every table with booktabs rules, to be input into a manuscript."""
    return "\n".join(
        as_latex(table, f"fit-{Path(fits.survey.name).stem}")
        for table in (*fit_tables.tables(fits), *group_tables(fits))
    )


#: What is written, by the ending of its file.
FORMS: dict[str, Callable[[Fits], str]] = {".html": fit_page.page, ".csv": as_csv, ".tex": as_tex}
