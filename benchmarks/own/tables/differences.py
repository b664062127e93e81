"""Differences of paths to the same outcome: which of two predictors acts more strongly.

Rodriguez-Entrena, Schuberth & Gelhard (2018), Quality & Quantity 52, 57-69.
"""

import math

import pandas as pd

from benchmarks.own.tables.analysis import Analysis, Column, Given


def table(given: Given) -> pd.DataFrame:
    """A row for each resampled method and pair of predictors of one outcome: the first path less the second."""
    rows = [
        (method, *_paths(row.target.parts), row.value, row.se, row.lower, row.upper, row.p_value)
        for (method, _), row in given.rows.items()
        if row.target.kind == "difference" and not math.isnan(row.se)
    ]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


def _paths(parts: tuple[str, ...]) -> tuple[str, str]:
    """The outcome, and the two predictors."""
    outcome, first, second = parts
    return outcome, f"{first} - {second}"


COLUMNS = (
    Column("method", "Method", "text"),
    Column("outcome", "Outcome", "text"),
    Column("paths", "Paths from", "text"),
    Column("difference", "difference", "value"),
    Column("se", "SE", "value"),
    Column("lower", "interval", "interval"),
    Column("upper", "", "value"),
    Column("p_value", "p", "p"),
)
PATH_DIFFERENCES = Analysis(
    "path_differences",
    "Differences of paths",
    "The first path less the second, of methods that are resampled (ml[resamples=500] is one); interval and p as for "
    "paths. That one path is significant and another is not says nothing of their difference.",
    COLUMNS,
    table,
)
