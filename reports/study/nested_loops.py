"""The nested-loop plot: one measure in every cell of a study with many of them (Ruecker & Schwarzer 2014).

The cells stand beside each other in the order of nested loops over the factors, the last one changing fastest. Each
method is a line of steps; below it, a line for each factor shows which level a cell has.
"""

import math
from dataclasses import dataclass

from benchmarks.measures.catalogue import BY_NAME
from reports.drawing import loops
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.numbers import counted, with_error
from reports.results import Estimate, Results
from reports.study.measure_figures import SURVEYS, targets_drawn
from reports.vocabulary import Unit

#: Fewer cells than these are better seen in the other figures; of more than the second, those of one n are shown.
FEWEST, MOST_AT_ONCE = 12, 240
#: Estimands that are drawn of each measure.
_MOST = 1
#: The measures that are drawn, and what a reader compares them with.
_DRAWN = ("bias", "significant", "coverage", "empirical_se", "mean", "rejection_rate")


#: A cell: its levels with n, the number of its population, n, its number.
InOrder = tuple[dict[str, str], int, int, int]


@dataclass(frozen=True)
class Loop:
    """One of the nested loops: the factor, or n, and its levels in order."""

    name: str
    levels: list[str]


def figure(results: Results) -> Figure:
    """One plot for each measure, of the first estimand that has it; none where there are few cells."""
    varied = loops_of(results)
    if len(results.study.cells) < FEWEST or len(varied) < 2:
        return Figure("nested-loops", "", "", "", [])
    one_size = len(results.study.cells) > MOST_AT_ONCE and varied[-1].name == "n"
    if one_size:
        varied = varied[:-1]
    order = in_order(results, varied)
    places = _places(order, varied)
    made = [
        panel
        for measure in _DRAWN
        for target in _targets(results, measure)
        if (panel := _panel(results, measure, target, varied, order, places, one_size))
    ]
    names = ", ".join(loop.name.replace("_", " ") for loop in varied)
    caption = (
        f"The first estimand in all {len(set(places))} cells{' of the chosen n' * one_size}, which stand beside each "
        f"other in nested loops over {names}: the last one changes fastest. The steps at the foot show the level "
        "of each. A dotted line is the value that would be right. Single numbers, "
        "with their Monte Carlo errors, are told where one points at a step."
    )
    alt = "Every method's value in all cells as steps, one plot for each measure; the factors' levels below."
    return Figure("nested-loops", "All cells at once", caption, alt, made)


def loops_of(results: Results) -> list[Loop]:
    """The factors that vary, those with fewest levels outermost, then n."""
    factors = [Loop(name, factor.levels) for name, factor in results.study.factors.items() if len(factor.levels) > 1]
    sizes = [Loop("n", [str(n) for n in results.sizes])] if len(results.sizes) > 1 else []
    return sorted(factors, key=lambda loop: len(loop.levels)) + sizes


def in_order(results: Results, varied: list[Loop]) -> list[InOrder]:
    """(levels with n, number of the population, n, cell) of every cell in the order of the loops."""
    found = []
    for number, n, cell in results.numbered_cells:
        levels = {**results.populations[number], "n": str(n)}
        found.append((levels, number, n, cell))
    return sorted(found, key=lambda each: [loop.levels.index(each[0][loop.name]) for loop in varied])


def _places(order: list[InOrder], varied: list[Loop]) -> list[int]:
    """The place of every cell on the axis: cells of the same levels of the loops stand in one."""
    keys = [tuple(levels[loop.name] for loop in varied) for levels, *_ in order]
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return [number[key] for key in keys]


def _targets(results: Results, measure: str) -> list[str]:
    drawn = BY_NAME["power" if measure == "significant" else measure].figure
    return [] if drawn is None else targets_drawn(results, drawn, SURVEYS)[0][:_MOST]


def _value(results: Results, measure: str, cell: int, method: str, target: str) -> Estimate | None:
    if measure == "significant":
        return results.rejections(cell, method, target)
    return results.estimate(cell, method, target, measure)


def _panel(
    results: Results,
    measure: str,
    target: str,
    varied: list[Loop],
    order: list[InOrder],
    places: list[int],
    one_size: bool,
) -> Panel | None:
    """The plot of one measure of one estimand; None where no cell has a number."""
    share = BY_NAME["power" if measure == "significant" else measure].unit == "share"
    unit: Unit = "share" if share else "coefficient"
    rows: list[Row] = []
    for place, (levels, number, n, cell) in zip(places, order, strict=True):
        for name, method in results.study.methods.items():
            found = _value(results, measure, cell, name, target)
            if found is not None and math.isfinite(found.value):
                rows.append({
                    "population": number, "n": n, "method": method.label, "place": place, "end": place + 1,
                    "value": round(found.value, 5), "told": with_error(found, unit, signed=not share),
                    "count": counted(found),
                    "cell": ", ".join(f"{loop.name} = {levels[loop.name]}" for loop in varied),
                })  # fmt: skip
    if not rows:
        return None
    first = [order[places.index(place)][0] for place in range(max(places) + 1)]
    steps = [[loop.levels.index(each[loop.name]) for each in first] for loop in varied]
    header = "called significant" if measure == "significant" else results.words[measure].header
    dotted = {"bias": 0.0, "coverage": results.study.level, "rejection_rate": results.study.alpha}.get(measure)
    spec = loops.nested(
        signs(results), header, [(loop.name.replace("_", " "), loop.levels) for loop in varied], steps,
        [row["value"] for row in rows], share=share, dotted=dotted,
    )  # fmt: skip
    return Panel(f"{header}: {SURVEYS.title(results, target)}", rows, spec, one_size, whole=True, wide=True)
