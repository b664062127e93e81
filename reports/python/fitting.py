"""One's own survey from Python: several methods at once, as data frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.own import fits, fitting
from reports.fit import figures
from reports.fit import files as fit_files
from reports.python import html
from reports.python.population import Population
from sim.model import Model


class Fits(fits.Fits):
    """Several methods on one survey, with what a notebook shows of them."""

    def report(self, folder: str | Path) -> list[Path]:
        """Write fit.html, fit.csv and fit.tex into a folder; their paths. Raises InputError where it cannot be."""
        return fit_files.write(self, Path(folder))

    def _repr_html_(self) -> str:
        drawn = figures.figures(self)
        told = "".join(html.paragraph(remark) for remark in self.remarks)
        diagram = html.drawing(drawn[0].wide) if drawn else ""
        return html.shown(repr(self), told, diagram, html.frame(self.paths))


def fit(
    data: pd.DataFrame | np.ndarray[Any, Any] | Path | str,
    model: Model | Population | Path | str,
    methods: Sequence[str] | str = ("pls", "ml"),
    **options: Any,
) -> Fits:
    """Estimate a model on a survey with several methods at once; every property of the result is a data frame.

    data: a data frame, a file (CSV, .xlsx, .ods, .sav, .dta, .parquet), or an array with `names`; a column for each
    item. model: its lavaan syntax, a file with it, a `Model`, or a population, whose model is meant. methods: names,
    each with settings in brackets where there are any (`pls[scheme=centroid]`). options: as of `fit_survey`, among them
    resamples, seed, missing, missing_codes, level, interval, labels, reverse, scale, group. Raises InputError, one
    message.
    """
    structure = model.model if isinstance(model, Population) else model
    found = fitting.fit_survey(data, structure, methods, **options)
    return Fits(found.survey, found.model, found.level, found.fitted, found.remarks, found.groups, found.likelihood)
