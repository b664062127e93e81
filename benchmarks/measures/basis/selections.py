"""Samples of what decisions select: items that are retained or lost, what the scores are worth, changed models."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures.basis.samples import DROPPED, USABLE, Sample
from sim.batch import Bools, Floats


@dataclass(frozen=True)
class RetainedItems(Sample):
    """The items that a method retains in each of R replications: (R, p)."""

    words: ClassVar[str] = "the set of items that a method retains"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    retained: Bools


@dataclass(frozen=True)
class DropCount(Sample):
    """A number of items, `count`, and how many items each replication lost (R,)."""

    words: ClassVar[str] = "a number of items, of a method that drops some"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    number: NDArray[np.integer]
    count: int


@dataclass(frozen=True)
class DroppedSet(Sample):
    """One set of items, and whether just these were dropped in each replication (R,)."""

    words: ClassVar[str] = "one of the sets of items that a method drops most often"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    happened: Bools


@dataclass(frozen=True)
class NamedSet(Sample):
    """Items that a study names together, such as those of a sub-concept.

    dropped: whether each was dropped (R, k). others: how many other items were dropped (R,).
    """

    words: ClassVar[str] = "items that the study names together, of a method that drops some"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    dropped: Bools
    others: NDArray[np.integer]


@dataclass(frozen=True)
class Score(Sample):
    """Correlation of a construct's score with the construct itself, in each replication (R,) and on all items.

    respondents: those that the population's moments were simulated from, 0 where they are exact.
    """

    words: ClassVar[str] = "the score of a construct"
    denominators: ClassVar[tuple[str, ...]] = (USABLE, DROPPED)

    validity: Floats
    on_all: float
    respondents: int


@dataclass(frozen=True)
class ModelChanges(Sample):
    """What was changed in the model of R replications (R,), as `sim.respecification` writes it; empty for nothing.

    to_true: the changes that make it the population's model; None where that is not known.
    """

    words: ClassVar[str] = "the model that a method with a changing model ends with"
    denominators: ClassVar[tuple[str, ...]] = (USABLE,)

    changes: NDArray[np.str_]
    to_true: str | None


@dataclass(frozen=True)
class ChangedModel(Sample):
    """One change of the model, and whether just this was made in each replication (R,)."""

    words: ClassVar[str] = "one of the models that a method with a changing model ends with most often"
    denominators: ClassVar[tuple[str, ...]] = (USABLE,)

    happened: Bools
