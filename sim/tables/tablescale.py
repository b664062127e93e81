"""Answers that a table's item means and SDs ask for: whole numbers cut from a normal, per item."""

from functools import lru_cache
from math import sqrt

import numpy as np
from scipy.special import ndtri

from sim.answers.scales import shares_of, thresholds_of_moments
from sim.errors import InputError
from sim.tables.bounds.granularity import deviations_between
from sim.tables.onefactor import BlockTask, answer_loadings
from sim.tables.reading.table import Reported, Table

#: The least share of a category: a threshold stays finite.
_RARE = 1e-6


def default_deviation(points: int, mean: float) -> float:
    """The SD of answers 1 to points where none is printed: a quarter of the way from the lowest to the highest.

    Where the mean does not allow it, the middle of what it allows.
    """
    possible = deviations_between(mean, 1, points, None)
    usual = (points - 1) / 4
    if 1.05 * possible.lower < usual < 0.95 * possible.upper:
        return usual
    return (possible.lower + possible.upper) / 2


@lru_cache(maxsize=1024)
def thresholds_of(mean: float, deviation: float, points: int) -> tuple[float, ...]:
    """Thresholds of an item with this mean (1 to points) and SD, no category rarer than 1e-6.

    Raises InputError where no cut normal has them.
    """
    if points == 2 and 1 < mean < 2:  # the mean tells all
        return (float(ndtri(2 - mean)),)
    shares = np.maximum(shares_of(thresholds_of_moments(mean, deviation, points)), _RARE)
    return tuple(float(cut) for cut in ndtri(np.cumsum(shares / shares.sum())[:-1]))


def thresholds(table: Table, mean_answer: float | None) -> tuple[tuple[float, ...], ...]:
    """Thresholds of every item (p); none where no scale is given. mean_answer: that of items without a printed mean."""
    if table.points is None:
        return ()
    middle = (table.lowest_answer + table.highest_answer) / 2 if mean_answer is None else mean_answer
    found: list[tuple[float, ...]] = []
    for block in table.reported.values():
        found += [_of_item(table, block, item, middle) for item in block.items]
    return tuple(found)


def _of_item(table: Table, block: Reported, item: str, middle: float) -> tuple[float, ...]:
    """Thresholds of an item by its own mean and SD, else its construct's score, else `middle` and the default SD."""
    assert table.points is not None
    own_mean, own_sd = block.item_means.get(item, block.mean), block.item_sds.get(item)
    mean = middle if own_mean is None else own_mean.value
    mean += 1 - table.lowest_answer
    deviation = default_deviation(table.points, mean) if own_sd is None else own_sd.value
    if own_sd is None and block.sd is not None and item not in block.item_means:
        deviation = block.sd.value * _swell(table, block)
    try:
        return thresholds_of(mean, deviation, table.points)
    except InputError as error:
        raise InputError(f"{item}: {error}") from None


def _swell(table: Table, block: Reported) -> float:
    """The SD of an item over that of the average of its block: k / sqrt(T), T the sum of the items' correlations."""
    task = BlockTask.of(block, table.method, table.rule)
    if task.is_open:
        return 1.0
    loadings = np.array(answer_loadings(task, 0.0))
    total = loadings.sum() ** 2 + block.k - loadings @ loadings
    return float(block.k / sqrt(total))
