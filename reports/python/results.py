"""The results of a study as data frames, and what a report says of them first."""

import shutil
import tempfile
from functools import cached_property
from pathlib import Path

import pandas as pd

import reports
from benchmarks.files import make_place
from benchmarks.schema import PARTS
from benchmarks.stored import store
from benchmarks.study.study import Study as Checked
from reports import results as stored
from reports.book.kinds import kind_of
from reports.drawing import vega
from reports.drawing.palette import signs
from reports.python import html
from sim.errors import InputError, counted

#: Columns of a block that are of a whole replication.
_OF_REPLICATIONS = ("status", "iterations", "resamples")


class Results:
    """What a study found. `folder` holds all of it, as `loadstone run` writes it (docs/results.md).

    Where nobody named a folder it is a temporary one, which goes when this object does.
    """

    def __init__(self, study: Checked, folder: Path, kept: "tempfile.TemporaryDirectory[str] | None" = None) -> None:
        self._study, self.folder, self._kept = study, folder, kept

    @cached_property
    def _read(self) -> stored.Results:
        return stored.read(self.folder)

    @property
    def measures(self) -> pd.DataFrame:
        """Every measure with its Monte Carlo error, tidy: the content of measures.parquet (docs/results.md).

        A row for each cell, method, target, measure and denominator: cell, n, the factors' levels, method, target,
        measure, over, truth, value, mcse, n_used, n_total, ...
        """
        return self._read.measures.copy()

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Every single estimate, tidy: a row for each cell, method, replication and target.

        cell, n, the factors' levels, method, replication, status, iterations, resamples, target, value, se, lower,
        upper, p_value. A study of many cells has many millions of rows: `cell` gives those of one.
        """
        return pd.concat([self.cell(cell.number) for cell in self._study.cells], ignore_index=True)

    def cell(self, number: int) -> pd.DataFrame:
        """The estimates of one cell, by its number from 1. Raises InputError where there is none of that number."""
        cell = self._study.cell(str(number))
        wide = store.cell_estimates(self.folder, self._study, cell.number)
        head = pd.DataFrame({"cell": cell.number, "n": cell.n, **cell.levels}, index=wide.index)
        head = pd.concat([head, wide[["method", "replication", *_OF_REPLICATIONS]]], axis=1)
        tables = []
        for target in self._study.estimands:
            own = {part: wide[f"{part}:{target.name}"] for part in PARTS}
            tables.append(pd.concat([head.assign(target=target.name), pd.DataFrame(own)], axis=1))
        order = ["method", "replication"]
        whole = pd.concat(tables, ignore_index=True)
        names = {method.name: place for place, method in enumerate(self._study.methods)}
        return whole.sort_values(
            order, key=lambda c: c.map(names) if c.name == "method" else c, kind="stable", ignore_index=True
        )

    @property
    def answer(self) -> str:
        """The first answer of the report: what was found at the smallest n and the first level of every factor."""
        return kind_of(self._read).answer(self._read).lead

    @property
    def figure(self) -> str:
        """The main figure of the report as SVG; empty where the study has none."""
        figures = kind_of(self._read).figures(self._read)
        if not figures:
            return ""
        return vega.still(figures[0], list(signs(self._read).values()), self._read.baseline_n)

    def report(self, folder: str | Path | None = None) -> Path:
        """Write the report (HTML, tables as CSV and LaTeX, figures as SVG) into a folder; the path of the page.

        The folder (default: that of the results) gets the stored results too, so that `loadstone report` and `run` know
        it. Raises InputError where it holds something else or cannot be written.
        """
        place = self.folder if folder is None else Path(folder)
        if place.absolute() != self.folder.absolute():
            if place.exists() and (not place.is_dir() or any(place.iterdir())):
                raise InputError(f"{place} is there already and is not empty; give a new folder")
            make_place(place)
            shutil.copytree(self.folder, place, dirs_exist_ok=True)
        return reports.write(place)

    def __repr__(self) -> str:
        study = self._study
        return f"Results of {study.name}: {counted(len(study.cells), 'cell')}, {study.replications:,} replications each"

    def _repr_html_(self) -> str:
        drawn = html.drawing(self.figure) if self.figure else ""
        return html.shown(self._study.file.aims.title or repr(self), html.paragraph(self.answer), drawn)
