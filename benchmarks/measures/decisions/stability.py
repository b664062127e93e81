"""Stability of selected sets over replications, with Monte Carlo standard errors."""

import numpy as np

from benchmarks.measures.basis.formulas import Measured
from sim.batch import Bools

#: Sets that are compared with all others in one go.
_ROWS = 512


def mean_jaccard(retained: Bools) -> Measured:
    """Mean over pairs of replications of |A and B| / |A or B| of their retained sets (R, p) (Jaccard 1901).

    A U-statistic of order two. MCSE = 2 SD(h) / sqrt(R), h(r) being the mean of replication r's pairs (Hoeffding 1948).
    NaN for fewer than four replications; two empty sets count as equal.
    """
    r = len(retained)
    if r < 4:
        return Measured(np.nan, np.nan, r)
    sets, place, counts = np.unique(retained, axis=0, return_inverse=True, return_counts=True)
    member, sizes = sets.astype(np.float64), sets.sum(axis=1)
    own = np.empty(len(sets))
    for start in range(0, len(sets), _ROWS):
        some = slice(start, start + _ROWS)
        common = member[some] @ member.T
        union = sizes[some, None] + sizes[None, :] - common
        alike = np.where(union == 0, 1.0, common / np.where(union == 0, 1.0, union))
        own[some] = (alike @ counts - 1.0) / (r - 1)
    by_replication = own[place.reshape(-1)]
    return Measured(float(by_replication.mean()), float(2 * by_replication.std(ddof=1) / np.sqrt(r)), r)


def nogueira(retained: Bools) -> Measured:
    """Stability of sets (R, p) after Nogueira, Sechidis & Brown (2018): 1 for one set always, 0 for chance alone.

    One minus the mean variance of the items' membership over that of sets of as many items taken at random (their
    Definition 4); MCSE by their Theorem 7. NaN where all items are always retained or always lost: there is no set.
    """
    r, p = retained.shape
    if r < 4 or retained.all() or not retained.any():
        return Measured(np.nan, np.nan, r)
    member = retained.astype(np.float64)
    share = member.mean(axis=0)
    size = member.sum(axis=1)
    mean_size = size.mean()
    chance = (mean_size / p) * (1 - mean_size / p)
    value = 1 - (r / (r - 1) * share * (1 - share)).mean() / chance
    influence = (
        (member @ share) / p
        - size * mean_size / p**2
        + value / 2 * (2 * size * mean_size / p**2 - size / p - mean_size / p + 1)
    ) / chance
    error = 2 * np.sqrt(((influence - influence.mean()) ** 2).sum()) / r
    return Measured(float(value), float(error), r)
