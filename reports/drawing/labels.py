"""Names of methods written beside their marks: where each stands so that none lies on another."""

from collections.abc import Sequence

from reports.drawing.figure import Row

#: Methods beyond which the legend alone names them; distance of neighbours as a share of the axis.
MOST, _GAP = 8, 0.062


def labelled(rows: Sequence[Row], domain: tuple[float, float]) -> list[Row]:
    """The rows, of each method that with the largest n in each population with `label_at`: the height of its name.

    No row gets one where there are many methods, or one alone.
    """
    methods = {row["method"] for row in rows}
    if not 1 < len(methods) <= MOST:
        return list(rows)
    largest: dict[int, int] = {}
    for row in rows:
        largest[row["population"]] = max(row["n"], largest.get(row["population"], 0))
    heights: dict[int, dict[str, float]] = {}
    for population, n in largest.items():
        last = [row for row in rows if row["population"] == population and row["n"] == n]
        last.sort(key=lambda row: row["value"])
        places = spread([row["value"] for row in last], domain, _GAP)
        heights[population] = {row["method"]: at for row, at in zip(last, places, strict=True)}
    return [
        {**row, "label_at": round(heights[row["population"]][row["method"]], 6)}
        if row["n"] == largest[row["population"]]
        else row
        for row in rows
    ]


def spread(values: Sequence[float], domain: tuple[float, float], gap: float) -> list[float]:
    """Places near ascending `values`, at least `gap` of the domain apart and inside it as far as there is room."""
    low, high = domain
    step = min(gap * (high - low), (high - low) / max(len(values) - 1, 1))
    placed: list[float] = []
    for value in values:
        placed.append(max(value, placed[-1] + step if placed else low))
    top = high
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], top)
        top = placed[place] - step
    return placed
