"""Figures of raw estimates, before any summary: quantile dots, zip plots and pairs of methods; and lollipops."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.drawing import raw
from reports.drawing.figure import Figure, Panel, Row
from reports.drawing.palette import signs
from reports.printing.numbers import number
from reports.results import Results
from reports.study import rows
from reports.study.sentences import target_in_words
from sim.targets import MODEL_KINDS

#: Plots of a figure.
_MOST = 6
#: Measures drawn as lollipops with the value that would be right.
_LOLLIES = (("bias", 0.0), ("empirical_se", 0.0), ("coverage", math.nan))


def _targets(results: Results) -> list[str]:
    """Paths, or where there are none the other estimands."""
    wanted = results.paths or [t for t in results.study.estimands if rows.kind(t) not in MODEL_KINDS]
    return wanted[:_MOST]


def _told(results: Results, *why: str) -> dict[tuple[int, str, str], list[dict[Any, Any]]]:
    """Replications that show something, by cell, method and target."""
    found: dict[tuple[int, str, str], list[dict[Any, Any]]] = {}
    if results.told is not None:
        for row in results.told[results.told["why"].isin(why)].to_dict("records"):
            found.setdefault((row["cell"], row["method"], row["target"]), []).append(row)
    return found


def _one(results: Results, population: int, n: int, cell: int, method: str, row: Mapping[Any, Any]) -> Row:
    """One replication as a row: where it is, its estimate, and how to draw it again."""
    interval = f" ({number(row['lower'], 2)} to {number(row['upper'], 2)})" if row["lower"] == row["lower"] else ""
    return {
        "population": population, "n": n, "method": results.study.methods[method].label, "cell": cell,
        "value": round(float(row["value"]), 5), "told": number(row["value"]) + interval,
        "replication": int(row["replication"]),
    }  # fmt: skip


def dots(results: Results) -> Figure:
    """Quantile dots of every method's usable estimates of each path, the worst one, and how many failed."""
    found, made = _told(results, "dot", "worst"), []
    for target in _targets(results):
        plotted: list[Row] = []
        for population, n, cell in results.numbered_cells:
            for method in results.study.methods:
                plotted += _of_method(
                    results, found.get((cell, method, target), []), population, n, cell, method, target
                )
        estimates = [row["value"] for row in plotted if row["what"] == "dot"]
        if estimates:
            ends = [*estimates, *(row["truth"] for row in plotted if row["truth"] is not None)]
            room = 0.04 * (max(ends) - min(ends)) or 0.01
            domain = (min(ends) - room, max(ends) + room)
            tallest = _stack(plotted, (domain[1] - domain[0]) / 42)
            spec = raw.dots(signs(results), "estimate", domain, tallest)
            made.append(Panel(target_in_words(results, target), plotted, spec, one_size=True))
    caption = (
        "Each filled dot stands for a twentieth of the usable estimates at the chosen n: the replication in the middle "
        "of that twentieth. The open dot is the estimate farthest from the truth, at the edge where it lies beyond. "
        "The line is the true value. Red: replications without a usable result."
    )
    alt = "Twenty quantile dots of the estimates of each method about the true value, one plot for each path."
    return Figure("raw", "The estimates themselves", caption, alt, made)


def _of_method(
    results: Results, found: list[dict[Any, Any]], population: int, n: int, cell: int, method: str, target: str
) -> list[Row]:
    truth = results.truth(cell, target)
    known = round(truth, 6) if math.isfinite(truth) else None
    made = [
        {**_one(results, population, n, cell, method, row), "what": row["why"], "truth": known, "stack": 0}
        for row in found
    ]
    usable = results.estimate(cell, method, "", "usable_rate")
    if made and usable is not None and usable.value < 1:
        lost = round((1 - usable.value) * usable.n_total)
        made.append({
            **made[0], "what": "failed", "told": f"{lost:,} of {usable.n_total:,}\nnot usable", "stack": 0,
        })  # fmt: skip
    return made


def _stack(plotted: list[Row], width: float) -> int:
    """Give every dot its height above its row: those in one bin stand on each other. Gives the tallest."""
    heights: dict[tuple[Any, ...], int] = {}
    for row in plotted:
        if row["what"] == "dot":
            key = (row["population"], row["n"], row["method"], math.floor(row["value"] / width))
            row["stack"] = heights.get(key, 0)
            heights[key] = row["stack"] + 1
    return max(heights.values(), default=1)


def zips(results: Results) -> Figure:
    """The intervals of the first hundred replications of the first path, one plot for each method."""
    found, made = _told(results, "interval"), []
    for target in _targets(results)[:1]:
        by_method: dict[str, list[Row]] = {}
        for n, cell in results.baseline_cells:
            for method in results.study.methods:
                own = _zip(results, found.get((cell, method, target), []), n, cell, method, target)
                by_method.setdefault(method, []).extend(own)
        every = [row for kept in by_method.values() for row in kept]
        if every:
            low, high = np.quantile([r["lower"] for r in every], 0.01), np.quantile([r["upper"] for r in every], 0.99)
            spec = raw.zipped((float(low), float(high)))
            words = target_in_words(results, target)
            made = [
                Panel(f"{results.study.methods[name].label}: {words}", kept, spec, one_size=True, whole=True)
                for name, kept in by_method.items()
                if kept
            ][:_MOST]
    caption = (
        "The intervals of the first hundred replications of the first population at the chosen n, those whose estimate "
        "lies farthest from the truth (in its standard errors) on top. Red intervals miss the true value (line): of "
        "95% intervals the top five in a hundred should."
    )
    alt = "Confidence intervals as a zip, ordered by the distance of the estimate from the truth, one plot a method."
    return Figure("zip", "The intervals themselves", caption, alt, made)


def _zip(results: Results, found: list[dict[Any, Any]], n: int, cell: int, method: str, target: str) -> list[Row]:
    truth = results.truth(cell, target)
    given = [row for row in found if row["lower"] == row["lower"] and row["se"] > 0 and math.isfinite(truth)]
    given.sort(key=lambda row: abs(row["value"] - truth) / row["se"])
    return [
        {
            **_one(results, 0, n, cell, method, row),
            "lower": round(float(row["lower"]), 5), "upper": round(float(row["upper"]), 5), "truth": round(truth, 6),
            "centile": round(100 * (place + 0.5) / len(given), 2),
            "covers": "holds the truth" if row["lower"] <= truth <= row["upper"] else "misses it",
        }
        for place, row in enumerate(given)
    ]  # fmt: skip


def pairs(results: Results) -> Figure:
    """Pairs of methods on the same data sets: each with its screened version, the first with the others."""
    found, made = _told(results, "interval"), []
    names, looks = list(results.study.methods), signs(results)
    chosen = [(m.unscreened, name) for name, m in results.study.methods.items() if m.unscreened]
    chosen += [
        (names[0], name) for name in names[1:] if (names[0], name) not in chosen and (name, names[0]) not in chosen
    ]
    for target in _targets(results)[:1]:
        for first, second in chosen[:_MOST]:
            assert first is not None
            plotted: list[Row] = []
            for n, cell in results.baseline_cells:
                other = {row["replication"]: row for row in found.get((cell, first, target), [])}
                for row in found.get((cell, second, target), []):
                    if before := other.get(row["replication"]):
                        apart, middle = row["value"] - before["value"], (row["value"] + before["value"]) / 2
                        told = f"{number(row['value'])} and {number(before['value'])}"
                        plotted.append({
                            **_one(results, 0, n, cell, second, row), "apart": round(apart, 5),
                            "middle": round(middle, 5), "told": told,
                        })  # fmt: skip
            if len(plotted) > 2:
                made.append(_pair(results, first, second, plotted, looks[second].colour))
    caption = (
        "The first hundred replications of the first population at the chosen n: the difference of two methods on the "
        "same data set against their mean (Bland & Altman 1986). Dashed: the mean difference and 1.96 standard "
        "deviations to either side, over the sizes drawn; full line: no difference."
    )
    alt = "Differences of two methods on the same data sets against their mean, one plot for each pair of methods."
    return Figure("pairs", "Method against method, on the same data", caption, alt, made)


def _pair(results: Results, first: str, second: str, plotted: list[Row], colour: str) -> Panel:
    apart = np.array([row["apart"] for row in plotted])
    mean, spread = float(apart.mean()), float(apart.std(ddof=1))
    low, high = mean - 1.96 * spread, mean + 1.96 * spread
    reach = (min(float(apart.min()), low, 0.0), max(float(apart.max()), high, 0.0))
    room = 0.05 * (reach[1] - reach[0]) or 0.01
    labels = [results.study.methods[name].label for name in (second, first)]
    spec = raw.pairs(mean, low, high, (reach[0] - room, reach[1] + room), colour)
    return Panel(f"{labels[0]} minus {labels[1]}", plotted, spec, one_size=True, whole=True)


def lollipops(results: Results) -> Figure:
    """Bias, spread and coverage of the first path as lollipops: every method at a glance, at the chosen n."""
    made = []
    for target in _targets(results)[:1]:
        for measure, right in _LOLLIES:
            share = results.words[measure].unit == "share"
            found = rows.of_measures(results, target, (measure,), "share" if share else "coefficient")
            if found:
                start = results.study.level if math.isnan(right) else right
                low, high = rows.span([*found, {"low": start, "high": start}])
                domain = (max(low, 0.0), min(high, 1.0)) if share else (low, high)
                spec = raw.lollipops(signs(results), results.words[measure].header, domain, start, share)
                title = f"{results.words[measure].header}: {target_in_words(results, target)}"
                made.append(Panel(title, found, spec, one_size=True))
    caption = (
        "Each stick runs from the value that would be right to the method's own at the chosen n; the broad line is its "
        "95% Monte Carlo interval. The first estimand; the others are in the figures below."
    )
    alt = "Bias, empirical SE and coverage of each method as lollipops, one plot for each measure."
    return Figure("lollipops", "Every method at a glance", caption, alt, made)
