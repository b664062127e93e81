"""What a method gives for infinitely many answers: on all its items, and on those that each replication retained.

Limits come from the world's own moments, without sampling. Those of retained sets are fitted once for each set that
occurs, many sets at a time: two thousand replications of 19 items have some hundred sets.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.schema import RETAINED
from benchmarks.study import fitting
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.methods import Method
from sim.batch import Batch, Bools, Floats, Moments
from sim.targets import Target

#: Sets that are fitted in one batch.
_TOGETHER = 1024


@dataclass(frozen=True)
class OwnLimits:
    """A method's limits for q targets, without the decisions that it takes from data.

    before, after (q,): on all its items, before the answers are cut into categories and after it. kept (R, q): on the
    items that each replication retained, after the cut; NaN where the replication or the limit failed. respondents:
    those that moments after the cut were simulated from, 0 where they are exact.
    """

    targets: tuple[Target, ...]
    before: Floats
    after: Floats
    kept: Floats
    respondents: int

    def of(self, target: Target) -> tuple[float, float, Floats]:
        """The target's limits on all items, before the cut and after, and on the retained ones (R,)."""
        q = self.targets.index(target)
        return float(self.before[q]), float(self.after[q]), self.kept[:, q]


def own_limits(
    study: Study, cell: Cell, method: Method, own: pd.DataFrame, targets: tuple[Target, ...]
) -> OwnLimits | None:
    """The limits of q targets behind a method's stored rows `own`; None where data have no moments."""
    ends = cell.world.limits(method.entry.ordinal, method.missing == "mean")
    if not ends:
        return None
    before, after = (_on_all(study, method, end.moments, targets) for end in ends)
    retained = own[[RETAINED.named(item) for item in study.model.items]].to_numpy(dtype=bool)
    numbers = own["status"].to_numpy() <= Status.INADMISSIBLE
    kept = np.full((len(own), len(targets)), np.nan)
    kept[numbers] = _on_sets(study, method, ends[-1].moments, targets, retained[numbers], after)
    return OwnLimits(targets, before, after, kept, ends[-1].respondents)


def _on_all(study: Study, method: Method, moments: Moments, targets: tuple[Target, ...]) -> Floats:
    """Limits (q,) on all the items that the method has."""
    return np.asarray(fitting.limits_of(study, method, Batch.of_moments(moments), targets)[0])


def _on_sets(
    study: Study, method: Method, moments: Moments, targets: tuple[Target, ...], retained: Bools, on_all: Floats
) -> Floats:
    """Limits (R, q) on retained items (R, p); each set is fitted once, and that of all items is `on_all`."""
    own = set(study.fitted(method).items)
    whole = np.array([item in own for item in study.model.items])
    sets, places = np.unique(retained, axis=0, return_inverse=True)
    limits = np.empty((len(sets), len(targets)))
    all_kept = (sets >= whole).all(axis=1)
    limits[all_kept] = on_all
    (rest,) = np.nonzero(~all_kept)
    for start in range(0, len(rest), _TOGETHER):
        some = rest[start : start + _TOGETHER]
        repeated = Moments(
            np.repeat(moments.means, len(some), axis=0),
            np.repeat(moments.covariances, len(some), axis=0),
            moments.n,
            moments.higher,
        )
        limits[some] = fitting.limits_of(study, method, Batch.of_moments(repeated).keep(sets[some]), targets)
    return np.asarray(limits[places.reshape(-1)])
