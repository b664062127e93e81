"""The figure of a plan: each rate against the number of respondents, a line for each method, the target dotted."""

from collections.abc import Sequence
from math import inf, log10, sqrt
from typing import Any

from benchmarks.planning.curve import pooled
from benchmarks.planning.plan import Line, Plan
from reports.drawing import vega
from reports.drawing.figure import Drawing
from reports.drawing.palette import GREY, Sign, signs_of
from reports.planning import words
from reports.planning.words import asked

#: Pixels of a plot on a page and on a telephone; points of a curve.
_WIDE, _NARROW, _HEIGHT, _POINTS = 330, 230, 220, 13
_CAPTION = (
    "Points: data sets drawn at one size, with 95% intervals. Bands: the curve around the answer, with its 95% "
    "interval. Dotted: the rate that is wanted; vertical lines: the answers."
)


def figure(plan: Plan) -> Drawing | None:
    """All curves; None where nothing was drawn."""
    if not any(line.search for line in plan.lines):
        return None
    told = "; ".join(
        f"{line.question.subject}, {line.planned.label}: {words.band(line) or words.ending(line, plan)}"
        for line in plan.lines
    )
    alt = f"Rates against the number of respondents. {told}."
    wide, narrow = (vega.svg(specification(plan, width, columns, alt)) for width, columns in ((_WIDE, 2), (_NARROW, 1)))
    return Drawing("curves", "The curves", _CAPTION, alt, wide, narrow)


def specification(plan: Plan, width: int = _WIDE, columns: int = 2, alt: str = "") -> dict[str, Any]:
    """The figure as Vega-Lite: a plot for each question."""
    signs = signs_of(list(dict.fromkeys(line.planned.label for line in plan.lines)))
    subjects = dict.fromkeys(asked(line) for line in plan.lines if line.search)
    plots = [
        _plot([line for line in plan.lines if asked(line) == subject and line.search], signs, width)
        for subject in subjects
    ]
    legend = vega.legend(list(signs.values()), width * min(columns, len(plots)))
    return {
        "description": alt,
        "padding": 8,
        "vconcat": [legend, {"concat": plots, "columns": columns, "spacing": 30}],
    }


def _plot(lines: Sequence[Line], signs: dict[str, Sign], width: int) -> dict[str, Any]:
    question = lines[0].question
    points = [row for line in lines for row in _points(line, signs[line.planned.label])]
    bands = [row for line in lines for row in _curve(line, signs[line.planned.label])]
    answers = [{"n": line.n, "colour": signs[line.planned.label].colour} for line in lines if line.n is not None]
    sizes = [row["n"] for row in (*points, *bands)]
    scale = {"type": "log", "domain": [0.9 * min(sizes), 1.1 * max(sizes)], "nice": False}
    ticks = _ticks(min(sizes), max(sizes))
    x = {"field": "n", "type": "quantitative", "title": "respondents", "scale": scale,
         "axis": {"values": ticks, "format": ",d", "grid": False, "labelOverlap": True}}  # fmt: skip
    y = {"field": "share", "type": "quantitative", "title": question.name, "scale": {"domain": [0, 1]},
         "axis": {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]}}  # fmt: skip
    colour = {"field": "colour", "type": "nominal", "scale": None}
    shape = {"field": "shape", "type": "nominal", "scale": None}
    return {
        "width": width,
        "height": _HEIGHT,
        "title": {"text": question.subject, "limit": width},
        "layer": [
            {"mark": {"type": "rule", "color": GREY, "strokeDash": [2, 3]}, "data": {"values": [{}]},
             "encoding": {"y": {"datum": question.wanted, "type": "quantitative"}}},
            {"mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.6}, "data": {"values": answers},
             "encoding": {"x": x, "color": colour}},
            {"mark": {"type": "area", "opacity": 0.25, "clip": True}, "data": {"values": bands},
             "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "line", "strokeWidth": 2, "clip": True}, "data": {"values": bands},
             "encoding": {"x": x, "y": y, "color": colour}},
            {"mark": {"type": "rule", "strokeWidth": 1}, "data": {"values": points},
             "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}},
            {"mark": {"type": "point", "filled": True, "size": 40, "opacity": 1}, "data": {"values": points},
             "encoding": {"x": x, "y": y, "color": colour, "shape": shape}},
        ],
    }  # fmt: skip


def _points(line: Line, sign: Sign) -> list[dict[str, Any]]:
    """What was seen at single sizes: while sizes were doubled, and at those of the rules."""
    assert line.search is not None
    counts = [*line.search.doubled, *(miss.at for miss in line.misses if miss.at)]
    made = []
    for n in sorted({count.n for count in counts}):
        seen = pooled(counts, n)
        low, high = seen.interval()
        made.append({"n": n, "share": seen.share, "low": low, "high": high, "colour": sign.colour, "shape": sign.shape})
    return made


def _curve(line: Line, sign: Sign) -> list[dict[str, Any]]:
    """The local curve with its band, over the sizes that were drawn for it."""
    search = line.search
    if search is None or search.curve is None or not search.curve.crossing(line.question.wanted) < inf:
        return []
    roots = [sqrt(count.n) for count in search.around[-64:]]
    low, high = min(roots), max(roots)
    made = []
    for k in range(_POINTS):
        n = (low + (high - low) * k / (_POINTS - 1)) ** 2
        ends = search.curve.share_band(n)
        made.append({"n": n, "share": search.curve.share(n), "low": ends[0], "high": ends[1], "colour": sign.colour})
    return made


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten within the sizes."""
    powers = range(int(log10(low)), int(log10(high)) + 1)
    return [step * 10**power for power in powers for step in (1, 2, 5) if low <= step * 10**power <= high]
