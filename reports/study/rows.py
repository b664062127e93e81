"""What the figures plot: plain rows over every population and size, each with its number in words for the tooltip."""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.measures.basis.samples import ALL, USABLE
from reports.drawing.beside import beside
from reports.drawing.figure import Row
from reports.drawing.palette import tile
from reports.printing.numbers import counted, number, with_error
from reports.results import Estimate, Results
from reports.study.size import size_is_off
from reports.vocabulary import Unit
from sim.targets import read_target

#: The steps of the ladder, from the truth to the mean estimate.
STEPS = ("step_method", "step_scale", "step_rule", "step_chance")


def kind(name: str) -> str:
    """`path`, `loading`, `r2` ... as the target's name says; empty where it names none."""
    target = read_target(name)
    return target.kind if target else ""


def of_measures(results: Results, target: str, measures: tuple[str, ...], unit: Unit) -> list[Row]:
    """The first of `measures` that is stored, for every cell and method."""
    rows = []
    for population, n, cell in results.numbered_cells:
        for method in results.study.methods:
            found = (results.estimate(cell, method, target, measure) for measure in measures)
            estimate = next((e for e in found if e is not None and math.isfinite(e.value)), None)
            if estimate is not None:
                rows.append(row(results, population, n, method, estimate, unit))
    return rows


def of_drops(results: Results, lines: Sequence[float] = ()) -> list[Row]:
    """Drop rate of every item under every method that screens; no mark is set across one of the `lines`."""
    stored = results.measures
    targets = dict.fromkeys(stored.loc[stored["measure"] == "drop_rate", "target"])
    items = [name for name in targets if kind(name) == "loading"]
    rows = []
    for population, n, cell in results.numbered_cells:
        found = []
        for item in items:
            for method in results.deciding:
                estimate = results.estimate(cell, method, item, "drop_rate")
                if estimate is not None and math.isfinite(estimate.value + estimate.truth):
                    found.append({**row(results, population, n, method, estimate, "share"), "item": item})
        places = beside([each["truth"] for each in found], lines)
        rows += [{**each, "at": round(place, 6)} for each, place in zip(found, places, strict=True)]
    return rows


def of_steps(results: Results, path: str) -> list[Row]:
    """The ladder of the bias: where each of its four steps ends, and how long it is.

    low, high: ends of the mean's Monte Carlo interval.
    """
    rows = []
    for population, n, cell in results.numbered_cells:
        for method in results.study.methods:
            bias = results.estimate(cell, method, path, "bias")
            steps = [results.estimate(cell, method, path, measure) for measure in STEPS]
            known = [step.value for step in steps if step is not None and math.isfinite(step.value)]
            if bias is None or not math.isfinite(bias.truth) or len(known) < len(STEPS):
                continue
            ends = dict(zip(("before", "after", "kept", "mean"), bias.truth + np.cumsum(known), strict=True))
            lengths = dict(zip(("by_method", "by_cut", "by_rule", "by_chance"), known, strict=True))
            made = row(results, population, n, method, bias, "coefficient")
            ends |= {key: bias.truth + made[key] for key in ("low", "high")}
            rows.append(made | {key: round(float(value), 6) for key, value in {**ends, **lengths}.items()})
    return rows


def of_map(results: Results, path: str, measure: str) -> list[Row]:
    """One measure of a path for every method and n: its number in words, and its colours by how bad it is, 0 to 1.

    Bad is the size of a bias against the largest one, and a rate's distance from the one that it should have; of a
    power what it lacks. A power misleads where the type I error beside it is off.
    """
    rows, level, alpha = [], results.study.level, results.study.alpha
    for population, n, cell in results.numbered_cells:
        zero = results.truth(cell, path) == 0
        for method in results.study.methods:
            rates = measure == "significant"
            found = results.rejections(cell, method, path) if rates else results.estimate(cell, method, path, measure)
            if found is None or not math.isfinite(found.value):
                continue
            unit: Unit = "coefficient" if measure == "bias" else "share"
            away = {"bias": abs(found.value), "coverage": min(1.0, 4 * abs(found.value - level))}
            bad = away.get(measure, min(1.0, 4 * abs(found.value - alpha)) if zero else 1 - found.value)
            size = None if zero or not rates else results.size(cell, method, path)
            text = number(found.value, 3, True) if measure == "bias" else f"{100 * found.value:.0f}%"
            told = {"bad": bad, "text": text, "off": size_is_off(size, alpha), "size": with_error(size, "share")}
            rows.append(row(results, population, n, method, found, unit) | told)
    if measure == "bias":
        largest = max((each["bad"] for each in rows), default=0.0) or 1.0
        rows = [each | {"bad": each["bad"] / largest} for each in rows]
    return [each | dict(zip(("fill", "ink"), tile(each["bad"], each["off"]), strict=True)) for each in rows]


def of_denominators(results: Results, path: str) -> list[Row]:
    """How often the path is called significant, over the usable replications and over all of them."""
    rows = []
    for population, n, cell in results.numbered_cells:
        measure = "type_1_error" if results.truth(cell, path) == 0 else "power"
        for method in results.study.methods:
            usable = results.over(cell, method, path, measure, USABLE)
            every = results.over(cell, method, path, measure, ALL)
            if usable is None or every is None or not math.isfinite(usable.value + every.value):
                continue
            over_all = {
                "all": round(every.value, 6),
                "all_told": with_error(every, "share"),
                "all_count": counted(every),
            }
            rows.append(row(results, population, n, method, usable, "share") | over_all)
    return rows


def row(results: Results, population: int, n: int, method: str, estimate: Estimate, unit: Unit) -> Row:
    """One number: its value, its 95% Monte Carlo interval, and value and count in words."""
    low, high = _ends(estimate, unit)
    return {
        "population": population,
        "n": n,
        "method": results.study.methods[method].label,
        "value": round(estimate.value, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "truth": round(estimate.truth, 6) if math.isfinite(estimate.truth) else None,
        "told": with_error(estimate, unit, signed=unit == "coefficient"),
        "count": counted(estimate),
        **_worst(results, estimate),
    }


def _worst(results: Results, estimate: Estimate) -> Row:
    """The cell, and the replication whose estimate lies farthest from the truth, where they are known."""
    if not estimate.of:
        return {}
    found = results.worst.get(estimate.of)
    return {"cell": estimate.of[0], **({} if found is None else {"replication": found})}


def _ends(estimate: Estimate, unit: Unit) -> tuple[float, float]:
    """The 95% Monte Carlo interval: of a rate of 0 or 1 that of Wilson, since its standard error is 0."""
    if estimate.certain:
        return estimate.lower, estimate.upper
    half = 1.96 * (estimate.mcse if math.isfinite(estimate.mcse) else 0.0)
    low, high = estimate.value - half, estimate.value + half
    return (max(low, 0.0), min(high, 1.0)) if unit == "share" else (low, high)


def span(rows: Sequence[Row]) -> tuple[float, float]:
    """Lowest and highest end of the Monte Carlo bars, with a little room."""
    low = min((each["low"] for each in rows), default=0.0)
    high = max((each["high"] for each in rows), default=1.0)
    room = 0.04 * (high - low) or 0.01
    return low - room, high + room
