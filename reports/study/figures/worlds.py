"""The figure of what moves: items lost, bias and coverage in every population beside each other."""

import math

from benchmarks.measures.basis.itemgroups import STRONG
from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.words import listed
from reports.results import Results
from reports.study import rows
from reports.study.sentences import path_in_words

#: Populations that are drawn, and paths.
FEWEST, MOST, _PATHS = 3, 20, 2


def figure(results: Results) -> Figure:
    """A plot for each conclusion at the chosen n; none without decisions, with few populations or with many."""
    names = _names(results)
    if not results.deciding or not FEWEST <= len(names) <= MOST:
        return Figure("worlds", "", "", "", [])
    wanted = [(STRONG, "drop_rate", "good items dropped")]
    for path in results.paths[:_PATHS]:
        wanted += [(path, measure, f"{path_in_words(results, path)}: {measure}") for measure in ("bias", "coverage")]
    made = [
        Panel(title, found, panels.by_population(signs(results), names, measure != "bias"), one_size=True, whole=True)
        for target, measure, title in wanted
        if (found := _rows(results, names, target, measure))
    ]
    factors = listed([name.replace("_", " ") for name in _varied(results)])
    caption = (
        f"Every population of the study at the chosen n, by {factors}; the baseline stands first. A conclusion holds "
        "where its marks stand below each other; good items are those that the study counts as strong. Bars: 95% "
        "Monte Carlo intervals."
    )
    alt = "Items dropped, bias and coverage of each method, a row for each population."
    return Figure("worlds", "Which conclusions move from population to population", caption, alt, made)


def _names(results: Results) -> list[str]:
    """The populations by their levels of the factors that vary: a row has no room for the factors' names."""
    varied = _varied(results)
    return [", ".join(levels[name] for name in varied) for levels in results.populations]


def _varied(results: Results) -> list[str]:
    return [name for name, factor in results.study.factors.items() if len(factor.levels) > 1]


def _rows(results: Results, names: list[str], target: str, measure: str) -> list[Row]:
    """A row for each population, n and method with this number."""
    unit = "coefficient" if measure == "bias" else "share"
    found = []
    for population, n, cell in results.numbered_cells:
        for method in results.study.methods:
            estimate = results.estimate(cell, method, target, measure)
            if estimate is not None and math.isfinite(estimate.value):
                row = rows.row(results, population, n, method, estimate, unit)  # type: ignore[arg-type]
                found.append(row | {"comparison": names[population]})
    return found
