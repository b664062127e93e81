"""The picture of moderation: an outcome against one construct where the other is low, average and high."""

from typing import Any

import numpy as np

from benchmarks.own.fits import Fits
from reports.drawing import vega
from reports.drawing.figure import Drawing
from reports.drawing.palette import GREY, signs_of
from reports.printing.targets import place

#: Standard deviations of the predictor that a line runs over, and the moderator's that it is drawn for.
_FROM, _TO, _AT = -2.0, 2.0, (-1.0, 0.0, 1.0)
#: Points of a curve.
_POINTS = 41
_HEIGHT = 190


def figures(fits: Fits, wide: int, narrow: int) -> list[Drawing]:
    """A picture for every product, a panel for each method that tells standardised estimates of it."""
    made = []
    for number, (outcome, a, b) in enumerate(fits.model.products, start=1):
        values = [each for method in fits.methods for each in _lines(fits, method, outcome, a, b)]
        if not values:
            continue
        square = a == b
        title = f"{outcome} against {a}" if square else f"{outcome} against {a}, moderated by {b}"
        lines = "The curve is" if square else f"The lines are where {b} is 1 SD below, at and above its mean;"
        caption = f"Standardised, all other constructs at their means. {lines} what the estimates say."
        if not square:
            caption += (
                f" The steeper the line, the stronger the effect of {a} there: the table has slopes and intervals."
            )
        alt = f"{title}, by {', '.join(dict.fromkeys(each['method'] for each in values))}. {caption}"
        drawn = [_svg(values, outcome, a, width, alt) for width in (wide, narrow)]
        made.append(Drawing(f"moderation-{number}", title, caption, alt, *drawn))
    return made


def _lines(fits: Fits, method: str, outcome: str, a: str, b: str) -> list[dict[str, Any]]:
    """The points of one method's lines; none where it has no standardised product."""
    chosen = next(each for each in fits.fitted if each.label == method)
    names = (f"{outcome}~{a}", f"{outcome}~{b}", f"{outcome}~{a}:{b}")
    rows = [fits.by_name.get((method, name)) for name in names]
    if chosen.method.solution != "standardised" or any(row is None for row in rows):
        return []
    path, other, product = (row.value for row in rows if row is not None)
    colour = signs_of(fits.methods)[method].colour
    points = np.linspace(_FROM, _TO, _POINTS if a == b else 2)
    if a == b:
        curves = [("", path * points + product * (points**2 - 1.0))]
    else:
        curves = [(f"{b} at {place(str(at))}", (path + product * at) * points + other * at) for at in _AT]
    return [
        {
            "method": method,
            "line": name,
            "x": float(x),
            "y": float(y),
            "colour": colour,
            "last": number == len(points) - 1,
        }
        for name, curve in curves
        for number, (x, y) in enumerate(zip(points, curve, strict=True))
    ]


def _svg(values: list[dict[str, Any]], outcome: str, a: str, width: int, alt: str) -> str:
    """Panels beside each other where there is room, each line named at its end."""
    methods = list(dict.fromkeys(each["method"] for each in values))
    beside = min(len(methods), max(1, width // 250))
    labels = 95
    y = {"field": "y", "type": "quantitative", "title": outcome, "scale": {"zero": False}}
    x = {"field": "x", "type": "quantitative", "title": f"{a}, in SDs", "scale": {"domain": [_FROM, _TO]},
         "axis": {"tickCount": 5}}  # fmt: skip
    colour = {"field": "colour", "type": "nominal", "scale": None}
    dash = {
        "field": "line",
        "type": "nominal",
        "sort": list(dict.fromkeys(each["line"] for each in values)),
        "scale": {"range": [[2, 3], [7, 3], [1, 0]] if any(each["line"] for each in values) else [[1, 0]]},
        "legend": None,
    }
    spec = {
        "description": alt,
        "data": {"values": values},
        "facet": {"field": "method", "type": "nominal", "sort": methods, "title": None,
                  "header": {"labelLimit": width // beside}},
        "columns": beside,
        "spec": {
            "width": max(90, width // beside - labels),
            "height": _HEIGHT,
            "layer": [
                {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour,
                                                                          "strokeDash": dash}},
                {"mark": {"type": "text", "align": "left", "dx": 4, "limit": labels, "color": GREY},
                 "transform": [{"filter": "datum.last"}],
                 "encoding": {"x": x, "y": y, "text": {"field": "line", "type": "nominal"}}},
            ],
        },
    }  # fmt: skip
    return vega.svg(spec)
