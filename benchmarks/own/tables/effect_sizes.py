"""Effect sizes f2 of paths, with intervals where a method is resampled (Cohen 1988)."""

import pandas as pd

from benchmarks.own.tables.analysis import Analysis, Column, Given

#: Cohen's small, medium and large f2.
SIZES = ((0.35, "large"), (0.15, "medium"), (0.02, "small"))


def table(given: Given) -> pd.DataFrame:
    """A row for each method and path, products behind the paths."""
    rows = []
    predictors = [(y, x, x) for y, x in given.model.paths]
    predictors += [(y, f"{a}:{b}", f"{a} × {b}") for y, a, b in given.model.products]
    for fitted in given.fitted:
        for outcome, predictor, shown in predictors:
            row = given.rows.get((fitted.label, f"f2({outcome}~{predictor})"))
            if row is not None:
                word = next((word for least, word in SIZES if row.value >= least), "none")
                rows.append((fitted.label, f"{shown} → {outcome}", row.value, row.lower, row.upper, word))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


COLUMNS = (
    Column("method", "Method", "text"),
    Column("path", "Path", "text"),
    Column("f2", "f²", "value"),
    Column("lower", "interval", "interval"),
    Column("upper", "", "value"),
    Column("size", "size", "text"),
)
EFFECT_SIZES = Analysis(
    "effect_sizes",
    "Effect sizes",
    "f² of a path: what R² loses without its predictor, over 1 - R². From 0.02 small, 0.15 medium, 0.35 large (Cohen "
    "1988). "
    "An interval says how large the effect may be, not whether there is one: f² of a sample is above 0 where the "
    "path is 0.",
    COLUMNS,
    table,
)
