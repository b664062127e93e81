"""The figures that measures bring with them: their values against n, one plot for each target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.measures import measure
from benchmarks.measures.catalogue import MEASURES
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words
from reports.vocabulary import caption


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
    scale: str


SURVEYS = Look(target_in_words, "respondents (n)", False, True, ", on the standardised scale")


def figures(results: Results, look: Look = SURVEYS) -> list[Figure]:
    """Every figure of the list of measures, in its order; measures that name the same one are drawn together."""
    wanted = list(dict.fromkeys(each.figure for each in MEASURES if each.figure))
    return [_figure(results, figure, look) for figure in wanted]


def _figure(results: Results, figure: measure.Figure, look: Look) -> Figure:
    measures = [each for each in MEASURES if each.figure == figure]
    unit, names = measures[0].unit, tuple(each.name for each in measures)
    targets = [name for name in results.study.estimands if look.every_target or rows.kind(name) in figure.kinds]
    found = {name: kept for name in targets if (kept := rows.of_measures(results, name, names, unit))}
    every = [row for kept in found.values() for row in kept]
    made = []
    for target, kept in found.items():
        domain = _domain(results, figure, measures[0], every if look.one_scale or unit == "share" else kept)
        spec = panels.by_size(
            signs(results), figure.axis, domain, share=unit == "share", dotted=_dotted(results, figure),
            alpha=results.study.alpha if figure.line == "alpha" else None, x_title=look.x_title,
        )  # fmt: skip
        made.append(Panel(look.title(results, target), kept, spec))
    words = caption(results.study, figure, look.scale)
    return Figure(figure.name, figure.title, words, figure.alt, made)


def _dotted(results: Results, figure: measure.Figure) -> float | None:
    """Where the figure's line is; None where there is none, or the plot draws it itself."""
    return {"zero": 0.0, "level": results.study.level}.get(figure.line)


def _domain(
    results: Results, figure: measure.Figure, first: measure.Measure, found: Sequence[Row]
) -> tuple[float, float]:
    """The ends of the axis: with the line in it; of rates up to 1, and down to 0 where tests are judged."""
    if not first.rate:
        return rows.span(found)
    if figure.line == "alpha":
        return 0.0, 1.0
    least = results.study.level if figure.line == "level" else 1.0
    lowest, _ = rows.span([*found, {"low": least, "high": 1.0}])
    return max(lowest, 0.0), 1.0
