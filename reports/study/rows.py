"""What the figures plot: plain rows over every population and size, each with its number in words for the tooltip."""

import math
from collections.abc import Sequence

from benchmarks.measures.basis.samples import ALL, USABLE
from reports.drawing.beside import beside
from reports.drawing.figure import Row
from reports.printing.numbers import counted, with_error
from reports.results import Estimate, Results
from reports.vocabulary import Unit
from sim.targets import read_target


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
                rows.append(_row(results, population, n, method, estimate, unit))
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
            for method in results.screened:
                estimate = results.estimate(cell, method, item, "drop_rate")
                if estimate is not None and math.isfinite(estimate.value + estimate.truth):
                    found.append({**_row(results, population, n, method, estimate, "share"), "item": item})
        places = beside([row["truth"] for row in found], lines)
        rows += [{**row, "at": round(place, 6)} for row, place in zip(found, places, strict=True)]
    return rows


def of_limits(results: Results, path: str) -> list[Row]:
    """Limit before the cut, limit after it and mean estimate, with the steps between them.

    low, high: ends of the mean's Monte Carlo interval.
    """
    rows = []
    for population, n, cell in results.numbered_cells:
        for method in results.study.methods:
            before, after, bias = (
                results.estimate(cell, method, path, measure)
                for measure in ("limit_before_cut", "limit_after_cut", "bias")
            )
            if before is None or after is None or bias is None:
                continue
            row = _row(results, population, n, method, bias, "coefficient")
            if steps := _steps(bias.truth, before.value, after.value, bias.truth + bias.value):
                ends = {key: round(bias.truth + row[key], 6) for key in ("low", "high")}
                rows.append(row | steps | ends)
    return rows


def _steps(truth: float, before: float, after: float, mean: float) -> Row:
    """The three distances from the truth to the mean estimate; empty where one of the values is not finite."""
    if not all(map(math.isfinite, (truth, before, after, mean))):
        return {}
    steps = {"by_method": before - truth, "by_cut": after - before, "by_sample": mean - after}
    return {key: round(value, 6) for key, value in {"before": before, "after": after, "mean": mean, **steps}.items()}


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
            rows.append(_row(results, population, n, method, usable, "share") | over_all)
    return rows


def _row(results: Results, population: int, n: int, method: str, estimate: Estimate, unit: Unit) -> Row:
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
    low = min((row["low"] for row in rows), default=0.0)
    high = max((row["high"] for row in rows), default=1.0)
    room = 0.04 * (high - low) or 0.01
    return low - room, high + room
