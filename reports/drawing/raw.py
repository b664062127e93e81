"""Plots of raw estimates: quantile dots, zip plots of intervals, pairs of methods, lollipops."""

from collections.abc import Mapping
from typing import Any

from reports.drawing.palette import FLOOR, GREY, INK, RULE, Sign
from reports.drawing.panels import Spec, chart, colour, layered, method_rows, shape, tooltip, when_drawn

_AGAIN = "again:N"
#: Where the line lies that dots stand on: half a dot and a little under the lowest.
_FLOOR = -0.6


def _shown() -> list[Any]:
    """What is told of one replication where one points at it."""
    import altair as alt

    return [
        alt.Tooltip("method:N"),
        alt.Tooltip("n:O"),
        alt.Tooltip("told:N", title="estimate"),
        alt.Tooltip("replication:Q"),
        alt.Tooltip(_AGAIN, title="drawn again"),
    ]


@when_drawn
def dots(signs: Mapping[str, Sign], title: str, domain: tuple[float, float], tallest: int) -> Spec:
    """Estimates as quantile dots, a row for each method; the truth as a line; how many failed, at the right."""
    import altair as alt

    scale = alt.Scale(domain=list(domain), nice=False, clamp=True)
    x = alt.X("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6, format=".2f"))
    offset = alt.YOffset("stack:Q", scale=alt.Scale(domain=[tallest + 0.5, _FLOOR - 0.3]))
    base = chart().encode(y=method_rows(signs, grid=False))
    stands_on = base.transform_aggregate(truth="min(truth)", groupby=["method"]).mark_rule(color=FLOOR)
    estimates = base.transform_filter("datum.what === 'dot'")
    extreme = base.transform_filter("datum.what === 'worst'")
    failed = base.transform_filter("datum.what === 'failed'")
    truth = chart().mark_rule(color=INK).encode(x=alt.X("min(truth):Q", scale=scale, title=title))
    return layered(
        truth.encode(y=alt.value(0), y2=alt.value("height")),
        # the line that the stacks stand on, below the middle of the row
        stands_on.encode(x=alt.value(0), x2=alt.value("width"), yOffset=alt.YOffsetDatum(_FLOOR)),
        estimates.mark_circle(size=26, opacity=1).encode(x=x, yOffset=offset, color=colour(signs), tooltip=_shown()),
        extreme.mark_point(size=46, opacity=1, strokeWidth=1.6).encode(
            x=x, yOffset=offset, color=colour(signs), tooltip=_shown()
        ),
        # beside the plot, where no dot stands
        failed.mark_text(align="left", baseline="middle", dx=8, fontSize=10.5, lineBreak="\n", color=RULE).encode(
            x=alt.value("width"), text=alt.Text("told:N")
        ),
    )


@when_drawn
def zipped(domain: tuple[float, float]) -> Spec:
    """Intervals as a zip: ordered by how far the estimate is from the truth, in its standard errors (Morris 2019)."""
    import altair as alt

    scale = alt.Scale(domain=list(domain), nice=False, clamp=True)
    x = alt.X("lower:Q", title="95% interval", scale=scale, axis=alt.Axis(tickCount=5, format=".2f"))
    y = alt.Y("centile:Q", title="centile of |estimate − truth| / SE", scale=alt.Scale(domain=[0, 100], nice=False))
    kept = alt.Color(
        "covers:N", legend=None, scale=alt.Scale(domain=["holds the truth", "misses it"], range=["#6f787f", RULE])
    )
    truth = chart().mark_rule(color=INK, strokeWidth=1.2)
    told = [*_shown(), alt.Tooltip("covers:N", title="interval")]
    return layered(
        chart().mark_rule(strokeWidth=1.4).encode(x=x, x2=alt.X2("upper:Q"), y=y, color=kept, tooltip=told),
        truth.encode(x=alt.X("min(truth):Q", scale=scale), y=alt.value(0), y2=alt.value("height")),
    )


@when_drawn
def pairs(mean: float, low: float, high: float, reach: tuple[float, float], colour_: str) -> Spec:
    """Differences of two methods on the same data sets against their mean (Bland & Altman 1986)."""
    import altair as alt

    scale = alt.Scale(domain=list(reach), nice=False, zero=False)
    x = alt.X("middle:Q", title="mean of both", scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    y = alt.Y("apart:Q", title="difference", scale=scale, axis=alt.Axis(tickCount=5, format="+.2f"))
    lines = alt.Chart(alt.InlineData(values=[{"at": mean, "what": "mean"}, {"at": low}, {"at": high}, {"at": 0.0}]))
    return layered(
        lines.transform_filter("datum.at === 0")
        .mark_rule(color=GREY, strokeWidth=1)
        .encode(y=alt.Y("at:Q", scale=scale)),
        lines.transform_filter("datum.at !== 0")
        .mark_rule(color=GREY, strokeDash=[4, 3])
        .encode(y=alt.Y("at:Q", scale=scale)),
        chart().mark_circle(size=24, opacity=1, color=colour_).encode(x=x, y=y, tooltip=_shown()),
    )


@when_drawn
def lollipops(signs: Mapping[str, Sign], title: str, domain: tuple[float, float], start: float, share: bool) -> Spec:
    """A measure of each method as a stick from the value that would be right, with its Monte Carlo interval."""
    import altair as alt

    scale = alt.Scale(domain=list(domain), nice=False, clamp=True)
    axis = alt.Axis(tickCount=5, format=".0%" if share else ".2f")
    x = alt.X("value:Q", title=title, scale=scale, axis=axis)
    base = chart().encode(y=method_rows(signs), color=colour(signs), tooltip=tooltip(title))
    line = alt.Chart(alt.InlineData(values=[{"at": start}])).mark_rule(color=GREY, strokeDash=[2, 3], strokeWidth=1.3)
    return layered(
        line.encode(x=alt.X("at:Q", scale=scale)),
        base.mark_rule(strokeWidth=1.2).transform_calculate(start=str(start)).encode(x=x, x2=alt.X2("start:Q")),
        base.mark_rule(strokeWidth=3.5).encode(x=alt.X("low:Q", title=title, scale=scale), x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=62, opacity=1).encode(x=x, shape=shape(signs)),
    )
