"""Scales from what is known of the answers: shares, thresholds, skewness, or means and SDs; for all items or each."""

from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
from pydantic import Field, StrictStr, model_validator
from scipy.optimize import brentq
from scipy.special import ndtr

from sim.answers.likert import FEWEST, MOST, MOST_POINTS, Scale
from sim.batch import Floats
from sim.errors import InputError, unknown
from sim.form import Number, Section

#: Thresholds of an even scale part this range of the standard normal into equal widths.
_RANGE = 2.5
#: How far an even scale is shifted at the most, in SDs of the response.
_FARTHEST = 3.0

_WAYS, _DETAILS = ("shares", "thresholds", "categories", "slider"), ("mean", "sd", "skewness")
#: Keys of a scale that are one number.
NUMBERS = ("categories", "slider", *_DETAILS)

Categories = Annotated[int, Field(strict=True, ge=FEWEST, le=MOST)]
Points = Annotated[int, Field(strict=True, ge=10, le=MOST_POINTS - 1)]


class ItemScale(Section):
    """How an item is answered: one of shares, thresholds, categories, slider.

    The last two may come with mean and sd, or with skewness, of the answers; otherwise categories are even.
    slider: its highest point; answers are the whole points from 0, stored from 1 like categories.
    """

    shares: Annotated[list[Number], Field(min_length=2, max_length=MOST)] | None = None
    thresholds: Annotated[list[Number], Field(min_length=1, max_length=MOST - 1)] | None = None
    categories: Categories | None = None
    slider: Points | None = None
    mean: Number | None = None
    sd: Annotated[Number, Field(gt=0)] | None = None
    skewness: Number | None = None

    @property
    def ways(self) -> list[str]:
        """Which of the four are given."""
        return [way for way in _WAYS if getattr(self, way) is not None]

    @property
    def _details(self) -> list[str]:
        return [key for key in _DETAILS if getattr(self, key) is not None]

    def over(self, common: "ItemScale") -> "ItemScale":
        """What this says of an item, and where it leaves something open, what is said of all."""
        taken = _WAYS + _DETAILS if not self.ways else ()
        inherited = {key: getattr(common, key) for key in taken if not (self._details and key in _DETAILS)}
        return ItemScale.model_validate(inherited | self.model_dump(exclude_none=True))

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.ways) > 1:
            raise ValueError(f"give {_either(self.ways)}, not {'both' if len(self.ways) == 2 else 'all'}")
        if self._details and self.ways and self.ways[0] in ("shares", "thresholds"):
            raise ValueError(f"{self.ways[0]} already fix {_either(self._details, 'and')}; remove one of the two")
        if "skewness" in self._details and len(self._details) > 1:
            raise ValueError("give mean and sd, or skewness, not both")
        if (self.mean is None) != (self.sd is None):
            raise ValueError("mean and sd go together; give both")
        return self


class ScaleTable(ItemScale):
    """How answers are cut; nothing given: not at all. `items` say what is different for an item."""

    items: dict[StrictStr, ItemScale] = Field(default_factory=dict)

    def of_answers(self, items: Sequence[str]) -> tuple[str, ...]:
        """The items whose answers are told of; thresholds are in units of the responses."""
        own = {item: given.over(self).thresholds for item, given in self.items.items()}
        return tuple(item for item in items if own.get(item, self.thresholds) is None)


def scale_of(given: ScaleTable, items: Sequence[str]) -> Scale:
    """The scale that a file's section describes. Raises InputError where no such scale exists."""
    if not given.ways and not given.items:
        return Scale.continuous()
    for item in given.items:
        if item not in items:
            raise InputError(f"scale.items: {unknown('item', item, items)}")
    found: dict[str, tuple[float, ...]] = {}
    for item in items:
        own = given.items.get(item, ItemScale())
        whole = own.over(given)
        key = whole.model_dump_json()
        if key not in found:
            found[key] = _thresholds(item, whole)
        found[item] = found[key]
    return Scale(tuple(found[item] for item in items))


def _either(words: Sequence[str], joint: str = "or") -> str:
    """`a or b`."""
    return f" {joint} ".join(words)


def _thresholds(item: str, table: ItemScale) -> tuple[float, ...]:
    """Thresholds of one item."""
    try:
        if table.shares is not None:
            return Scale.from_shares(table.shares, 1).thresholds[0]
        if table.thresholds is not None:
            return tuple(table.thresholds)
        lowest, count = (0, table.slider + 1) if table.slider is not None else (1, table.categories or 0)
        if not count:
            raise InputError(f"it has none of {', '.join(_WAYS)}; give one, for it or for all items")
        if table.mean is not None and table.sd is not None:
            return thresholds_of_moments(table.mean, table.sd, count, lowest)
        return thresholds_of_skewness(table.skewness or 0.0, count)
    except InputError as error:
        raise InputError(f"scale of {item}: {error}") from None


def thresholds_of_moments(mean: float, sd: float, categories: int, lowest: int = 1) -> tuple[float, ...]:
    """Thresholds that give answers lowest, lowest + 1, ... this mean and SD (divisor n).

    Answers are a normal variable of mean mu and SD s rounded to the nearest category and held at the ends: thresholds
    (c + 1/2 - mu) / s. For any s one mu gives the mean; the SD then rises with s from the least possible one, that of
    two neighbouring categories, to the largest, that of the two ends. Raises InputError outside.
    """
    highest = lowest + categories - 1
    if not lowest < mean < highest:
        raise InputError(f"mean {mean:g} is given; it lies between {lowest} and {highest}")
    part = mean - np.floor(mean)
    least, most = np.sqrt(part * (1 - part)), np.sqrt((mean - lowest) * (highest - mean))
    if not least < sd < most:
        raise InputError(
            f"SD {sd:g} is given; answers from {lowest} to {highest} with mean {mean:g} have one from {least:.4g} to "
            f"{most:.4g}"
        )
    edges = np.arange(lowest, highest) + 0.5

    def cuts(spread: float) -> Floats:
        far = 9.0 * spread
        middle = brentq(lambda mu: _moments((edges - mu) / spread, lowest)[0] - mean, edges[0] - far, edges[-1] + far)
        return np.asarray((edges - middle) / spread)

    def excess(log_spread: float) -> float:
        return float(_moments(cuts(np.exp(log_spread)), lowest)[1] - sd)

    low, high = np.log(0.02), np.log(50.0 * categories)
    if not excess(low) < 0 < excess(high):
        raise InputError(
            f"SD {sd:g} is too near its bound ({least:.4g} to {most:.4g}) for answers of a normal response"
        )
    return tuple(float(cut) for cut in cuts(np.exp(brentq(excess, low, high, xtol=1e-13))))


def thresholds_of_skewness(skewness: float, categories: int) -> tuple[float, ...]:
    """Thresholds of equal widths that give the answers this skewness: those that part -2.5 to 2.5 evenly, shifted.

    Without a shift they are symmetric, as in Rhemtulla, Brosseau-Liard & Savalei (2012). Skewness rises with the shift;
    InputError where the farthest one does not reach it.
    """
    even = -_RANGE + 2 * _RANGE * np.arange(1, categories) / categories

    def excess(shift: float) -> float:
        return _skewness(even + shift) - skewness

    most = excess(_FARTHEST) + skewness
    if not -most < skewness < most:
        raise InputError(f"skewness {skewness:g} is given; with {categories} categories it lies within +-{most:.3g}")
    shift = brentq(excess, -_FARTHEST, _FARTHEST, xtol=1e-14) if skewness else 0.0
    return tuple(float(cut) for cut in even + shift)


def _moments(cuts: Floats, lowest: int) -> tuple[float, float]:
    """Mean and SD of answers lowest, lowest + 1, ... cut at these thresholds."""
    above = ndtr(-cuts)
    # Within an item P(z > a, z > b) is the probability of the higher threshold.
    second = float(((2 * np.arange(1, len(cuts) + 1) - 1) * above).sum())
    first = float(above.sum())
    return lowest + first, float(np.sqrt(max(second - first**2, 0.0)))


def _skewness(cuts: Floats) -> float:
    """Skewness of the answers cut at these thresholds."""
    shares = shares_of(cuts)
    answers = np.arange(len(shares)) - shares @ np.arange(len(shares))
    return float(shares @ answers**3 / (shares @ answers**2) ** 1.5)


def shares_of(cuts: Sequence[float] | Floats) -> Floats:
    """Shares of the categories of answers cut at these thresholds (T,): (T + 1,)."""
    return np.diff(ndtr(np.asarray(cuts)), prepend=0.0, append=1.0)
