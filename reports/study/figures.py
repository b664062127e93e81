"""The figures of a report. A new figure is one function, named in `figures` below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reports.printing import panels
from reports.printing.palette import Sign, signs
from reports.results import Results
from reports.study import rows
from reports.study.rows import Row
from reports.study.sentences import levels_in_words, path_in_words, rule
from sim.targets import read_target


@dataclass(frozen=True)
class Panel:
    """One plot of a figure: title, rows over all populations and sizes, and the Vega-Lite specification over them.

    With `one_size`, the plot shows one number of respondents at a time.
    """

    title: str
    rows: list[Row]
    spec: dict[str, Any]
    one_size: bool = False


@dataclass(frozen=True)
class Figure:
    """Plots that belong together, with what they say in words."""

    name: str
    title: str
    caption: str
    alt: str
    panels: list[Panel]

    @property
    def by_size(self) -> bool:
        """Whether the reader chooses a number of respondents."""
        return any(panel.one_size for panel in self.panels)


def figures(results: Results) -> list[Figure]:
    """Every figure that this study has numbers for, in the order of the page."""
    built: list[Callable[[Results], Figure]] = [drop_rates, bias, significance, coverage, decomposition, denominators]
    return [figure for build in built if (figure := build(results)).panels]


def described(results: Results, figure: Figure) -> str:
    """The text that stands for the figure where it cannot be seen."""
    population = f" Shown first: {levels_in_words(results.populations[0])}." if results.study.factors else ""
    return f"{figure.alt}{population} The numbers are in the tables below and in tables/measures.csv."


def legend(results: Results) -> list[Sign]:
    """The signs of the methods, in the study's order."""
    return list(signs(results).values())


def drop_rates(results: Results) -> Figure:
    """Drop rate of each item against its true loading; one panel for each size."""
    found = rows.of_drops(results)
    limit = results.study.loading_rule
    shown = {name: sign for name, sign in signs(results).items() if name in results.screened}
    made = [
        Panel(f"n = {n}", at_n, panels.against_loading(shown, limit))
        for n in results.sizes
        if (at_n := [row for row in found if row["n"] == n])
    ]
    caption = (
        "Each mark is an item; marks of different methods are set a little apart. Bars: 95% Monte Carlo intervals."
    )
    if limit is not None:
        caption += (
            f" A rule that could see the true loadings would follow the dotted step at {limit:.2f}: "
            "drop everything to its left and nothing to its right."
        )
    title = f"How often the {rule(results)} drops an item, by its true loading"
    alt = "Share of replications that drop each item against its true loading, one plot for each number of respondents."
    return Figure("drop-rates", title, caption, alt, made)


def bias(results: Results) -> Figure:
    """Bias of the paths and explained variances, by method and n."""
    targets = [name for name in results.study.estimands if rows.kind(name) in ("path", "indirect", "r2")]
    found = {target: rows.of_measures(results, target, ("bias",), "coefficient") for target in targets}
    domain = rows.span([row for each in found.values() for row in each])
    made = [
        Panel(_title(results, target), each, panels.by_size(signs(results), "bias", domain, dotted=0.0))
        for target, each in found.items()
        if each
    ]
    caption = (
        "Mean estimate minus the truth, on the standardised scale; the dotted line is no bias. "
        "Bars: 95% Monte Carlo intervals, often shorter than the mark."
    )
    alt = "Bias of each method against the number of respondents, one plot for each estimand."
    return Figure("bias", "Bias", caption, alt, made)


def significance(results: Results) -> Figure:
    """Power where the path exists, type I error where it is zero."""
    made = []
    for path in results.paths:
        if found := rows.of_measures(results, path, ("power", "type_1_error"), "share"):
            spec = panels.by_size(
                signs(results), "called significant", (0.0, 1.0), share=True, alpha=results.study.alpha
            )
            made.append(Panel(_title(results, path), found, spec))
    caption = (
        f"Share of replications in which p < {results.study.alpha:g}: the power where the path exists; where its true "
        "value is zero, the type I error, which should lie on the dotted line. Bars: 95% Monte Carlo intervals."
    )
    alt = "Share of significant results of each method against the number of respondents, one plot for each path."
    return Figure("significance", "Power and type I error", caption, alt, made)


def coverage(results: Results) -> Figure:
    """Coverage of the intervals with the nominal line."""
    level = results.study.level
    found = {path: rows.of_measures(results, path, ("coverage",), "share") for path in results.paths}
    lowest, _ = rows.span([row for each in found.values() for row in each] + [{"low": level, "high": 1.0}])
    domain = (max(lowest, 0.0), 1.0)
    made = [
        Panel(_title(results, path), each, panels.by_size(signs(results), "coverage", domain, share=True, dotted=level))
        for path, each in found.items()
        if each
    ]
    caption = (
        f"Share of replications whose interval contains the truth; the dotted line is the {level:.0%} that the "
        "interval promises. Bars: 95% Monte Carlo intervals."
    )
    alt = "Coverage of each method against the number of respondents, one plot for each path."
    return Figure("coverage", "Coverage of the intervals", caption, alt, made)


def decomposition(results: Results) -> Figure:
    """Where the bias comes from: the method, the cut into categories, the small sample."""
    made = [
        Panel(_title(results, path), found, panels.steps(signs(results)), one_size=True)
        for path in results.paths
        if (found := rows.of_limits(results, path))
    ]
    caption = (
        "From the truth (vertical line) to the mean estimate in three steps. Open circle: what the method gives for "
        "the whole population with continuous answers; its distance from the truth is the method's own bias. Short "
        "bar: the same after the cut into categories; from circle to bar is the bias of the answer scale. Filled "
        "mark: the mean estimate at the chosen n; from bar to mark is the bias of the small sample."
    )
    if results.screened:
        caption += " Methods that screen do so at every step."
    alt = "For each method the truth, the two limits without sampling and the mean estimate, one plot for each path."
    return Figure("decomposition", "Where the bias comes from", caption, alt, made)


def denominators(results: Results) -> Figure:
    """Rates over usable replications beside rates over all of them; no figure where every replication is usable."""
    usable = rows.of_measures(results, "", ("usable_rate",), "share")
    if all(row["value"] == 1 for row in usable):
        return Figure("denominators", "", "", "", [])
    lowest, _ = rows.span([*usable, {"low": 0.95, "high": 1.0}])
    rates = panels.by_size(signs(results), "usable", (max(lowest, 0.0), 1.0), share=True)
    made = [Panel("Usable replications", usable, rates)]
    made += [
        Panel(_title(results, path), found, panels.two_denominators(signs(results)), one_size=True)
        for path in results.paths
        if (found := rows.of_denominators(results, path))
    ]
    caption = (
        "First the share of replications that give a usable result. Then, for each path, how often it is called "
        "significant at the chosen n: the small filled mark over the usable replications, the open mark over all of "
        "them, where a failure does not count as a finding."
    )
    alt = "Share of usable replications by method and n, and rates of significance over both denominators."
    return Figure("denominators", "All replications against usable ones", caption, alt, made)


def _title(results: Results, target: str) -> str:
    words = path_in_words(results, target)
    spelled = read_target(target)
    if spelled and spelled.kind == "r2":
        words = f"explained variance of {results.study.constructs.get(spelled.parts[0], spelled.parts[0])}"
    return words if words == target else f"{words} ({target})"
