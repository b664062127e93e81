"""The saturation rule as practised: stop when some interviews in a row have brought nothing new."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.richness.counts import Counts, Told
from estimators.richness.method import CountMethod
from sim.batch import Bools
from sim.errors import InputError
from sim.targets import Target


@dataclass(frozen=True)
class StoppingRule(CountMethod):
    """After `initial` interviews, stop as soon as the last `run` of those held since brought no new theme.

    Francis et al. (2010) propose 10 and 3, Guest, Namey & Chen (2020) try bases of 4 and more with runs of 2 and 3.
    What was found when it stops counts as all there is. Where it never stops, the status is NOT_CONVERGED.
    `iterations` is the interview at which it stops, or the last one.
    """

    initial: int = 4
    run: int = 2

    def __post_init__(self) -> None:
        if self.initial < 1 or self.run < 1:
            raise InputError(f"initial is {self.initial} and run is {self.run}; give at least 1 of each")

    def told(self, counts: Counts, target: Target) -> Told | None:
        """The themes found when the rule stops."""
        if target.kind != "themes" or target.parts:
            return None
        rows = np.arange(len(counts.found_after))
        return Told.point(counts.found_after[rows, self.steps(counts) - 1].astype(float))

    def steps(self, counts: Counts) -> NDArray[np.int32]:
        """The interview at which the rule stops, from 1; the last one where it does not (R,)."""
        stops = self._stops(counts)
        if not stops.shape[1]:
            return super().steps(counts)
        first = stops.argmax(axis=1) + self.initial + self.run
        return np.asarray(np.where(stops.any(axis=1), first, counts.t), dtype=np.int32)

    def status(self, counts: Counts) -> NDArray[np.int8]:
        """NOT_CONVERGED where it never stops, UNIDENTIFIED where no theme was told."""
        stopped = self._stops(counts).any(axis=1)
        return np.asarray(np.where(stopped, super().status(counts), Status.NOT_CONVERGED), dtype=np.int8)

    def _stops(self, counts: Counts) -> Bools:
        """Whether the rule would stop at each interview from `initial` + `run` on (R, t - initial - run + 1)."""
        found, start = counts.found_after, self.initial + self.run
        return np.asarray(found[:, start - 1 :] == found[:, self.initial - 1 : counts.t - self.run])
