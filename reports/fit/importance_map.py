"""The importance-performance map: what acts on an outcome, how strongly, and how high it stands."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from benchmarks.own.fits import Fits
from reports.drawing import vega
from reports.drawing.figure import Drawing
from reports.drawing.palette import GREY, INK, Sign, signs_of

#: Widths of one map in pixels, beside each other on a page and alone on a telephone, and their height.
WIDE, NARROW, HEIGHT = 330, 250, 230


def importance_maps(fits: Fits) -> list[Drawing]:
    """One drawing with a map for each outcome that two or more constructs act on, if there is any."""
    table = fits.tables["importance_performance"]
    causes = table.groupby("outcome", sort=False)["construct"].nunique()
    outcomes = [str(outcome) for outcome in causes[causes > 1].index]
    if not outcomes:
        return []
    methods = [method for method in fits.methods if method in set(table["method"])]
    caption = (
        "To the right: importance, the unstandardised total effect; upwards: performance, the mean score from 0 to "
        "100. What "
        "stands at the lower right matters and stands low. Dotted: the means over the constructs of the first method."
    )
    alt = f"Importance and performance of what acts on {', '.join(outcomes)}, by {', '.join(methods)}. {caption}"
    signs = signs_of(fits.methods)
    wide, narrow = (_svg(table, outcomes, signs, width, alt) for width in (WIDE, NARROW))
    return [Drawing("importance", "Importance and performance", caption, alt, wide, narrow)]


def _svg(table: pd.DataFrame, outcomes: list[str], signs: Mapping[str, Sign], width: int, alt: str) -> str:
    plots = [_plot(table[table["outcome"] == outcome], outcome, signs, width) for outcome in outcomes]
    side = {"columns": 2 if width == WIDE else 1, "concat": plots}
    return vega.svg({"description": alt, **side})


def _plot(rows: pd.DataFrame, outcome: str, signs: Mapping[str, Sign], width: int) -> dict[str, Any]:
    """Marks with the names of the constructs; a method's in its colour and shape."""
    values = [
        {
            "x": row.importance, "y": row.performance, "construct": str(row.construct),
            "colour": signs[str(row.method)].colour, "shape": signs[str(row.method)].shape,
        }
        for row in rows.itertuples()
    ]  # fmt: skip
    first = rows[rows["method"] == rows["method"].iloc[0]]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    shape = {"field": "shape", "type": "nominal", "scale": None}
    x = {
        "field": "x", "type": "quantitative", "title": f"importance for {outcome}",
        "scale": {"zero": True, "nice": True, "padding": 24}, "axis": {"tickCount": 5},
    }  # fmt: skip
    y = {
        "field": "y", "type": "quantitative", "title": "performance",
        "scale": {"zero": False, "nice": True, "padding": 16}, "axis": {"tickCount": 5},
    }  # fmt: skip
    dotted = {"mark": {"type": "rule", "color": GREY, "strokeDash": [2, 3]}, "data": {"values": [{}]}}
    return {
        "title": outcome,
        "width": width,
        "height": HEIGHT,
        "data": {"values": values},
        "layer": [
            {**dotted, "encoding": {"x": {"datum": float(first["importance"].mean()), "type": "quantitative"}}},
            {**dotted, "encoding": {"y": {"datum": float(first["performance"].mean()), "type": "quantitative"}}},
            {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
             "encoding": {"x": x, "y": y, "color": colour, "shape": shape}},
            {"data": {"values": _named(values)},
             "mark": {"type": "text", "align": "left", "dx": 8, "dy": -6, "color": INK, "fontSize": 12},
             "encoding": {"x": x, "y": y, "text": {"field": "construct", "type": "nominal"}}},
        ],
    }  # fmt: skip


def _named(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mark of each construct that stands furthest to the right, beside which its name has room."""
    furthest: dict[str, dict[str, Any]] = {}
    for value in values:
        other = furthest.setdefault(value["construct"], value)
        if value["x"] > other["x"]:
            furthest[value["construct"]] = value
    return list(furthest.values())
