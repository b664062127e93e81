"""Threshold: rules that hold every item's loading against one number."""

from dataclasses import dataclass

import numpy as np

from estimators.decisions.items import ItemRule
from estimators.decisions.rule import check_switch
from estimators.settings import check_count
from sim.batch import Floats
from sim.errors import InputError


@dataclass(frozen=True)
class Threshold(ItemRule):
    """A rule that drops items whose loading is under `threshold`, but leaves every block `minimum_items`.

    It sees what a researcher sees: the batch, the model and the method, never the truth. Blocks that never had
    `minimum_items` keep what they had. With `absolute` a loading counts by its size, whatever its sign: an item worded
    against its construct and left unreversed then stays where it loads strongly. Raises InputError for a threshold
    that is not between 0 and 1, or a number of items under 1. The fields are what `screening = { .. }` sets in a study
    file.
    """

    threshold: float = 0.70
    minimum_items: int = 2
    absolute: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.threshold, float | int) or not 0 < self.threshold < 1:
            raise InputError(f"screening threshold is {self.threshold!r}; give a number between 0 and 1")
        check_switch("screening absolute", self.absolute)
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
        return decimals(self.threshold)

    @property
    def condemns(self) -> str:
        """The items that the rule drops, in words that complete "drops ..."."""
        of = "standardised loading, whatever its sign," if self.absolute else "standardised loading"
        return f"items whose {of} is under {self.threshold_words}"


def decimals(number: float) -> str:
    """A number with two decimals, or with as many as it has: `0.70`, `0.725`."""
    short = f"{number:.2f}"
    return short if float(short) == number else f"{number:g}"
