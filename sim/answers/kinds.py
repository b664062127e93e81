"""Kinds of respondents who do not answer each item as they mean it: one table each, and whether one answer is repeated.

The share of a kind among the respondents is a field of `sim.answers.responses.Responses`, which is the list of kinds.

Everything about a kind follows from its table: how it is drawn, and the shares, moments and pair tables of its answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats
from sim.errors import InputError


def _itself(count: int) -> Floats:
    return np.eye(count)


def _any(count: int) -> Floats:
    return np.ones((count, count))


def _end_point(count: int) -> Floats:
    side = np.sign(2 * np.arange(count) - (count - 1))
    return np.eye(count)[np.where(side < 0, 0, np.where(side > 0, count - 1, np.arange(count)))]


def _nearer_the_middle(count: int) -> Floats:
    return np.eye(count)[np.arange(count) - np.sign(2 * np.arange(count) - (count - 1))]


@dataclass(frozen=True)
class Kind:
    """A kind of respondents.

    weights(c) is a table (c, c) for an item of c categories: with row k for those who mean category k, the answer is
    category a with probability weights[k, a] over the row's sum. repeats: all items get the answer to one of them,
    picked at random. suits(c): whether an item may have c categories; otherwise `why` says what is wrong with them.
    """

    weights: Callable[[int], Floats]
    repeats: bool = False
    suits: Callable[[int], bool] = lambda count: True
    why: str = ""

    def check(self, name: str, items: Sequence[str], counts: Sequence[int]) -> None:
        """Raises InputError, with the kind's name, where items (p) with so many categories cannot be answered so."""
        if self.repeats and min(counts) < max(counts):
            raise InputError(
                f"responses.{name} needs one number of categories for all items, not {min(counts)} to "
                f"{max(counts)}; leave it out"
            )
        for item, count in zip(items, counts, strict=True):
            if not self.suits(count):
                raise InputError(f"responses.{name}: {item} has {count} categories, {self.why} or leave it out")

    def tables(self, counts: Sequence[int]) -> Floats:
        """The weights of items with so many categories (p, c, c), c the most categories; 0 where an item has fewer."""
        most = max(counts)
        found = np.zeros((len(counts), most, most))
        for table, count in zip(found, counts, strict=True):
            table[:count, :count] = self.weights(count)
        return found


#: Those who answer each item as they mean it.
AS_MEANT = Kind(_itself)
STRAIGHTLINING = Kind(_itself, repeats=True)
CARELESS = Kind(_any)
EXTREME = Kind(
    _end_point,
    suits=lambda count: count >= 4,
    why="so none between the end points and the middle; give at least 4",
)
MIDPOINT = Kind(
    _nearer_the_middle,
    suits=lambda count: count % 2 == 1,
    why="so none in the middle; give an odd number of categories",
)


def drawing_tables(kinds: Sequence[Kind], counts: Sequence[int]) -> tuple[NDArray[np.bool_], Floats, NDArray[np.int64]]:
    """What `sim.kernels.responses` draws K kinds from: repeats (K,), reached (K, p, c, c) and certain (K, p, c).

    repeats: whether all items get one answer. reached: a row's weights added up, so that the answer is the first whose
    entry exceeds a uniform number times the row's sum. certain: the answer where a row leaves no choice, else 0.
    """
    most = max(counts)
    reached = np.zeros((len(kinds), len(counts), most, most))
    certain = np.zeros((len(kinds), len(counts), most), dtype=np.int64)
    for k, kind in enumerate(kinds):
        for item, count in enumerate(counts):
            weights = kind.weights(count)
            reached[k, item, :count] = np.pad(np.cumsum(weights, axis=1), ((0, 0), (0, most - count)), mode="edge")
            alone = (weights > 0).sum(axis=1) == 1
            certain[k, item, :count] = np.where(alone, weights.argmax(axis=1) + 1, 0)
    return np.array([kind.repeats for kind in kinds]), reached, certain
