"""The figures of one's own survey: coefficients with their intervals, every method beside the others, as SVG."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.own.fits import Fits
from benchmarks.own.fitted import Row
from reports.drawing import vega
from reports.drawing.figure import Drawing
from reports.drawing.palette import GREY, Sign, signs_of
from reports.fit import moderation
from reports.printing.targets import arrow
from sim.targets import Kind

#: Widths of the plots in pixels: for a page, and for a telephone.
WIDE, NARROW = 520, 250
#: Pixels of a method's line where coefficients are few and where they are more than `_MANY`; gap between them in lines.
_LINE, _TIGHT, _MANY, _GAP = 17, 11, 10, 0.7


def figures(fits: Fits) -> list[Drawing]:
    """Paths, simple slopes, moderation and loadings, where there are any."""
    interval = f"{100 * fits.level:g}% intervals"
    wanted: list[tuple[str, str, tuple[Kind, ...], float, str]] = [
        ("paths", "Paths", ("path", "product"), 0.0, "the dotted line is no effect"),
        ("slopes", "Simple slopes", ("slope",), 0.0, "the dotted line is no effect"),
        ("loadings", "Loadings", ("loading",), 0.70, "the dotted line is 0.70, the rule of thumb"),
    ]
    made = []
    for name, title, kinds, dotted, line in wanted:
        rows = [row for row in fits.rows if row.target.kind in kinds]
        if rows:
            bars = f" Bars: {interval}." if any(not np.isnan(row.lower) for row in rows) else ""
            scale = "Standardised" if fits.standardised else "Standardised unless a method says otherwise"
            caption = f"{scale}; {line}.{bars}"
            alt = f"{title} of {', '.join(fits.methods)}. {caption} The numbers are in the tables."
            wide, narrow = (_svg(fits, rows, dotted, width, alt) for width in (WIDE, NARROW))
            made.append(Drawing(name, title, caption, alt, wide, narrow))
        if name == "slopes":
            made += moderation.figures(fits, WIDE, NARROW)
    return made


def legend(fits: Fits) -> list[Sign]:
    """The signs of the methods, in order."""
    return list(signs_of(fits.methods).values())


def _svg(fits: Fits, rows: list[Row], dotted: float, width: int, alt: str) -> str:
    """Each coefficient a band of its own, a line for each method in it: mark and interval."""
    signs = signs_of(fits.methods)
    values = [_datum(row, signs) for row in rows]
    spread = [
        number for value in values for number in (value["value"], value["lower"], value["upper"]) if number is not None
    ]
    lowest, highest = min([*spread, dotted, 0.0]), max([*spread, dotted])
    subjects = list(dict.fromkeys(value["subject"] for value in values))
    y = {
        "field": "subject",
        "type": "nominal",
        "sort": subjects,
        "title": None,
        "axis": {"titleAngle": 0, "grid": False, "domain": False, "ticks": False, "labelLimit": 130}
        | ({"labelExpr": "split(datum.label, ', ')"} if rows[0].target.kind == "slope" else {}),
        "scale": {"paddingInner": _GAP / (len(signs) + _GAP), "paddingOuter": 0.1},
    }
    line = _LINE if len(subjects) <= _MANY else _TIGHT
    offset = {"field": "method", "type": "nominal", "sort": list(signs), "scale": {"paddingOuter": 0.3}}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    scale = {"domain": [lowest, highest], "nice": True, "zero": False}
    x = {"field": "value", "type": "quantitative", "title": "estimate", "scale": scale, "axis": {"tickCount": 5}}
    spec = {
        "description": alt,
        "width": width,
        "height": {"step": line, "for": "offset"} if len(signs) > 1 else {"step": line * (1 + _GAP)},
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "rule", "color": GREY, "strokeDash": [2, 3]}, "data": {"values": [{}]},
             "encoding": {"x": {"datum": dotted, "type": "quantitative"}}},
            {"mark": {"type": "rule", "strokeWidth": 1.5},
             "encoding": {"y": y, "yOffset": offset, "color": colour,
                          "x": {**x, "field": "lower"}, "x2": {"field": "upper"}}},
            {"mark": {"type": "point", "filled": True, "size": 58, "opacity": 1},
             "encoding": {"y": y, "yOffset": offset, "color": colour, "x": x,
                          "shape": {"field": "shape", "type": "nominal", "scale": None}}},
        ],
    }  # fmt: skip
    return vega.svg(spec)


def _datum(row: Row, signs: Mapping[str, Sign]) -> dict[str, Any]:
    """One mark: NaN is written as nothing."""
    sign = signs[row.method]
    ends = {name: None if np.isnan(end) else end for name, end in (("lower", row.lower), ("upper", row.upper))}
    subject = row.target.parts[1] if row.target.kind == "loading" else arrow(row.target)
    return {
        "subject": subject,
        "method": row.method,
        "value": row.value,
        **ends,
        "colour": sign.colour,
        "shape": sign.shape,
    }
