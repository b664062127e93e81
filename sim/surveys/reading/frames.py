"""Data frames, arrays and Parquet files as tables; ordered categories count as their order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.grammar.spelling import name_of
from sim.surveys.cells.limits import FILE_BYTES, check_cells, check_columns, check_file
from sim.surveys.cells.table import Column, Reading, Table, is_blank


def frame_table(frame: pd.DataFrame) -> Table:
    """The survey in a data frame; every row is a respondent. Columns of one name are kept apart by their place."""
    return _table(frame, "the data frame")


def _table(frame: pd.DataFrame, source: str) -> Table:
    check_columns(source, len(frame.columns))
    columns = [column_of(_name(frame.columns[j]), j + 1, frame.iloc[:, j]) for j in range(len(frame.columns))]
    empty = [column for column in columns if not column.name and column.is_empty]
    kept = tuple(column for column in columns if column not in empty)
    return Table(source, "row", kept, np.arange(1, len(frame) + 1), Reading(len(frame)))


def array_table(array: np.ndarray[Any, Any], names: Sequence[str] | None) -> Table:
    """The survey in an array of numbers (n, p) whose columns have these names."""
    if array.ndim != 2:
        raise InputError(
            f"the array has {array.ndim} dimensions; give one row for each respondent and a column an item"
        )
    if names is None or len(names) != array.shape[1]:
        told = "no names" if names is None else f"{len(names)} names"
        raise InputError(
            f"an array of {array.shape[1]} columns is given with {told}; give names=[...] with a name for "
            "each column, or "
            "a data frame"
        )
    return _table(pd.DataFrame(array, columns=list(names)), "the array")


def parquet_table(path: Path) -> Table:
    """The survey in a Parquet file. Raises InputError where it cannot be read."""
    import pyarrow
    import pyarrow.parquet

    check_file(path, FILE_BYTES)
    try:
        file = pyarrow.parquet.ParquetFile(path)
        check_cells(f"data file {path}", file.metadata.num_rows, file.metadata.num_columns)
        frame = file.read().to_pandas()
    except InputError:
        raise
    except Exception as error:  # what a damaged file sets off has no common class
        raise InputError(
            f"data file {path} cannot be read as Parquet ({(str(error).splitlines() or [type(error).__name__])[0]})"
        ) from None
    return without_empty(_table(frame, f"data file {path}"), ("Parquet",))


def without_empty(table: Table, form: tuple[str, ...]) -> Table:
    """The table without rows that hold nothing, which are counted."""
    n = len(table.places)
    filled = np.zeros(n, dtype=bool)
    for column in table.columns:
        filled |= ~np.array([is_blank(cell) for cell in column.cells], dtype=bool)[column.codes]
    columns = tuple(replace(column, codes=column.codes[filled]) for column in table.columns)
    left = {"empty": int(n - filled.sum())}
    return replace(table, columns=columns, places=table.places[filled], reading=Reading(n, left, form))


def column_of(name: str, place: int, values: pd.Series, letters: Sequence[str] = ()) -> Column:
    """A column of a data frame. `letters`: cells that stand for missing answers (Stata's .a to .z)."""
    ordered = False
    if isinstance(values.dtype, pd.CategoricalDtype):
        ordered = bool(values.dtype.ordered)
        texts = tuple(_cell(cell) for cell in values.cat.categories)
        codes = np.where(values.cat.codes < 0, len(texts), values.cat.codes).astype(np.int32)
        return Column(name, place, (*texts, ""), codes, ordered=ordered)
    found_codes, found = pd.factorize(values, use_na_sentinel=True)
    cells = tuple("" if isinstance(cell, str) and cell in letters else _cell(cell) for cell in found)
    return Column(name, place, (*cells, ""), np.where(found_codes < 0, len(cells), found_codes).astype(np.int32))


def _cell(cell: Any) -> Any:
    """A cell as text or as a plain number; truth values and dates stay what they are: no number is made of them."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, np.generic):
        return cell.item() if isinstance(cell, np.number) else cell
    return "" if is_blank(cell) else cell


def _name(column: object) -> str:
    text = name_of(column)
    return "" if text.startswith("Unnamed: ") else text
