"""From a figure to what a browser draws (interactive) and to SVG (the baseline population, still)."""

import copy
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from benchmarks.files import write_whole
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import FONT, GREY, INK, Sign
from reports.drawing.panels import ROWS, WRAPPED, Spec
from sim.errors import InputError

_POPULATION, _HIDDEN = "datum.population === shown_population", "indexof(hidden, datum.method) < 0"
#: Fields whose values stand below each other, each in a row.
_IN_ROWS = ("method", "comparison")
_STILL_WIDTH, _HEIGHT, _ROW_HEIGHT, _STACKED, _TALL = 330, 230, 28, 46, 340
#: A written backslash, or a character that XML does not have: most control characters, and codes that are none.
_NOT_DRAWN = re.compile(r"\\\\|\\[bf]|\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f])|\\uff(?:fe|ff)")
_BOLD = re.compile(r' font-weight="[^"]*"')
_RESOURCES = re.compile(rb"(/(?:ColorSpace|Font|XObject|ExtGState|Pattern|Shading) <<\n)((?: +/[^\n]* R\n)+)( +>>)")
_CONFIG: Spec = {
    "background": "white",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": GREY,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "#e8e6e1",
        "domainColor": "#9aa1a7",
        "tickColor": "#9aa1a7",
        "labelFlush": False,
    },
    "axisY": {
        "titleAngle": 0,
        "titleAlign": "left",
        "titleAnchor": "end",
        "titleX": 2,
        "titleY": -10,
        "domain": False,
        "ticks": False,
    },
    "axisX": {"labelAngle": 0, "grid": False},
    "title": {"anchor": "start", "color": INK, "fontSize": 13, "fontWeight": 600, "offset": 22},
    "point": {"strokeWidth": 1.5},
}

#: On a page a plot is told by its description and its tables: a screen reader is not led through every mark of it.
_QUIET: Spec = {**_CONFIG, "mark": {"aria": False}, "axis": {**_CONFIG["axis"], "aria": False}}


def interactive(figure: Figure, panel: Panel, size: int) -> Spec:
    """A Vega-Lite specification as wide as its place in the page; the page's controls set its parameters."""
    filters = [_HIDDEN, *([] if panel.whole else [_POPULATION]), *(["datum.n === shown_n"] if panel.one_size else [])]
    spec = copy.deepcopy(panel.spec)
    for unit in _on_rows(spec):
        unit["transform"] = [{"filter": each} for each in filters] + unit.get("transform", [])
    chosen = {"shown_population": 0, "shown_n": size, "hidden": []}
    return {
        **spec,
        "params": [{"name": name, "value": value} for name, value in chosen.items()],
        "description": f"{panel.title}. {figure.alt}",
        "width": "container",
        "height": _height(panel),
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": _QUIET,
        "datasets": {**spec.get("datasets", {}), ROWS: panel.rows},
    }


def still(figure: Figure, signs: list[Sign], size: int) -> str:
    """The figure as SVG: every panel at the baseline population (and at `size`, where it shows one)."""
    plots: list[Spec] = []
    datasets: Spec = {}
    for index, panel in enumerate(figure.panels):
        spec = _without_unseen(copy.deepcopy(panel.spec))
        datasets |= spec.pop("datasets", {})
        datasets[f"{ROWS}{index}"] = _baseline(panel, size)
        for unit in _on_rows(spec):
            unit["data"] = {"name": f"{ROWS}{index}"}
        width = _STILL_WIDTH * (3 if panel.wide else 1)
        plots.append({**spec, "width": width, "height": _height(panel), "title": panel.title})
    used = {row["method"] for panel in figure.panels for row in _baseline(panel, size)}
    columns = 1 if figure.wide else min(len(plots), 3 if len(plots) % 3 == 0 else 2)
    whole = {
        "$schema": plots[0]["$schema"],
        "description": figure.alt,
        "title": {"text": figure.title, "fontSize": 16, "offset": 8},
        "vconcat": [
            legend(
                [sign for sign in signs if sign.label in used], (3 if figure.wide else columns) * (_STILL_WIDTH + 36)
            ),
            {"concat": [_without_schema(plot) for plot in plots], "columns": columns, "spacing": 36},
        ],
        "datasets": datasets,
        "padding": 12,
    }
    return svg(whole)


def _written(spec: Spec) -> str:
    """The specification as JSON. What SVG cannot hold, and what would end the process that draws it, is left out."""
    written = json.dumps({**spec, "config": _CONFIG})
    return _NOT_DRAWN.sub(lambda found: found[0] if found[0] == r"\\" else "", written)


def svg(spec: Spec) -> str:
    """A whole Vega-Lite specification as SVG, in the style of every figure."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_written(spec), vl_version=_version()))


def png(spec: Spec) -> bytes:
    """A figure as a PNG picture, twice as many pixels as the SVG has."""
    import vl_convert

    made = vl_convert.vegalite_to_png(_written(spec), vl_version=_version(), scale=2)
    return bytes(made)


def pdf(drawn: str) -> bytes:
    """A drawing as PDF; the same drawing gives the same bytes."""
    import vl_convert

    # Bold letters are a second font, and the writer puts fonts in an order that changes.
    made = bytes(vl_convert.svg_to_pdf(_BOLD.sub("", drawn)))
    # The writer lists a page's resources in an order that changes; sorted, they take the same bytes.
    return _RESOURCES.sub(lambda found: found[1] + b"".join(sorted(found[2].splitlines(True))) + found[3], made)


@cache
def vega_script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from the installed package: nothing is fetched.

    To put it together takes seconds, so it is kept beside the compiled modules of this folder, where that can be
    written.
    """
    kept = Path(__file__).parent / "__pycache__" / f"vega-{_version()}-vl-convert-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    import vl_convert

    made = str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=_version()))
    with suppress(InputError):
        write_whole({kept: made.encode()})
    return made


def _version() -> str:
    """The Vega-Lite version that the specifications are written in, as vl-convert names it: `6.1`."""
    import altair as alt

    return ".".join(str(alt.SCHEMA_VERSION).lstrip("v").split(".")[:2])


def _height(panel: Panel) -> int:
    """Pixels: by the number of methods or comparisons where each has a row, else the same for every plot."""
    down = {layer.get("encoding", {}).get("y", {}).get("field") for layer in panel.spec["layer"]}
    in_rows = next((field for field in _IN_ROWS if field in down), None)
    if panel.wide:
        return _TALL
    if in_rows is None:
        return _HEIGHT
    names = {row[in_rows] for row in panel.rows}
    lines = max((-(-len(label) // WRAPPED) for label in names), default=1)
    stacked = any("yOffset" in layer.get("encoding", {}) and in_rows == "method" for layer in panel.spec["layer"])
    return max(_STACKED if stacked else _ROW_HEIGHT, 15 * lines + 6) * max(len(names), 2)


def _without_unseen(spec: Spec) -> Spec:
    """A specification without the marks that only a pointer meets."""
    spec["layer"] = [layer for layer in spec["layer"] if layer["mark"].get("opacity") != 0]
    return spec


def _on_rows(spec: Spec) -> Iterator[Spec]:
    """Every part of a specification that draws the named rows."""
    for unit in (spec, *spec.get("layer", [])):
        if unit.get("data", {}).get("name") == ROWS:
            yield unit


def _baseline(panel: Panel, size: int) -> list[Row]:
    if panel.whole:
        return [row for row in panel.rows if not panel.one_size or row["n"] == size]
    return [row for row in panel.rows if row["population"] == 0 and (not panel.one_size or row["n"] == size)]


def _without_schema(spec: Spec) -> Spec:
    return {key: value for key, value in spec.items() if key != "$schema"}


def legend(signs: list[Sign], width: int) -> Spec:
    """The methods in a row (or several), each with its mark."""
    rows: list[Row] = []
    x, y = 8.0, 8.0
    for sign in signs:
        label = f"{sign.tag} {sign.label}".strip()
        taken = 34 + 6.6 * len(label)
        if x + taken > width and rows:
            x, y = 8.0, y + 20
        rows.append({"x": x, "y": y, "label": label, "colour": sign.colour, "shape": sign.shape})
        x += taken
    place = {axis: {"field": axis, "type": "quantitative", "scale": None} for axis in ("x", "y")}
    sign_of = {"shape": {"field": "shape", "scale": None}, "color": {"field": "colour", "scale": None}}
    text = {"type": "text", "align": "left", "dx": 9, "fontSize": 12, "color": INK}
    return {
        "width": width,
        "height": y + 4,
        "data": {"values": rows},
        "encoding": place,
        "layer": [
            {"mark": {"type": "point", "filled": True, "size": 62, "opacity": 1}, "encoding": sign_of},
            {"mark": text, "encoding": {"text": {"field": "label"}}},
        ],
    }
