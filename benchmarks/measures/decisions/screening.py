"""Measures of a screening rule: how often it drops items, how many at once, and how it moves the estimates."""

import numpy as np

from benchmarks.measures.basis.formulas import Measured, mean, rate
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Drops, ItemsDropped, Shift


def _drop_rate(sample: ItemsDropped) -> Measured:
    """Of an item a rate; of a group the mean share of its items, whose error counts that they go together."""
    return rate(sample.dropped[:, 0]) if sample.single else mean(sample.dropped.mean(axis=1))


def _shift(sample: Shift) -> Measured | None:
    return mean(sample.difference) if sample.difference.size else None


DROP_RATE = Measure(
    "drop_rate", "dropped", "share", "share of the replications in which the rule drops the item",
    of=ItemsDropped, function=_drop_rate, rate=True,
)  # fmt: skip
ITEMS_DROPPED = Measure(
    "items_dropped", "items dropped", "count", "mean number of items that the rule drops",
    of=Drops, function=lambda sample: mean(sample.number.astype(np.float64)),
)  # fmt: skip
MANY_DROPPED = Measure(
    "many_dropped", "{many_dropped} or more dropped", "share",
    "share of the replications that lose {many_dropped} items or more",
    of=Drops, function=lambda sample: rate(sample.number >= sample.many), rate=True,
)  # fmt: skip
BLOCK_SHORT = Measure(
    "block_short", "too few items left", "share", "share in which the rule alone would leave a block with {too_few}",
    of=Drops, function=lambda sample: rate(sample.short), rate=True,
)  # fmt: skip
SCREENING_SHIFT = Measure(
    "screening_shift", "shift by the rule", "coefficient", "estimate with the rule minus without it, same data",
    of=Shift, function=_shift, signed=True,
)  # fmt: skip
