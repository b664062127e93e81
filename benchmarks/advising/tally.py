"""What every method makes of the same data sets: errors, coverage and tests of every path, one row a data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.planning.questions import truths
from benchmarks.planning.setting import Planned, Setting
from benchmarks.planning.significance import significant
from estimators.base import Estimates
from estimators.wrappers.bootstrap import data_sets_together
from sim.batch import Batch, Bools, Floats
from sim.targets import Target


@dataclass(frozen=True)
class Tally:
    """One method on R data sets of one population, q paths: `error` (R, q) is NaN where there is no number.

    covered, found (R, q): whether the interval holds the truth, and whether p < alpha; not where there is no number.
    """

    error: Floats
    covered: Bools
    found: Bools
    truth: Floats

    @property
    def usable(self) -> Bools:
        """Data sets with a number for every path (R,)."""
        return np.asarray(~np.isnan(self.error).any(axis=1))

    @classmethod
    def joined(cls, parts: Sequence["Tally"]) -> "Tally":
        """The tallies of several blocks, one after another."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def tallies(
    setting: Setting, methods: Sequence[Planned], targets: tuple[Target, ...], n: int, visit: str, size: int
) -> list[Tally]:
    """Every method on the same data sets and the same resamples."""
    batch = setting.draw(n, visit, size)
    most = max((planned.method.resamples or 1 for planned in methods), default=1)
    together = data_sets_together(most)
    fits: dict[str, Estimates] = {}
    resampled = [planned for planned in methods if planned.method.resampled]
    parts = [batch.rows(slice(start, start + together)) for start in range(0, size, together)] if resampled else []
    pieces = [[planned.fit(planned.data(part), targets) for planned in resampled] for part in parts]
    for place, planned in enumerate(resampled):
        fits[planned.name] = Estimates.joined([piece[place] for piece in pieces])
    for planned in methods:
        if planned.name not in fits:
            fits[planned.name] = planned.fit(planned.data(batch), targets)
    return [_tally(setting, planned, batch, fits[planned.name], targets) for planned in methods]


def _tally(setting: Setting, planned: Planned, batch: Batch, fit: Estimates, targets: tuple[Target, ...]) -> Tally:
    truth = np.column_stack([truths(setting, planned, batch, target) for target in targets])
    covered = (fit.lower <= truth) & (truth <= fit.upper)
    return Tally(fit.value - truth, covered, fit.p_value < setting.alpha, truth)


def rejections(
    setting: Setting, methods: Sequence[Planned], target: Target, n: int, visit: str, size: int
) -> list[int]:
    """In how many data sets each method calls the path significant, where it is 0 in truth."""
    batch = setting.draw(n, visit, size)
    return [int(significant(planned, batch, (target,), setting.alpha).sum()) for planned in methods]
