"""One's own survey as files: a page, a table of every number, and tables for a manuscript."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.cells import harmless_frame
from benchmarks.files import write_whole
from benchmarks.own.own_data import Fits
from reports.fit import page as fit_page
from reports.fit import tables as fit_tables
from reports.printing.latextable import as_latex
from sim.errors import InputError


def write(fits: Fits, out: Path) -> list[Path]:
    """Write fit.html, fit.csv and fit.tex into the folder `out`, or the one file that `out` is by its ending.

    In the folder every analysis that has something to tell is a CSV file of its own, fit-scores.csv and others.

    All are written or none. Raises InputError where they cannot be.
    """
    if out.suffix in FORMS:
        chosen = {out: FORMS[out.suffix]}
    elif out.suffix[1:].isalpha() and not out.is_dir():
        raise InputError(f"--out {out}: give a folder, or a file that ends in {', '.join(FORMS)}")
    else:
        chosen = {out / f"fit{suffix}": form for suffix, form in FORMS.items()}
    contents = {path: form(fits).encode() for path, form in chosen.items()}
    if out.suffix not in FORMS:
        told = {name: frame for name, frame in fits.tables.items() if len(frame)}
        contents |= {out / f"fit-{name.replace('_', '-')}.csv": _csv(frame).encode() for name, frame in told.items()}
    write_whole(contents)
    return list(contents)


def _csv(frame: pd.DataFrame) -> str:
    """Every number in full; text that a spreadsheet would run is made harmless."""
    return harmless_frame(frame).to_csv(index=False, lineterminator="\n")


def as_csv(fits: Fits) -> str:
    """Every number in full: method, target, kind, value, se, lower, upper, p_value, flag, status."""
    return _csv(fits.estimates)


def as_tex(fits: Fits) -> str:
    """Every table with booktabs rules, to be input into a manuscript."""
    return "\n".join(as_latex(table, f"fit-{Path(fits.survey.name).stem}") for table in fit_tables.tables(fits))


#: What is written, by the ending of its file.
FORMS: dict[str, Callable[[Fits], str]] = {".html": fit_page.page, ".csv": as_csv, ".tex": as_tex}
