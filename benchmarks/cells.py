"""Cells of CSV files that no spreadsheet runs as a formula (OWASP, "CSV injection")."""

import re

import pandas as pd

#: First signs of what a spreadsheet takes for a formula.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z|[+-]?(?:inf|nan)\Z")


def harmless(cell: str) -> str:
    """A cell with an apostrophe before it where a spreadsheet would take it for a formula; numbers stay numbers."""
    opening = cell.lstrip(" ")[:1]
    return f"'{cell}" if opening in _STARTS and opening and not _NUMBER.match(cell) else cell


def harmless_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every text, and every name of a column, made harmless; numbers are left as they are."""
    made = frame.rename(columns=lambda name: harmless(name) if isinstance(name, str) else name)
    for place, kind in enumerate(frame.dtypes):
        if not pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_datetime64_any_dtype(kind):
            column = frame.iloc[:, place].map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
            made.isetitem(place, column.to_numpy(dtype=object))
    return made
