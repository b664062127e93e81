"""The kinds of plot that the figures are made of: Vega-Lite specifications over named rows, without size or data."""

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, ParamSpec

from reports.drawing.palette import GREY, INK, RULE, Sign

Spec = dict[str, Any]
Arguments = ParamSpec("Arguments")
#: The name under which every specification expects its rows.
ROWS = "rows"
#: Whether a row names a replication that can be drawn again.
_CALCULATED = "isValid(datum.replication)"
_POINT = 62
#: Lines of several methods in one plot, which grey print does not tell apart by colour; the ideal rule has the dots.
_DASHES = [[1, 0], [9, 3], [5, 3], [9, 3, 2, 3]]
#: Characters of a row's label beyond which it takes a further line.
WRAPPED = 24


def when_drawn(build: Callable[Arguments, Spec]) -> Callable[Arguments, Callable[[], Spec]]:
    """A kind of plot whose specification is made when it is first asked for: a short report draws a few of many."""

    @wraps(build)
    def later(*words: Arguments.args, **settings: Arguments.kwargs) -> Callable[[], Spec]:
        @cache
        def made() -> Spec:
            from altair.utils.schemapi import debug_mode

            with debug_mode(False):  # altair would check every part of every plot as it is made
                return build(*words, **settings)

        return made

    return later


@when_drawn
def by_size(
    signs: Mapping[str, Sign],
    title: str,
    domain: tuple[float, float],
    *,
    share: bool = False,
    dotted: float | None = None,
    alpha: float | None = None,
    x_title: str = "respondents (n)",
) -> Spec:
    """Value against n: for each method a mark, a thin line and a 95% Monte Carlo bar.

    `dotted` draws a line at a value. With `alpha`, the plot says the truth in words and has a line there if it is 0.
    """
    import altair as alt

    labels = [sign.label for sign in signs.values()]
    x = alt.X("n:O", title=x_title, scale=alt.Scale(paddingInner=0.1, paddingOuter=0.05))
    apart = alt.XOffset("method:N", scale=alt.Scale(domain=labels, paddingOuter=0.6))
    scale = alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True)
    y = alt.Y("value:Q", title=title, scale=scale, axis=axis_of(share))
    base = chart().encode(x=x, xOffset=apart, color=colour(signs))
    layers = [
        *([_line_at(dotted)] if dotted is not None else []),
        *(_test_marks(alpha) if alpha is not None else []),
        base.mark_line(strokeWidth=1, opacity=0.9).encode(y=y, detail=alt.Detail("method:N")),
        base.mark_rule(strokeWidth=1.5).encode(
            y=alt.Y("low:Q", title=title), y2=alt.Y2("high:Q"), tooltip=tooltip(title)
        ),
        base.mark_point(filled=True, size=_POINT, opacity=1).encode(y=y, shape=shape(signs), tooltip=tooltip(title)),
        *(
            _tags(signs, x, apart, alt.Y("high:Q", title=title, scale=scale))
            or _names(signs, scale, title, axis_of(share))
        ),
    ]
    return layered(*layers)


def _tags(signs: Mapping[str, Sign], x: Any, apart: Any, y: Any, at_last: bool = True) -> list[Any]:
    """The methods' numbers over their marks, `at_last` only those at the largest n; none of few methods."""
    import altair as alt

    tags = {sign.label: sign.tag for sign in signs.values() if sign.tag}
    if not tags:
        return []
    found = f"{json.dumps(tags)}[datum.method]"
    last = chart().transform_joinaggregate(last="max(n)").transform_filter("datum.n === datum.last")
    text = (
        (last if at_last else chart()).transform_calculate(tag=found).mark_text(baseline="bottom", dy=-5, fontSize=10)
    )
    beside = {} if apart is None else {"xOffset": apart}
    return [text.encode(x=x, y=y, text=alt.Text("tag:N"), color=colour(signs), **beside)]


def _names(signs: Mapping[str, Sign], scale: Any, title: str, axis: Any) -> list[Any]:
    """The methods' names to the right of the plot, each behind its sign, at the heights that rows tell."""
    import altair as alt

    named = chart().transform_filter("isValid(datum.label_at)")
    y = alt.Y("label_at:Q", scale=scale, title=title, axis=axis)
    sign = named.mark_point(filled=True, size=_POINT / 2, opacity=1, xOffset=9)
    text = named.mark_text(align="left", dx=16, fontSize=11, color=INK)
    return [
        sign.encode(x=alt.value("width"), y=y, color=colour(signs), shape=shape(signs)),
        text.encode(x=alt.value("width"), y=y, text=alt.Text("method:N")),
    ]


@when_drawn
def against_loading(signs: Mapping[str, Sign], limits: Sequence[float]) -> Spec:
    """Drop rate of each item against its true loading; a dotted step is a rule that sees the true loadings."""
    import altair as alt

    scale = alt.Scale(domain=[-0.03, 1.03], nice=False)
    x = alt.X("at:Q", title="true loading", scale=scale, axis=alt.Axis(values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f"))
    y = alt.Y("value:Q", title="dropped", scale=alt.Scale(domain=[0, 1], clamp=True), axis=axis_of(True))
    item = [alt.Tooltip("item:N", title="loading"), alt.Tooltip("truth:Q", title="true value", format=".3f")]
    base = chart().encode(x=x, color=colour(signs), tooltip=[*item, *tooltip("dropped")])
    labels = [sign.label for sign in signs.values()]
    dashes = _DASHES if len(signs) <= len(_DASHES) else _DASHES[:1]  # of more, each has a plot of its own
    layers = [
        *(_ideal_step(limit) for limit in limits),
        chart()
        .mark_line(strokeWidth=1.2, opacity=0.5)
        .encode(
            x=alt.X("truth:Q", title="true loading", scale=scale),
            y=alt.Y("mean(value):Q", title="dropped"),
            color=colour(signs),
            strokeDash=alt.StrokeDash("method:N", legend=None, scale=alt.Scale(domain=labels, range=dashes)),
        ),
        base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q", title="dropped"), y2=alt.Y2("high:Q")),
        base.mark_point(filled=True, size=_POINT, opacity=0.9).encode(y=y, shape=shape(signs)),
    ]
    return layered(*layers)


@when_drawn
def against_steps(signs: Mapping[str, Sign], alpha: float, most: int) -> Spec:
    """False positives against the number of steps taken, 0 to `most`, over a dotted `alpha`; a line along a chain."""
    import altair as alt

    title, ticks = "false positives", list(range(most + 1))
    axis = alt.Axis(values=ticks, format="d", grid=False)
    x = alt.X("at:Q", title="steps taken", axis=axis, scale=alt.Scale(domain=[-0.5, most + 0.5], nice=False))
    y = alt.Y("value:Q", title=title, scale=alt.Scale(domainMin=0, zero=True), axis=axis_of(True))
    told = [alt.Tooltip("steps:O", title="steps taken"), *tooltip(title)]
    base = chart().encode(x=x, color=colour(signs), tooltip=told)
    joined = chart().transform_filter("datum.chain").mark_line(strokeWidth=1.2, color=GREY)
    layers = [
        _line_at(alpha),
        joined.encode(x=x, y=y, order=alt.Order("steps:Q")),
        base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q", title=title), y2=alt.Y2("high:Q")),
        base.mark_point(filled=True, size=_POINT, opacity=1).encode(y=y, shape=shape(signs)),
        *_tags(signs, x, None, alt.Y("high:Q", title=title), at_last=False),
    ]
    return layered(*layers)


@when_drawn
def steps(signs: Mapping[str, Sign]) -> Spec:
    """The ladder: truth, limit before the cut, after it, on the retained items, and mean estimate; a row a method."""
    import altair as alt

    scale, axis = alt.Scale(zero=False, nice=True), alt.Axis(tickCount=5, format=".2f", labelOverlap=True)
    x = {
        name: alt.X(f"{name}:Q", title="path", scale=scale, axis=axis)
        for name in ("truth", "before", "after", "kept", "mean")
    }
    over = [
        alt.Tooltip("method:N"),
        alt.Tooltip("n:O"),
        alt.Tooltip("truth:Q", title="true value", format=".3f"),
        alt.Tooltip("by_method:Q", title="bias of the method", format="+.3f"),
        alt.Tooltip("by_cut:Q", title="bias of the answer scale", format="+.3f"),
        alt.Tooltip("by_rule:Q", title="bias of the rule", format="+.3f"),
        alt.Tooltip("by_chance:Q", title="bias of the small sample", format="+.3f"),
        alt.Tooltip("told:N", title="bias in all ± MCSE"),
        alt.Tooltip("count:N", title="replications"),
        alt.Tooltip("cell:O"),
        alt.Tooltip("again:N", title="the worst, again"),
    ]
    base = chart().encode(y=method_rows(signs), color=colour(signs), tooltip=over)
    truth = alt.X("min(truth):Q", title="path", scale=scale, axis=axis)
    mean = base.mark_point(filled=True, size=_POINT, opacity=1).encode(x=x["mean"], shape=shape(signs))
    return layered(
        chart().mark_rule(color=INK).encode(x=truth, y=alt.value(0), y2=alt.value("height")),
        *(
            base.mark_rule(strokeWidth=1.2).encode(x=x[start], x2=alt.X2(end))
            for start, end in (("truth", "before"), ("before", "after"), ("after", "kept"), ("kept", "mean"))
        ),
        base.mark_rule(strokeWidth=3.5).encode(x=alt.X("low:Q", title="path"), x2=alt.X2("high:Q")),
        base.mark_point(size=44, fill="white", opacity=1, shape="circle").encode(x=x["before"]),
        base.mark_tick(thickness=2.5, height=13, opacity=1).encode(x=x["after"]),
        base.mark_point(size=46, fill="white", opacity=1, shape="diamond").encode(x=x["kept"]),
        mean,
    )


@when_drawn
def tiles(signs: Mapping[str, Sign], title: str) -> Spec:
    """A tile for each method and n with its number: the darker the worse, grey where the number misleads."""
    import altair as alt

    over = [*tooltip(title), alt.Tooltip("size:N", title="type I error of the same path")]
    x = alt.X("n:O", title="respondents (n)", scale=alt.Scale(padding=0.04))
    base = chart().encode(x=x, y=method_rows(signs, grid=False), tooltip=over)
    tile = base.mark_rect().encode(color=alt.Color("fill:N", scale=None))
    words = base.mark_text(fontSize=12).encode(text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
    return layered(tile, words)


@when_drawn
def two_denominators(signs: Mapping[str, Sign]) -> Spec:
    """A rate over the usable replications (filled) and over all of them (open), one row for each method."""
    import altair as alt

    title, scale = "called significant", alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    usable = alt.X("value:Q", title=title, scale=scale, axis=axis)
    every = alt.X("all:Q", title=title, scale=scale, axis=axis)
    over_all = [alt.Tooltip("all_told:N", title="over all ± MCSE"), alt.Tooltip("all_count:N", title="replications")]
    base = chart().encode(y=method_rows(signs), color=colour(signs), tooltip=[*tooltip("over usable ones"), *over_all])
    layers = (
        base.mark_rule(strokeWidth=1.5).encode(x=usable, x2=alt.X2("all")),
        base.mark_point(size=120, opacity=1, strokeWidth=1.3, fill="white").encode(x=every, shape=shape(signs)),
        base.mark_point(filled=True, size=30, opacity=1).encode(x=usable, shape=shape(signs)),
    )
    return layered(*layers)


@when_drawn
def deviations(signs: Mapping[str, Sign], order: list[str], tolerance: float, reach: float) -> Spec:
    """z of each published figure from the own one, a row for each, over the band of the tolerance."""
    import altair as alt

    scale = alt.Scale(domain=[-reach, reach], nice=False, clamp=True)
    x = alt.X("z:Q", title="z of the difference", scale=scale, axis=alt.Axis(tickCount=6, format=".0f"))
    axis = _rows_axis(order)
    y = alt.Y("comparison:N", sort=order, axis=axis)
    apart = alt.YOffset("method:N", scale=alt.Scale(domain=[sign.label for sign in signs.values()], paddingOuter=0.6))
    over = [
        alt.Tooltip("method:N"),
        alt.Tooltip("n:O"),
        alt.Tooltip("printed:N", title="published"),
        alt.Tooltip("told:N", title="own ± MCSE"),
        alt.Tooltip("far:N", title="z"),
    ]
    edges = alt.Chart(alt.InlineData(values=[{"low": -tolerance, "high": tolerance, "middle": 0}]))
    band = edges.mark_rect(color="#e6edf3", opacity=0.8)
    base = chart().encode(y=y, yOffset=apart, color=colour(signs), tooltip=over)
    return layered(
        band.encode(x=alt.X("low:Q", scale=scale, title="z of the difference"), x2=alt.X2("high:Q")),
        edges.mark_rule(color=GREY, strokeDash=[2, 3], strokeWidth=1.3).encode(x=alt.X("middle:Q", scale=scale)),
        base.mark_point(filled=True, size=_POINT, opacity=1).encode(x=x, shape=shape(signs)),
    )


@when_drawn
def by_population(signs: Mapping[str, Sign], order: Sequence[str], share: bool) -> Spec:
    """A number of every method with its bar, a row for each population in the order given."""
    import altair as alt

    axis = alt.Axis(title=None, ticks=False, domain=False, grid=True, labelLimit=190, labelPadding=6)
    y = alt.Y("comparison:N", sort=list(order), axis=axis)
    apart = alt.YOffset("method:N", scale=alt.Scale(domain=[sign.label for sign in signs.values()], paddingOuter=0.4))
    along = alt.Axis(format=".0%", tickCount=5) if share else alt.Axis(tickCount=5)
    x = alt.X("value:Q", title=None, scale=alt.Scale(zero=False), axis=along)
    base = chart().encode(y=y, yOffset=apart, color=colour(signs), tooltip=tooltip("value"))
    return layered(
        base.mark_rule(strokeWidth=1.4).encode(x=alt.X("low:Q", title=None), x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=34, opacity=1).encode(x=x, shape=shape(signs)),
    )


def chart() -> Any:
    """A chart over the named rows."""
    import altair as alt

    again = f"{_CALCULATED} ? 'loadstone replay ... --cell ' + datum.cell + ' --replication ' + datum.replication : ''"
    return alt.Chart(alt.NamedData(ROWS)).transform_calculate(again=again)


def layered(*charts: Any) -> Spec:
    """Charts over each other, without altair's own look: the page and the still figures bring theirs.

    What `alt.layer(*charts).to_dict()` gives in half the time, as it copies every chart four times.
    """
    layers = [chart.to_dict(validate=False) for chart in charts]
    whole: Spec = {"layer": layers}
    if all(chart.data is charts[0].data for chart in charts):
        whole["data"] = layers[0]["data"]
        for layer in layers:
            del layer["data"]
    whole["$schema"] = layers[0]["$schema"]
    datasets: Spec = {}
    for layer in layers:
        del layer["$schema"]
        layer.pop("config", None)
        datasets |= layer.pop("datasets", {})
    return whole | ({"datasets": datasets} if datasets else {})


def _line_at(level: float) -> Any:
    import altair as alt

    chart = alt.Chart(alt.InlineData(values=[{"level": level}]))
    return chart.mark_rule(color=GREY, strokeDash=[2, 3], strokeWidth=1.3).encode(y=alt.Y("level:Q"))


def _test_marks(alpha: float) -> list[Any]:
    """`true value 0.130: power` in the corner; where the truth is zero, the line that the type I error should keep."""
    import altair as alt

    zero = chart().transform_filter("datum.truth === 0").transform_aggregate(count="count()", groupby=["truth"])
    zero = zero.transform_calculate(level=str(alpha))
    words = "datum.truth === 0 ? 'true value 0: type I error' : 'true value ' + format(datum.truth, '.3f') + ': power'"
    truth = chart().transform_aggregate(truth="min(truth)").transform_calculate(words=words)
    truth = truth.mark_text(align="right", baseline="bottom", color=GREY, fontSize=12, dy=-9)
    return [
        zero.mark_rule(color=RULE, strokeDash=[2, 3], strokeWidth=1.3).encode(y=alt.Y("level:Q")),
        truth.encode(x=alt.value("width"), y=alt.value(0), text=alt.Text("words:N")),
    ]


def _ideal_step(limit: float) -> Any:
    import altair as alt

    corners = enumerate([(0.0, 1), (limit, 1), (limit, 0), (1.0, 0)])
    chart = alt.Chart(alt.InlineData(values=[{"turn": i, "at": at, "ideal": drop} for i, (at, drop) in corners]))
    return chart.mark_line(color=GREY, strokeDash=[2, 3], strokeWidth=1.3).encode(
        x=alt.X("at:Q"), y=alt.Y("ideal:Q"), order=alt.Order("turn:Q")
    )


def method_rows(signs: Mapping[str, Sign], grid: bool = True) -> Any:
    """A row for each method, in the order of the study."""
    import altair as alt

    labels = [sign.label for sign in signs.values()]
    return alt.Y("method:N", sort=labels, axis=_rows_axis(labels, grid))


def _rows_axis(labels: Sequence[str], grid: bool = True) -> Any:
    """An axis whose labels are whole: long ones take several lines."""
    import altair as alt

    lines = {label: textwrap.wrap(label, WRAPPED) or [label] for label in labels}
    return alt.Axis(
        title=None, ticks=False, domain=False, grid=grid, labelLimit=0, labelPadding=6,
        labelExpr=f"{json.dumps(lines)}[datum.label]",
    )  # fmt: skip


def colour(signs: Mapping[str, Sign]) -> Any:
    """Each method in its colour."""
    import altair as alt

    labels, colours = [sign.label for sign in signs.values()], [sign.colour for sign in signs.values()]
    return alt.Color("method:N", legend=None, scale=alt.Scale(domain=labels, range=colours))


def shape(signs: Mapping[str, Sign]) -> Any:
    """Each method in its shape."""
    import altair as alt

    labels, shapes = [sign.label for sign in signs.values()], [sign.shape for sign in signs.values()]
    return alt.Shape("method:N", legend=None, scale=alt.Scale(domain=labels, range=shapes))


def axis_of(share: bool) -> Any:
    """An axis of numbers, or of percentages."""
    import altair as alt

    return alt.Axis(format=".0%", tickCount=6) if share else alt.Axis(tickCount=6)


def tooltip(title: str) -> list[Any]:
    """What is told where one points at a mark."""
    import altair as alt

    return [
        alt.Tooltip("method:N"),
        alt.Tooltip("n:O"),
        alt.Tooltip("told:N", title=f"{title} ± MCSE"),
        alt.Tooltip("count:N", title="replications"),
        alt.Tooltip("cell:O"),
        alt.Tooltip("again:N", title="the worst, again"),
    ]
