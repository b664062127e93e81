"""Files of SPSS (.sav, .zsav, .por), Stata (.dta) and SAS, with value labels, missing codes, levels of measurement."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, counted
from sim.grammar.spelling import name_of
from sim.surveys.cells.limits import FILE_BYTES, check_cells, check_file
from sim.surveys.cells.table import Column, Reading, Table
from sim.surveys.reading.frames import column_of, without_empty
from sim.surveys.reading.needed import needed

_PROGRAMS = {"sav": "SPSS", "por": "SPSS", "dta": "Stata", "sas7bdat": "SAS", "xpt": "SAS"}
_READERS = {"sav": "read_sav", "por": "read_por", "dta": "read_dta", "sas7bdat": "read_sas7bdat", "xpt": "read_xport"}


def statistical_table(path: Path, kind: str) -> Table:
    """The survey in a file of a statistics program. Raises InputError where it cannot be read."""
    check_file(path, FILE_BYTES)
    reader = getattr(needed("pyreadstat", "pyreadstat", f"{_PROGRAMS[kind]} files"), _READERS[kind])
    settings = {} if kind in ("por", "xpt") else {"user_missing": True}
    about = _read(path, kind, reader, metadataonly=True)[1]
    rows = about.number_rows
    check_cells(f"data file {path}", max(rows or 0, 0), about.number_columns or 0)
    frame, found = _read(path, kind, reader, disable_datetime_conversion=True, **settings)
    check_cells(f"data file {path}", len(frame), len(frame.columns))
    columns = tuple(_column(frame, found, j) for j in range(len(frame.columns)))
    labelled = sum(bool(column.labels) for column in columns)
    form = [f"{_PROGRAMS[kind]} file"]
    if labelled:
        form.append(f"value labels of {counted(labelled, 'column')} (their numbers are read)")
    table = Table(f"data file {path}", "row", columns, np.arange(1, len(frame) + 1), Reading(len(frame)))
    return without_empty(table, tuple(form))


def _read(path: Path, kind: str, reader: Callable[..., Any], **settings: Any) -> tuple[pd.DataFrame, Any]:
    """What the library finds, read again in Windows-1252 where the file does not say how its text is encoded."""
    for encoding in ({}, {"encoding": "windows-1252"}):
        try:
            return reader(str(path), **settings, **encoding)  # type: ignore[no-any-return]
        except Exception as error:  # the library's errors have no common class
            reason = str(error).strip() or type(error).__name__
    raise InputError(
        f"data file {path} begins like a file of {_PROGRAMS[kind]}, but cannot be read as one "
        f"({reason.rstrip('.')}); save "
        "it again, or as CSV"
    )


def _column(frame: pd.DataFrame, found: Any, j: int) -> Column:
    """One column with what the file says of it."""
    name = str(frame.columns[j])
    labels = {
        float(value): str(label)
        for value, label in found.variable_value_labels.get(name, {}).items()
        if isinstance(value, int | float)
    }
    ranges = [(each["lo"], each["hi"]) for each in found.missing_ranges.get(name, [])]
    lost = tuple((float(low), float(high)) for low, high in ranges if not isinstance(low, str))
    letters = tuple(found.missing_user_values.get(name, []))
    measure = found.variable_measure.get(name, "unknown")
    column = column_of(name_of(name), j + 1, frame.iloc[:, j], letters)
    return Column(
        column.name, column.place, column.cells, column.codes, labels, lost, column.ordered,
        "" if measure == "unknown" else measure,
    )  # fmt: skip
