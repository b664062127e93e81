"""Items answered the other way round, turned by the ends of their scale; and the range that most answers lie in."""

from collections.abc import Mapping, Sequence

import numpy as np

from sim.batch import Floats
from sim.surveys.cells.table import listed
from sim.surveys.labels import LabelScale

#: Different answers up to which items count as answered in categories.
CATEGORIES = 12


def reversed_answers(
    values: Floats,
    items: Sequence[str],
    reverse: Sequence[str],
    ends: tuple[float, float] | None,
    blocks: Sequence[Sequence[str]],
    scales: Mapping[str, LabelScale],
) -> tuple[Floats, str]:
    """The answers (n, p) with the items `reverse` as lowest + highest - answer, and that in words.

    The ends are those given, of the item's labels, or of the usual answers to its block, or to all items.
    """
    turned = values.copy()
    told: dict[float, list[str]] = {}
    for item in dict.fromkeys(reverse):
        beside = next((block for block in blocks if item in block), items)
        if ends is not None:
            low, high = ends
        elif item in scales:
            low, high = min(scales[item].numbers.values()), max(scales[item].numbers.values())
        else:
            low, high = usual_range(values[:, [items.index(each) for each in beside]])
        turned[:, items.index(item)] = low + high - values[:, items.index(item)]
        told.setdefault(low + high, []).append(item)
    return turned, "; ".join(f"{listed(names)} reversed ({total:g} - answer)" for total, names in told.items())


def usual_range(values: Floats) -> tuple[float, float]:
    """The lowest and highest of the answers that lie together; answers far from all others are left out.

    Answers in categories lie together where no step between neighbours is more than half of what they span and more
    than three usual steps; others within three interquartile ranges of the quartiles. Where nearly all are whole
    numbers, fractions (means put in for missing answers) do not count.
    """
    given = values[~np.isnan(values)]
    whole = given == np.round(given)
    if 0.8 * given.size < np.count_nonzero(whole) < given.size:
        return usual_range(given[whole])
    found, counts = np.unique(given, return_counts=True)
    if not found.size:
        return 0.0, 0.0
    middle = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    if found.size > 3 * CATEGORIES:
        first, third = np.percentile(values[~np.isnan(values)], [25, 75])
        reach = 3 * (third - first)
        inside = found[(found >= first - reach) & (found <= third + reach)]
        return float(inside[0]), float(inside[-1])
    if CATEGORIES >= found.size > 4:
        found, middle = _without_apart(found, middle)
    low = high = middle
    step = 3 * float(np.quantile(np.diff(found), 0.4, method="lower")) if found.size > 1 else 0.0
    while True:
        span = max(step, 0.5 * (found[high] - found[low]))
        if low > 0 and found[low] - found[low - 1] <= span:
            low -= 1
        elif high + 1 < found.size and found[high + 1] - found[high] <= span:
            high += 1
        else:
            return float(found[low]), float(found[high])


def _without_apart(found: Floats, middle: int) -> tuple[Floats, int]:
    """Categories without one at an end that stands apart, where all others follow each other: 9 beside 1 to 7."""
    steps = np.diff(found)
    if np.ptp(steps[:-1]) == 0 and steps[-1] >= 2 * steps[0] and middle < found.size - 1:
        return found[:-1], middle
    if np.ptp(steps[1:]) == 0 and steps[0] >= 2 * steps[-1] and middle > 0:
        return found[1:], middle - 1
    return found, middle
