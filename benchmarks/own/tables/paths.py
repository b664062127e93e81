"""How much each path matters: effect sizes f2 (Cohen 1988), and differences of paths to the same outcome.

Which of two predictors acts more strongly: Rodriguez-Entrena, Schuberth & Gelhard (2018), Quality & Quantity 52, 57-69.
"""

import math

import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given

#: Cohen's small, medium and large f2.
SIZES = ((0.35, "large"), (0.15, "medium"), (0.02, "small"))


def sizes(given: Given) -> pd.DataFrame:
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
    return pd.DataFrame(rows, columns=[column.name for column in SIZE_COLUMNS])


SIZE_COLUMNS = (
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
    SIZE_COLUMNS,
    sizes,
)


def differences(given: Given) -> pd.DataFrame:
    """A row for each resampled method and pair of predictors of one outcome: the first path less the second."""
    rows = [
        (method, *_paths(row.target.parts), row.value, row.se, row.lower, row.upper, row.p_value)
        for (method, _), row in given.rows.items()
        if row.target.kind == "difference" and not math.isnan(row.se)
    ]
    return pd.DataFrame(rows, columns=[column.name for column in DIFFERENCES])


def _paths(parts: tuple[str, ...]) -> tuple[str, str]:
    """The outcome, and the two predictors."""
    outcome, first, second = parts
    return outcome, f"{first} - {second}"


DIFFERENCES = (
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
    DIFFERENCES,
    differences,
)
