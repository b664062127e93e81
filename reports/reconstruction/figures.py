"""The figures of a reconstruction: the room of each block's reliabilities, and what is left open of the truth."""

from collections.abc import Sequence
from typing import Any

from benchmarks.portraits.from_table import Reconstruction, Truth
from benchmarks.portraits.table_regions import Region, regions
from reports.diagram import diagram as path_diagram
from reports.drawing import vega
from reports.drawing.figure import Drawing
from reports.drawing.palette import GREY, INK, RULE
from reports.reconstruction.tables import called
from sim.population.record import Population

#: Pixels of a block's picture, and of the truth's plot on a page and on a telephone; of a line there.
_SIDE, _WIDE, _NARROW, _LINE = 250, 520, 230, 26
_SOFT, _BLUE = "#d5e4f3", "#0a56a0"


def figures(found: Reconstruction) -> list[Drawing]:
    """The figures that have something to show, in the order of the page."""
    made = []
    if shown := regions(found.table):
        made.append(_rooms(found, shown))
    if found.truths:
        made.append(_truth(found))
    if found.default is not None:
        made.append(_diagram(found.default, found))
    return made


def _rooms(found: Reconstruction, shown: Sequence[Region]) -> Drawing:
    inside = (
        "shaded: alphas at which the PLS composite correlates 0.95 or more with the plain sum of its items; no data "
        "are below"
        if found.table.method == "pls"
        else "shaded: alphas near those of one factor"
    )
    caption = (
        f"Composite reliability and alpha that the printed AVE leaves room for; {inside}. Line: blocks of one factor, "
        "from equal loadings (right) to unequal ones. Red: what is printed, with its rounding."
    )
    named = ", ".join(f"{r.construct} (alpha {r.alpha}, rho_c {r.rho_c}, AVE {r.ave})" for r in shown)
    alt = f"Alpha against composite reliability of {named}. {caption}"
    wide, narrow = (_concat([_room(region) for region in shown], columns, alt) for columns in (3, 1))
    return Drawing("rooms", "Alpha, composite reliability and AVE", caption, alt, wide, narrow)


def _diagram(default: Population, found: Reconstruction) -> Drawing:
    labels = {construct: block.label for construct, block in found.table.reported.items() if block.label}
    caption = "Standardised values before the cut, every factor at its first level. A dashed path is 0."
    wide, narrow = path_diagram.wide(default, labels), path_diagram.narrow(default)
    return Drawing("diagram", "The default population", caption, path_diagram.alt(default), wide, narrow)


def _concat(plots: list[dict[str, Any]], columns: int, alt: str) -> str:
    return vega.svg({"description": alt, "concat": plots, "columns": columns, "spacing": 30})


def _room(region: Region) -> dict[str, Any]:
    """One block's picture, near what is printed of it."""
    reach = 6 * max(region.rho_c.half, region.alpha.half)
    x_ends = (
        min(region.rho_c.lower - reach, max(region.reliabilities.min(), region.rho_c.value - 0.025)),
        max(region.rho_c.upper + reach, region.reliabilities.max() + reach / 2),
    )
    visible = [
        row for row in zip(region.reliabilities, region.lowest, region.highest, strict=True) if row[0] >= x_ends[0]
    ]
    y_ends = (
        min([region.alpha.lower - reach, *(row[1] for row in visible)]),
        max([region.alpha.upper + reach, *(row[2] for row in visible)]),
    )
    x = {"field": "x", "type": "quantitative", "title": "rho_c", "axis": {"tickCount": 4, "format": ".3~f"},
         "scale": {"domain": list(map(float, x_ends)), "nice": False, "zero": False}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "title": "alpha", "axis": {"tickCount": 5},
         "scale": {"domain": list(map(float, y_ends)), "nice": False, "zero": False}}  # fmt: skip
    area = [{"x": float(a), "y": float(b), "y2": float(c)} for a, b, c in visible]
    line = [{"x": float(a), "y": float(b), "i": i} for i, (a, b) in enumerate(region.one_factor) if a >= x_ends[0]]
    point = [{"x": region.rho_c.lower, "x2": region.rho_c.upper, "y": region.alpha.lower, "y2": region.alpha.upper}]
    return {
        "width": _SIDE,
        "height": 0.7 * _SIDE,
        "title": f"{region.construct}, AVE {region.ave}",
        "layer": [
            {"data": {"values": area}, "mark": {"type": "area", "color": _SOFT, "clip": True},
             "encoding": {"x": x, "y": y, "y2": {"field": "y2"}}},
            {"data": {"values": area}, "mark": {"type": "line", "color": GREY, "strokeWidth": 1, "clip": True},
             "encoding": {"x": x, "y": y}},
            {"data": {"values": line}, "mark": {"type": "line", "color": _BLUE, "strokeWidth": 2, "clip": True},
             "encoding": {"x": x, "y": y, "order": {"field": "i"}}},
            {"data": {"values": point}, "mark": {"type": "rect", "color": RULE, "stroke": RULE, "strokeWidth": 3},
             "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}}},
        ],
    }  # fmt: skip


def _truth(found: Reconstruction) -> Drawing:
    caption = (
        f"True values before the cut over {found.points} points of the set that fits the table. Bars: lowest to "
        "highest; dots: the default, and for loadings their mean there; red: what is printed of scores."
    )
    told = "; ".join(f"{called(t)} {t.values.min():.2f} to {t.values.max():.2f}" for t in found.truths)
    alt = f"{caption} {told}."
    wide, narrow = (_bars(found, found.truths, width, alt) for width in (_WIDE, _NARROW))
    return Drawing("truth", "What the table leaves of the truth", caption, alt, wide, narrow)


def _bars(found: Reconstruction, truths: Sequence[Truth], width: int, alt: str) -> str:
    printed = {row.quantity: row.printed.value for row in found.returned}
    rows = [
        {
            "subject": called(each),
            "low": float(each.values.min()),
            "high": float(each.values.max()),
            "value": each.default,
            "printed": printed.get(each.target.name) if each.target else None,
        }
        for each in truths
    ]
    ends = [0.0, *(float(each.values.min()) for each in truths), *(float(each.values.max()) for each in truths)]
    ends += [row["printed"] for row in rows if isinstance(row["printed"], float)]
    scale = {"domain": [min(ends), max(ends)], "nice": True}
    x = {
        "field": "low",
        "type": "quantitative",
        "title": "true value",
        "scale": scale,
        "axis": {"tickCount": 5, "grid": True},
    }
    y = {
        "field": "subject",
        "type": "nominal",
        "sort": [row["subject"] for row in rows],
        "title": None,
        "axis": {"titleAngle": 0, "domain": False, "ticks": False, "labelLimit": 220},
    }
    spec = {
        "description": alt,
        "width": width,
        "height": _LINE * len(rows),
        "data": {"values": rows},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 7, "color": _SOFT},
             "encoding": {"y": y, "x": x, "x2": {"field": "high"}}},
            {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": INK},
             "encoding": {"y": y, "x": {**x, "field": "value"}}},
            {"transform": [{"filter": "isValid(datum.printed)"}],
             "mark": {"type": "tick", "thickness": 3, "color": RULE, "height": 16},
             "encoding": {"y": y, "x": {**x, "field": "printed"}}},
        ],
    }  # fmt: skip
    return vega.svg(spec)
