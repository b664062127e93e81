"""Inference for heterotrait-monotrait ratios: bootstrap intervals, and whether they stay under the usual bounds."""

import math

import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given

#: Bounds of Henseler, Ringle & Sarstedt (2015): strict, lenient, and of perfect correlation (HTMT inference).
BOUNDS = (0.85, 0.90, 1.0)
RATIOS = {"htmt": "HTMT", "htmt_abs": "HTMT (absolute)", "htmt2": "HTMT2"}


#: Said of a ratio of geometric means where some item correlation is not positive.
UNDEFINED = "not defined"


def table(given: Given) -> pd.DataFrame:
    """A row for each method, pair with an interval, and ratio; `below`: the smallest bound above the interval."""
    rows = []
    for fitted in given.fitted:
        for a, b in given.model.pairs:
            others = (given.rows.get((fitted.label, f"{kind}({a},{b})")) for kind in RATIOS)
            resampled = any(row is not None and not math.isnan(row.upper) for row in others)
            for kind, name in RATIOS.items():
                row = given.rows.get((fitted.label, f"{kind}({a},{b})"))
                if row is not None and math.isnan(row.value) and resampled:
                    rows.append((fitted.label, f"{a}, {b}", name, math.nan, math.nan, math.nan, UNDEFINED))
                elif row is not None and not math.isnan(row.upper):
                    below = next((f"{bound:.2f}" for bound in BOUNDS if row.upper < bound), "none")
                    rows.append((fitted.label, f"{a}, {b}", name, row.value, row.lower, row.upper, below))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


COLUMNS = (
    Column("method", "Method", "text"),
    Column("constructs", "Constructs", "text"),
    Column("ratio", "Ratio", "text"),
    Column("value", "estimate", "value"),
    Column("lower", "interval", "interval"),
    Column("upper", "", "value"),
    Column("below", "below", "text"),
)
HETEROTRAIT = Analysis(
    "htmt_inference",
    "Inference for HTMT",
    "Bootstrap intervals, of methods that are resampled. Below: the smallest of 0.85, 0.90 and 1 that lies above the "
    "whole "
    "interval; discriminant validity is doubtful where none does (Henseler, Ringle & Sarstedt 2015). "
    "HTMT2 is not defined where some correlation of items is not positive.",
    COLUMNS,
    table,
)
