"""The curve of being dropped over a grid of true loadings, of studies that vary them: no threshold decides it."""

from collections import defaultdict

import numpy as np

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.words import levels_in_words
from reports.results import Results
from reports.study import rows

#: A grid has at least so many true loadings, and a figure at most so many plots.
FEWEST, MOST = 8, 12
_MEANS = ("value", "low", "high")


def figure(results: Results) -> Figure:
    """One plot for each n and each combination of factors that leave the loadings alone; none without a grid."""
    found = rows.of_drops(results)
    grid = {row["truth"] for row in found}
    groups: dict[tuple[int, str], list[Row]] = defaultdict(list)
    if len(grid) >= FEWEST:
        beside = _beside(results, found)
        for row in found:
            levels = {name: results.populations[row["population"]][name] for name in beside}
            groups[row["n"], levels_in_words(levels)].append(row)
    shown = {name: sign for name, sign in signs(results).items() if name in results.deciding}
    limits = sorted({rule.threshold for rule in results.study.rules if rule.threshold is not None})
    made = [
        Panel(_title(n, words), _means(own), panels.against_loading(shown, limits), whole=True)
        for (n, words), own in sorted(groups.items())[:MOST]
    ]
    caption = (
        "The probability that an item of this true loading is dropped, over all populations of the study at once. "
        "Where several items have one loading, the mark is their mean, and its bar that of a single item, which is "
        "longer than it need be. The dotted step is a rule that could see the true loadings."
    )
    alt = "Share of items dropped against their true loading, one plot for each number of respondents."
    return Figure("drop-curve", "The probability of being dropped, over true loadings", caption, alt, made)


def _title(n: int, words: str) -> str:
    return f"n = {n}, {words}" if words else f"n = {n}"


def _beside(results: Results, found: list[Row]) -> list[str]:
    """The factors whose levels have the same true loadings."""
    loadings: dict[int, set[float]] = defaultdict(set)
    for row in found:
        loadings[row["population"]].add(row["truth"])
    kept = []
    for name, factor in results.study.factors.items():
        of_level: dict[str, set[float]] = defaultdict(set)
        for population, levels in enumerate(results.populations):
            of_level[levels[name]] |= loadings[population]
        if len(factor.levels) > 1 and len({frozenset(each) for each in of_level.values()}) == 1:
            kept.append(name)
    return kept


def _means(found: list[Row]) -> list[Row]:
    """One row for each method and true loading, with the means over items and populations."""
    groups: dict[tuple[str, float], list[Row]] = defaultdict(list)
    for row in found:
        groups[row["method"], row["truth"]].append(row)
    made = []
    for own in groups.values():
        means = {name: round(float(np.mean([row[name] for row in own])), 6) for name in _MEANS}
        told = own[0] if len(own) == 1 else {**own[0], "item": f"{len(own)} items", "told": f"{means['value']:.1%}"}
        made.append({**told, **means, "at": own[0]["at"]})
    return made
