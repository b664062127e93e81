"""The map of methods by n: bias, coverage and significance of every path as tiles, where a method decides on items."""

from reports.drawing import panels
from reports.drawing.figure import Figure, Panel
from reports.drawing.palette import signs
from reports.results import Results
from reports.study import rows
from reports.study.sentences import path_in_words

#: What is mapped, with the words of its plots.
_MAPPED = {"bias": "bias", "coverage": "coverage", "significant": "called significant"}


def figure(results: Results) -> Figure:
    """Three plots for each path; none where no method decides anything."""
    paths = results.paths if results.deciding else []
    made = [
        Panel(f"{path_in_words(results, path)}: {words}", found, panels.tiles(signs(results), words))
        for path in paths
        for measure, words in _MAPPED.items()
        if (found := rows.of_map(results, path, measure))
    ]
    caption = (
        "Each tile is a method at one n; the darker, the worse. Bias: mean estimate minus the truth. Coverage: how "
        f"often the interval holds the truth; {results.study.level:.0%} is right. Called significant: the power where "
        f"the path exists, the type I error where it is zero, which should be {results.study.alpha:.0%}. A power is "
        "grey where the same path, truly zero, is called significant so often (or so seldom) that the power says "
        f"little: outside {results.study.alpha / 2:.1%} to {1.5 * results.study.alpha:.1%} beyond chance (Bradley "
        "1978). Where no cell with a zero path was run, the size of the test is not known."
    )
    alt = "Tiles of bias, coverage and rates of significance for each method and number of respondents."
    return Figure("decision-map", "Bias, coverage and significance by rule and n", caption, alt, made)
