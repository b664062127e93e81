"""Marks at equal values set beside each other, none across a line that readers hold them against."""

from collections.abc import Sequence

#: Distance of neighbours, and the widest that one row of equal values may get, in the unit of the values.
_STEP, _WIDEST = 0.012, 0.08
#: Values nearer than this to each other count as equal.
_EQUAL = 0.004


def beside(values: Sequence[float], lines: Sequence[float] = ()) -> list[float]:
    """Where the marks of `values` stand: equal ones in a row about their value, in the order given.

    A row that would run over one of the `lines` is moved back to its own side of it; a value on a line counts as above.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    placed = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start + 1
        while (
            end < len(order)
            and values[order[end]] - values[order[start]] < _EQUAL
            and not any(values[order[start]] < line <= values[order[end]] for line in lines)
        ):
            end += 1
        row = sorted(order[start:end])
        for place, at in zip(row, _row([values[place] for place in row], lines), strict=True):
            placed[place] = at
        start = end
    return placed


def _row(values: Sequence[float], lines: Sequence[float]) -> list[float]:
    """Places of values that count as equal."""
    middle, size = sum(values) / len(values), len(values)
    step = min(_STEP, _WIDEST / max(size - 1, 1))
    first = middle - step * (size - 1) / 2
    for line in lines:
        if min(values) >= line and first < line + step / 2:
            first = line + min(step / 2, min(values) - line) if size == 1 else line + step / 2
        elif max(values) < line and first + step * (size - 1) > line - step / 2:
            first = line - step / 2 - step * (size - 1) if size > 1 else first
    return [first + step * k for k in range(size)]
