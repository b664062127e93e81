"""Measures of selected items: how many go, which sets, how stable they are, and what their scores are worth."""

import numpy as np

from benchmarks.measures.basis.formulas import Measured, mean, rate
from benchmarks.measures.basis.measure import Measure
from benchmarks.measures.basis.samples import Drops, ItemsDropped, Shift
from benchmarks.measures.basis.selections import DropCount, DroppedSet, NamedSet, RetainedItems, Score
from benchmarks.measures.decisions import stability


def _any_of_group(sample: ItemsDropped) -> Measured | None:
    return None if sample.single else rate(np.any(sample.dropped, axis=1))


def _lost(sample: ItemsDropped) -> Measured | None:
    return None if sample.single else mean(sample.dropped.sum(axis=1).astype(np.float64))


def _size(sample: ItemsDropped) -> Measured | None:
    return None if sample.single else Measured(float(sample.dropped.shape[1]), 0.0, len(sample.dropped))


def _exactly(sample: NamedSet) -> Measured:
    return rate(sample.dropped.all(axis=1) & (sample.others == 0))


def _validity(sample: Score) -> Measured | None:
    known = sample.validity[~np.isnan(sample.validity)]
    return mean(known) if known.size else None


def _validity_on_all(sample: Score) -> Measured | None:
    if np.isnan(sample.on_all):
        return None
    return Measured(sample.on_all, np.nan if sample.respondents else 0.0, sample.respondents)


def _by_selection(sample: Shift) -> Measured | None:
    found = sample.by_selection
    return None if found is None or not found.size else mean(found)


ANY_OF_GROUP = Measure(
    "group_any_dropped", "any of them dropped", "share",
    "share of the replications that lose at least one item of the group",
    of=ItemsDropped, function=_any_of_group, rate=True,
)  # fmt: skip
ITEMS_LOST = Measure(
    "group_items_lost", "of them dropped", "count", "mean number of the group's items that are dropped",
    of=ItemsDropped, function=_lost,
)  # fmt: skip
GROUP_SIZE = Measure(
    "group_size", "items", "count", "number of the group's items, in the population",
    of=ItemsDropped, function=_size,
)  # fmt: skip
ANY_DROPPED = Measure(
    "any_dropped", "any dropped", "share", "share of the replications that lose any item",
    of=Drops, function=lambda sample: rate(sample.number > 0), rate=True,
)  # fmt: skip
COUNT_RATE = Measure(
    "count_rate", "so many dropped", "share", "share of the replications that lose just so many items",
    of=DropCount, function=lambda sample: rate(sample.number == sample.count), rate=True,
)  # fmt: skip
SET_RATE = Measure(
    "set_rate", "just these dropped", "share",
    "share of the replications that drop just these items, of the sets found most often",
    of=DroppedSet, function=lambda sample: rate(sample.happened), rate=True,
)  # fmt: skip
SET_ALL_DROPPED = Measure(
    "set_all_dropped", "all of them dropped", "share", "share of the replications that lose all items of the set",
    of=NamedSet, function=lambda sample: rate(sample.dropped.all(axis=1)), rate=True,
)  # fmt: skip
SET_ANY_DROPPED = Measure(
    "set_any_dropped", "some of them dropped", "share", "share of the replications that lose an item of the set",
    of=NamedSet, function=lambda sample: rate(sample.dropped.any(axis=1)), rate=True,
)  # fmt: skip
SET_EXACTLY_DROPPED = Measure(
    "set_exactly_dropped", "these and no others", "share",
    "share of the replications that lose all items of the set and no other",
    of=NamedSet, function=_exactly, rate=True,
)  # fmt: skip
JACCARD = Measure(
    "jaccard", "Jaccard index", "coefficient",
    "mean over pairs of replications of the items that both retain, as a share of those that either retains",
    of=RetainedItems, function=lambda sample: stability.mean_jaccard(sample.retained),
)  # fmt: skip
NOGUEIRA = Measure(
    "stability", "stability", "coefficient",
    "Nogueira's index of the retained sets: 1 for the same set always, 0 for sets of as many items taken at random",
    of=RetainedItems, function=lambda sample: stability.nogueira(sample.retained),
)  # fmt: skip
VALIDITY = Measure(
    "score_validity", "validity of the score", "coefficient",
    "mean correlation of the score with the true construct, for the weights of infinitely many answers to the "
    "retained items, or for those found where weights are estimands",
    of=Score, function=_validity,
    glossary="how well a score stands for the construct behind it: their correlation, 1 at best.",
)  # fmt: skip
VALIDITY_ON_ALL = Measure(
    "score_validity_all_items", "validity on all items", "coefficient",
    "correlation of the score of all items with the true construct, for infinitely many answers",
    of=Score, function=_validity_on_all, over=("usable",),
)  # fmt: skip
SELECTION_INFLATION = Measure(
    "selection_inflation", "inflation by selection", "coefficient",
    "how much further the estimate lies above its own limit with the decision than without it, same data: what "
    "choosing items on these data adds",
    of=Shift, function=_by_selection, signed=True,
)  # fmt: skip
