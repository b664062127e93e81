"""Small multiples: one measure of one estimand, a plot for each pair of levels of two factors, all on one scale."""

import itertools

from benchmarks.measures.catalogue import BY_NAME
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.measure_figures import SURVEYS, targets_drawn
from reports.study.nested_loops import FEWEST, loops_of

#: Up to so many plots: fewer levels are shown where there would be more.
_MOST = 12
#: The measures that may be shown: the first that is there.
_SHOWN = ("bias", "mean")


def figure(results: Results) -> Figure:
    """Plots over the two factors with most levels, others at their first; none where fewer than two vary."""
    varied = [loop for loop in loops_of(results) if loop.name != "n"]
    nothing = Figure("multiples", "", "", "", [])
    if len(results.study.cells) < FEWEST or len(varied) < 2:
        return nothing
    for measure in _SHOWN:
        drawn = BY_NAME[measure].figure
        targets = targets_drawn(results, drawn, SURVEYS)[0] if drawn else []
        if targets:
            return _figure(results, measure, targets[0], varied[-2].name, varied[-1].name)
    return nothing


def _figure(results: Results, measure: str, target: str, first: str, second: str) -> Figure:
    every = rows.of_measures(results, target, (measure,), "coefficient")
    by_population: dict[int, list[Row]] = {}
    for row in every:
        by_population.setdefault(row["population"], []).append(row)
    chosen = _populations(results, first, second)
    shown = {title: by_population[number] for title, number in chosen.items() if number in by_population}
    domain = rows.span([row for kept in shown.values() for row in kept])
    header = results.words[measure].header
    spec = panels.by_size(signs(results), header, domain, dotted=0.0 if measure == "bias" else None)
    made = [Panel(title, kept, spec, whole=True) for title, kept in shown.items()]
    others = [name for name in results.study.factors if name not in (first, second)]
    held = f" Other factors at their first levels ({', '.join(others).replace('_', ' ')})." if others else ""
    caption = (
        f"{header.capitalize()} of {SURVEYS.title(results, target)} for each pair of levels of "
        f"{first.replace('_', ' ')} and {second.replace('_', ' ')}, all plots on one scale.{held} "
        "Bars: 95% Monte Carlo intervals."
    )
    alt = f"{header} against the number of respondents, one plot for each pair of levels of two factors."
    return Figure("multiples", "The two factors with most levels", caption, alt, made)


def _populations(results: Results, first: str, second: str) -> dict[str, int]:
    """Title and number of the populations that differ from the baseline in two factors only, at most twelve."""
    places = {tuple(levels.items()): number for number, levels in enumerate(results.populations)}
    one, two = results.study.factors[first].levels, results.study.factors[second].levels
    rows_shown = max(_MOST // len(two), 1)
    found = {}
    for a, b in itertools.product(one[:rows_shown], two[:_MOST]):
        levels = {**results.populations[0], first: a, second: b}
        number = places.get(tuple(levels.items()))
        if number is not None:
            found[f"{first.replace('_', ' ')} = {a}, {second.replace('_', ' ')} = {b}"] = number
    return found
