"""The specification of a nested-loop plot: values as steps over all cells, and the factors' levels as steps below."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.drawing.palette import GREY, INK, Sign
from reports.drawing.panels import Spec, axis_of, chart, colour, layered, tooltip, when_drawn

#: Height of one factor's steps, and the room above it for its name, as shares of the height of the values.
_STEPS, _ROOM = 0.075, 0.085


@when_drawn
def nested(
    signs: Mapping[str, Sign],
    title: str,
    factors: Sequence[tuple[str, Sequence[str]]],
    levels: Sequence[Sequence[int]],
    values: Sequence[float],
    *,
    share: bool,
    dotted: float | None,
) -> Spec:
    """Values (in the named rows: place, end, value) as steps, one line for each method; below them the factors.

    factors: name and levels of each loop, the outermost first. levels: for each of them the number of the level in
    every cell. values: all that are drawn, for the scale.
    """
    import altair as alt

    low, high = min([*values, *_known(dotted)]), max([*values, *_known(dotted)])
    size = (high - low) or 1.0
    marks, names, bottom = _foot(factors, levels, low, size)
    cells = len(levels[0])
    x = alt.X(
        "place:Q",
        title="cells",
        scale=alt.Scale(domain=[0, cells], nice=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    scale = alt.Scale(domain=[bottom, high + 0.04 * size], nice=False, zero=False)
    axis = axis_of(share)
    axis.values = _ticks(low, high)
    y = alt.Y("value:Q", title=title, scale=scale, axis=axis)
    base = chart().encode(x=x, color=colour(signs))
    told = [alt.Tooltip("cell:N"), *tooltip(title)]
    foot = alt.Chart(alt.NamedData("foot")).encode(x=alt.X("place:Q"), y=alt.Y("level:Q", scale=scale))
    heads = alt.Chart(alt.NamedData("heads")).encode(x=alt.X("place:Q"), y=alt.Y("level:Q", scale=scale))
    layers = [
        foot.mark_line(interpolate="step-after", color=GREY, strokeWidth=1).encode(detail=alt.Detail("factor:N")),
        heads.mark_text(align="left", baseline="bottom", color=INK, fontSize=10, dy=-2, limit=420).encode(
            text=alt.Text("words:N")
        ),
        *([_dotted(alt, dotted, scale)] if dotted is not None else []),
        base.mark_line(interpolate="step-after", strokeWidth=1.4, opacity=0.85).encode(
            y=y, detail=alt.Detail("method:N")
        ),
        base.mark_bar(opacity=0).encode(x2=alt.X2("end:Q"), y=y, tooltip=told),
    ]
    spec = layered(*layers)
    for layer in spec["layer"]:  # altair would check thousands of corners one by one
        if (inline := {"foot": marks, "heads": names}.get(layer["data"].get("name"))) is not None:
            layer["data"] = {"values": inline}
    return spec


def _dotted(alt: Any, value: float, scale: Any) -> Any:
    line = alt.Chart(alt.InlineData(values=[{"level": value}]))
    return line.mark_rule(color=GREY, strokeDash=[2, 3], strokeWidth=1.3).encode(y=alt.Y("level:Q", scale=scale))


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _foot(
    factors: Sequence[tuple[str, Sequence[str]]], levels: Sequence[Sequence[int]], low: float, size: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Corners of the factors' steps and their names below the values, and where the lowest ends."""
    marks, names, top = [], [], low - 0.08 * size
    for (name, known), chosen in zip(factors, levels, strict=True):
        top -= _ROOM * size
        ground, step = top - _STEPS * size, _STEPS * size / max(len(known) - 1, 1)
        names.append({"place": 0, "level": top, "words": f"{name}: {', '.join(known)}"})
        turns = [k for k in range(len(chosen)) if k == 0 or chosen[k] != chosen[k - 1]]
        corners = [(k, chosen[k]) for k in turns] + [(len(chosen), chosen[-1])]
        marks += [{"factor": name, "place": k, "level": ground + step * level} for k, level in corners]
        top = ground - 0.01 * size
    return marks, names, top - 0.02 * size


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between the lowest and the highest value."""
    import numpy as np

    size = (high - low) or 1.0
    unit = 10 ** np.floor(np.log10(size))
    step = next(unit * k for k in (0.2, 0.25, 0.5, 1.0, 2.0) if size / (unit * k) <= 6)
    first = int(np.ceil(low / step - 1e-9))
    return [round(step * k, 10) for k in range(first, int(np.floor(high / step + 1e-9)) + 1)]
