"""A stochastic search for a number of respondents: sizes doubled until the rate is passed, then random ones around it.

What is to be drawn next follows from what has been seen, never from who computed it or how fast, so that the answer is
the same for any number of workers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import ceil, inf, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from benchmarks.planning.curve import Count, Curve, fitted, pooled
from sim.streams import BLOCK, Address

#: Data sets at each size while the sizes are doubled, and at the largest size while it is not clear.
_FIRST, _AT_THE_END = 64, 4096
#: The local curve is fitted this far around the target, and sizes are drawn half as far, in probits.
_REACH = 1.0
#: Data sets of a round of local sizes: the first, and the most; sizes in one.
_ROUND, _MOST_IN_ROUND, _SIZES = 512, 16_384, 8
#: Standard errors by which a rate is held to be clear of the target when a search is given up or cut short.
_SURE = 3.3


class Visit(NamedTuple):
    """Data sets to be drawn: so many of n respondents, at an address of their own."""

    n: int
    name: str
    size: int


class Ending(Enum):
    """How a search ended."""

    FOUND = "found"
    WIDE = "the band is wider than asked: the most data sets were drawn"
    SMALLEST = "the smallest number that was tried is enough"
    NEVER = "not reached"
    UNCLEAR = "not clear at the largest number that was tried"


@dataclass(frozen=True)
class Limits:
    """Between which n is searched, how narrow the band is to be (half its width), and how many data sets at most."""

    within: float = 10.0
    smallest: int = 10
    largest: int = 5000
    most_data_sets: int = 400_000


@dataclass
class Search:
    """The search for the n at which a rate is `wanted`. `address`: of the streams that random sizes come from."""

    wanted: float
    limits: Limits
    address: Address
    doubled: list[Count] = field(default_factory=list)
    around: list[Count] = field(default_factory=list)
    curve: Curve | None = None
    ending: Ending | None = None
    _rounds: int = 0
    _near: tuple[float, float] | None = None

    @property
    def data_sets(self) -> int:
        """Data sets drawn so far."""
        return sum(count.total for count in (*self.doubled, *self.around))

    @property
    def band(self) -> tuple[float, float]:
        """Ends of the 95 % band of n."""
        return self.curve.band(self.wanted) if self.curve else (0.0, inf)

    @property
    def n(self) -> int | None:
        """The smallest sufficient n, where one was found."""
        if self.curve is None or self.ending not in (Ending.FOUND, Ending.WIDE):
            return None
        at = self.curve.crossing(self.wanted)
        return ceil(at - 1e-9) if at < inf else None

    def wants(self) -> list[Visit]:
        """What is to be drawn next; nothing where the search has ended."""
        if self.ending:
            return []
        self._rounds += 1
        return self._around(*self._near) if self._near else [self._doubled()]

    def hears(self, counts: Sequence[Count]) -> None:
        """What came of everything that was wanted, in its order."""
        if self._near is None:
            self.doubled += counts
            self._bracket(self.doubled[-1].n)
        else:
            self.around += counts
            self._refine()

    # --- doubling ---

    def _doubled(self) -> Visit:
        n = self.doubled[-1].n * 2 if self.doubled else self.limits.smallest
        if n < self.limits.largest:
            return Visit(n, f"doubled {self._rounds}", _FIRST)
        tried = pooled(self.doubled, self.limits.largest).total
        return Visit(self.limits.largest, f"doubled {self._rounds}", min(max(_FIRST, tried), BLOCK))

    def _bracket(self, last: int) -> None:
        """Whether the rate is passed at the last size, cannot be passed, or a larger size is to be tried."""
        seen = pooled(self.doubled, last)
        low, high = seen.interval(_SURE)
        likely, _ = seen.interval(1.0)
        if last == self.limits.smallest and low > self.wanted:
            self.ending = Ending.SMALLEST
        elif likely > self.wanted and last > self.limits.smallest:
            self._near = self._first_guess()
        elif last < self.limits.largest:
            return
        elif high < self.wanted:
            self.ending = Ending.NEVER
        elif low > self.wanted:
            self._near = self._first_guess()
        elif seen.total >= _AT_THE_END:
            self.ending = Ending.UNCLEAR

    def _first_guess(self) -> tuple[float, float]:
        """Root n and slope, from the last size below the target and the one above it."""
        sizes = sorted({count.n for count in self.doubled})
        probits = {n: _probit(pooled(self.doubled, n)) for n in sizes}
        target = float(ndtri(self.wanted))
        above = sizes[-1]
        below = next((n for n in reversed(sizes[:-1]) if probits[n] < target), sizes[0])
        slope = max((probits[above] - probits[below]) / (sqrt(above) - sqrt(below)), 0.02)
        return sqrt(above) + (target - probits[above]) / slope, slope

    # --- around the target ---

    def _around(self, root: float, slope: float) -> list[Visit]:
        """Sizes at random, evenly in root n, within half the reach of the curve."""
        data_sets = self._still_needed()
        number = max(ceil(data_sets / BLOCK), _SIZES)
        low, high = self._window(root, slope, _REACH / 2)
        rng = self.address.generator("planning sizes", self._rounds)
        roots = low + (high - low) * (np.arange(number) + rng.random(number)) / number
        each = ceil(data_sets / number)
        return [
            Visit(
                min(max(round(at**2), self.limits.smallest), self.limits.largest),
                f"around {self._rounds} {place}",
                each,
            )
            for place, at in enumerate(roots.tolist())
        ]

    def _window(self, root: float, slope: float, reach: float) -> tuple[float, float]:
        """Roots of n within `reach` probits of the target; several sizes at least."""
        least = sqrt(self.limits.smallest)
        centre = min(max(root, least), sqrt(self.limits.largest))
        half = max(min(reach / slope, 0.5 * centre), 1.5 / centre)
        return max(centre - half, least), min(centre + half, sqrt(self.limits.largest))

    def _still_needed(self) -> int:
        """Data sets of the next round: those that will narrow the band to what is asked, if it is known by now."""
        low, high = self.band
        if not high < inf:
            return min(max(_ROUND, self.data_sets), _MOST_IN_ROUND)
        there = sum(count.total for count in self._local())
        needed = there * (((high - low) / 2 / self.limits.within) ** 2 * 1.02 - 1)
        return int(min(max(needed, _ROUND / 2), _MOST_IN_ROUND))

    def _refine(self) -> None:
        """Fit the curve to what is near the target, and see whether its band is narrow enough."""
        assert self._near is not None
        root, slope = self._near
        for _ in range(2):  # the second time with the sizes that are near by the new curve
            curve = fitted(self._local())
            if curve is None or not curve.slope > 0.05 * slope:
                self._near = root, slope / 2  # too short a range to see that the rate rises
                break
            self.curve = curve
            self._near = sqrt(min(curve.crossing(self.wanted), 4.0 * self.limits.largest)), curve.slope
        self.ending = self._ended()

    def _ended(self) -> Ending | None:
        low, high = self.band
        if high < inf and (high - low) / 2 <= self.limits.within:
            if low > self.limits.largest:
                return Ending.NEVER
            return Ending.SMALLEST if high < self.limits.smallest else Ending.FOUND
        return Ending.WIDE if self.data_sets >= self.limits.most_data_sets else None

    def _local(self) -> list[Count]:
        """Counts of random sizes within the reach of the curve: chosen by n alone, never by what happened."""
        assert self._near is not None
        low, high = self._window(*self._near, _REACH)
        return [count for count in self.around if low - 1e-9 <= sqrt(count.n) <= high + 1e-9]


def _probit(count: Count) -> float:
    """The probit of a rate, finite for none and all too."""
    return float(ndtri((count.happened + 0.5) / (count.total + 1)))
