"""The figures that measures bring with them: their values against n, one plot for each target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from benchmarks.measures.basis import measure
from benchmarks.measures.catalogue import MEASURES
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.labels import labelled
from reports.drawing.palette import signs
from reports.record import Study
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words
from reports.vocabulary import caption, scale_in_words
from sim.targets import MODEL_KINDS


@dataclass(frozen=True)
class Look:
    """What is particular to a kind of study. title: of a target's plot. x_title: of its axis of n.

    every_target: whether all estimands are drawn, of whatever kind. one_scale: whether all have one unit, which `scale`
    tells.
    """

    title: Callable[[Results, str], str]
    x_title: str
    every_target: bool
    one_scale: bool
    scale: Callable[[Study], str]


#: Up to so many plots in a figure; of a study with many cells fewer, since each has a mark for every cell.
MOST_PLOTS, MOST_OF_MANY = 12, 4
SURVEYS = Look(target_in_words, "respondents (n)", False, True, scale_in_words)


def figures(results: Results, look: Look = SURVEYS) -> list[Figure]:
    """Every figure of the list of measures, in its order; measures that name the same one are drawn together."""
    wanted = list(dict.fromkeys(each.figure for each in MEASURES if each.figure))
    return [_figure(results, figure, look) for figure in wanted]


def _figure(results: Results, figure: measure.Figure, look: Look) -> Figure:
    measures = [each for each in MEASURES if each.figure == figure]
    unit, names = measures[0].unit, tuple(each.name for each in measures)
    drawn, left_out = targets_drawn(results, figure, look)
    found = {name: rows.of_measures(results, name, names, unit) for name in drawn}
    every = [row for target, kept in found.items() if rows.kind(target) not in MODEL_KINDS for row in kept]
    made = []
    for target, kept in found.items():
        alone = rows.kind(target) in MODEL_KINDS or not look.one_scale
        domain = _domain(results, figure, measures[0], every if every and (not alone or unit == "share") else kept)
        spec = panels.by_size(
            signs(results), figure.axis, domain, share=unit == "share", dotted=_dotted(results, figure),
            alpha=results.study.alpha if figure.line == "alpha" else None, x_title=look.x_title,
        )  # fmt: skip
        made.append(Panel(look.title(results, target), labelled(kept, domain), spec))
    words = caption(results.study, figure, look.scale(results.study))
    if left_out:
        words += f" {_left(results, figure, left_out)}"
    return Figure(figure.name, figure.title, words, figure.alt, made)


def _left(results: Results, figure: measure.Figure, left_out: Sequence[str]) -> str:
    """What is not drawn, and why."""
    stored = results.measures[
        results.measures["measure"].isin({each.name for each in MEASURES if each.figure == figure})
    ]
    flat = [name for name in left_out if _all_one(stored[stored["target"] == name].dropna(subset="value"), figure)]
    rest = len(left_out) - len(flat)
    told = [f"100% everywhere, and not drawn: {', '.join(flat)}."] if flat else []
    return " ".join(told + ([f"{rest} more estimands are in the tables."] if rest else []))


def targets_drawn(results: Results, figure: measure.Figure, look: Look = SURVEYS) -> tuple[list[str], list[str]]:
    """The estimands, and those taken together, that a figure draws, and those that it has no room for."""
    names = {each.name for each in MEASURES if each.figure == figure}
    known = results.measures[results.measures["measure"].isin(names) & results.measures["value"].notna()]
    stored = set(known["target"])
    kinds = [name for name in results.study.estimands if look.every_target or rows.kind(name) in figure.kinds]
    there = [name for name in (*kinds, *results.study.pools) if name in stored]
    telling = [name for name in there if not _all_one(known[known["target"] == name], figure)]
    shown = telling or there
    most = MOST_OF_MANY if results.many_cells else MOST_PLOTS
    return shown[:most], [name for name in there if name not in shown[:most]]


def _all_one(stored: pd.DataFrame, figure: measure.Figure) -> bool:
    """Whether a plot of power or coverage would show nothing but 100%."""
    return figure.line in ("alpha", "level") and bool((stored["value"] == 1).all())


def _dotted(results: Results, figure: measure.Figure) -> float | None:
    """Where the figure's line is; None where there is none, or the plot draws it itself."""
    return {"zero": 0.0, "level": results.study.level, "size": results.study.alpha}.get(figure.line)


def _domain(
    results: Results, figure: measure.Figure, first: measure.Measure, found: Sequence[Row]
) -> tuple[float, float]:
    """The ends of the axis: with the line in it; of rates up to 1, and down to 0 where tests are judged."""
    if not first.rate:
        return rows.span(found)
    if figure.line in ("alpha", "size"):
        return 0.0, 1.0
    least = results.study.level if figure.line == "level" else 1.0
    lowest, _ = rows.span([*found, {"low": least, "high": 1.0}])
    return max(lowest, 0.0), 1.0
