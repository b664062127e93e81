"""What richness estimators see of interviews: counts. A theme that nobody told leaves no trace in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.batch import Batch, Floats


@dataclass(frozen=True)
class Counts:
    """Counts of R tables of t interviews.

    frequencies (R, t): themes brought up in exactly k = 1, ..., t interviews (Q_k). found_after (R, t): different
    themes after each interview, in their order.
    """

    t: int
    frequencies: Floats
    found_after: NDArray[np.int64]

    @classmethod
    def of(cls, told: NDArray[np.generic]) -> "Counts":
        """Counts of incidences (R, t, S) of 0 and 1."""
        r, t, _ = told.shape
        mentions = told.sum(axis=1, dtype=np.int64)
        frequencies = np.empty((r, t))
        for k in range(1, t + 1):
            frequencies[:, k - 1] = (mentions == k).sum(axis=1)
        found = np.empty((r, t), dtype=np.int64)
        so_far = np.zeros((r, told.shape[2]), dtype=bool)
        for place in range(t):
            so_far |= told[:, place] != 0
            found[:, place] = so_far.sum(axis=1)
        return cls(t, frequencies, found)

    @classmethod
    def of_batch(cls, batch: Batch) -> "Counts":
        """Counts of a batch, worked out once for all methods."""
        return batch.once("theme counts", lambda: cls.of(batch.raw))

    @property
    def found(self) -> Floats:
        """Different themes brought up at all (R,): D = sum Q_k."""
        return np.asarray(self.frequencies.sum(axis=1))

    @property
    def incidences(self) -> Floats:
        """Themes summed over interviews (R,): U = sum k Q_k."""
        return np.asarray((self.frequencies * np.arange(1.0, self.t + 1)).sum(axis=1))

    @property
    def once(self) -> Floats:
        """Themes of one interview only (R,): Q_1."""
        return self.frequencies[:, 0]

    @property
    def twice(self) -> Floats:
        """Themes of exactly two interviews (R,): Q_2; 0 where there is one interview."""
        return self.frequencies[:, 1] if self.t > 1 else np.zeros(len(self.frequencies))


@dataclass(frozen=True)
class Told:
    """What a method says of one target: value, standard error and interval (R,); NaN where it has none."""

    value: Floats
    se: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def point(cls, value: Floats) -> "Told":
        """A value without standard error and interval."""
        none = np.full(len(value), np.nan)
        return cls(value, none, none, none)

    @classmethod
    def symmetric(cls, value: Floats, variance: Floats, z: float, least: float, most: float = np.inf) -> "Told":
        """value -+ z SE, cut to what can be."""
        se = np.sqrt(np.maximum(variance, 0.0))
        return cls(value, se, np.maximum(value - z * se, least), np.minimum(value + z * se, most))


def variance_of(counts: Counts, gradient: Floats, richness: Floats) -> Floats:
    """Delta-method variance (R,) of a function of the counts with this gradient (R, t) in Q_1, ..., Q_t.

    The S themes fall into the classes Q_0, Q_1, ..., Q_t as in a multinomial, with S estimated: sum g_k^2 Q_k -
    (sum g_k Q_k)^2 / S (Burnham & Overton 1979; Colwell et al. 2012). Unconditional: it holds for other
    interviews with other people.
    """
    square = (gradient**2 * counts.frequencies).sum(axis=1)
    return np.asarray(square - (gradient * counts.frequencies).sum(axis=1) ** 2 / richness)
