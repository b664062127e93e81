"""Rule: which items a researcher keeps, decided from the data before the model is estimated for the table."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimator
from estimators.settings import check_count
from sim.batch import Batch, Bools, Floats
from sim.errors import InputError
from sim.model import Model

#: Numbers as words, for rules that keep a few items.
_NUMBERS = ("no items", "one item", "two items", "three items", "four items", "five items", "six items")


@dataclass(frozen=True)
class Decision:
    """What a rule decided on R data sets.

    retained (R, p): the items kept. short (R, m): blocks of which the rule alone would have kept too few, so that their
    best items were spared. status (R,): that of a fit that failed while the rule was at work, which ends the
    replication; `Status.OK` or `Status.INADMISSIBLE` otherwise.
    """

    retained: Bools
    short: Bools
    status: NDArray[np.int8]


@dataclass(frozen=True)
class Rule:
    """A rule that drops items whose loading is under `threshold`, but leaves every block `minimum_items`.

    It sees what a researcher sees: the batch, the model and the method, never the truth. Blocks that never had
    `minimum_items` keep what they had. With `absolute` a loading counts by its size, whatever its sign: an item worded
    against its construct and left unreversed then stays where it loads strongly. Raises InputError for a threshold
    that is not between 0 and 1, or a number of items under 1. A rule of another kind is a subclass with fields of its
    own, and says in `label`, `condemns` and `proceeds` what it does. The fields are what `screening = { .. }` sets in
    a study file.
    """

    threshold: float = 0.70
    minimum_items: int = 2
    absolute: bool = False

    #: The name in study files: `screening = { rule = "NAME" }`.
    name: ClassVar[str]

    def __post_init__(self) -> None:
        if not isinstance(self.threshold, float | int) or not 0 < self.threshold < 1:
            raise InputError(f"screening threshold is {self.threshold!r}; give a number between 0 and 1")
        if not isinstance(self.absolute, bool):
            raise InputError(f"screening absolute is {self.absolute!r}; give true or false")
        check_count("screening minimum_items", self.minimum_items, "a whole number of", 1)

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return f"{self.threshold_words} rule{self.of_sizes}"

    @property
    def of_sizes(self) -> str:
        """What a label adds where loadings count by their size."""
        return " on |loading|" if self.absolute else ""

    @property
    def of_signs(self) -> str:
        """How the rule takes the sign of a loading, in words."""
        return (
            "it takes loadings by their size, whatever the sign"
            if self.absolute
            else "it takes loadings with their signs"
        )

    def judged(self, loadings: Floats) -> Floats:
        """What the threshold is held against: the loadings, or their sizes."""
        return np.abs(loadings) if self.absolute else loadings

    @property
    def threshold_words(self) -> str:
        """The threshold with two decimals, or with as many as it has: `0.70`, `0.725`."""
        short = f"{self.threshold:.2f}"
        return short if float(short) == self.threshold else f"{self.threshold:g}"

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        of = "standardised loading, whatever its sign," if self.absolute else "standardised loading"
        return f"items whose {of} is under {self.threshold_words}"

    @property
    def proceeds(self) -> str:
        """How the items are dropped, in words."""
        raise NotImplementedError

    @property
    def too_few(self) -> str:
        """What would be too few items in a block, in words: `fewer than two items`."""
        least = self.minimum_items
        return f"fewer than {_NUMBERS[least] if least < len(_NUMBERS) else f'{least} items'}"

    @property
    def sentence(self) -> str:
        """The whole rule in one sentence."""
        return (
            f"The {self.label} drops {self.condemns}, {self.proceeds}; where a block would keep {self.too_few}, "
            "its best ones stay."
        )

    def decide(self, batch: Batch, model: Model, method: Estimator) -> Decision:
        """The items kept in each data set of the batch, from fits of `method`, which gives values only.

        Items that `batch.retained` leaves out stay out. A replication that the method fails on keeps its items.
        """
        raise NotImplementedError


def spared(passes: Bools, values: Floats, retained: Bools, model: Model, least: int) -> tuple[Bools, Bools]:
    """Items kept (R, p) where those that pass a rule (R, p) are too few, and the blocks where this is so (R, m).

    In such a block the retained items with the highest values (R, p) stay, up to `least` or as many as there are; of
    two equal values the first item's stays, and NaN is the lowest.
    """
    kept = passes.copy()
    short = np.zeros((len(values), len(model.blocks)), dtype=bool)
    for j, (lower, upper) in enumerate(zip(model.bounds, model.bounds[1:], strict=False)):
        block = slice(lower, upper)
        needed = np.minimum(least, retained[:, block].sum(axis=1))
        short[:, j] = kept[:, block].sum(axis=1) < needed
        known = np.where(retained[:, block], np.nan_to_num(values[:, block], nan=-np.inf), -np.inf)
        order = np.argsort(-known, axis=1, kind="stable")
        rank = np.argsort(order, axis=1)
        kept[:, block] |= short[:, j, None] & (rank < needed[:, None])
    return kept, short
