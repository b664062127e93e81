"""Delete-a-group jackknife over replications: errors of measures that are no means, at a cost linear in replications.

Replications are put into g groups of neighbours, and a measure is computed without each of them. With values v_1 .. v_g
the standard error is the root of (g - 1)/g times the sum of (v_k - mean v)^2 (Efron & Tibshirani 1993, eq. 11.5, of
groups; Shao & Wu 1989 for quantiles, which need groups of more than one). It supposes no formula, and no more than that
replications are independent of each other.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.batch import Bools, Floats

#: Groups of replications; fewer replications than this are left out one at a time.
GROUPS = 50
#: A function of means (k, g) of columns over so many replications (g,), one value for each (g,).
OfMeans = Callable[[Floats, Floats], Floats]


def groups_of(replications: int) -> NDArray[np.integer]:
    """The group (R,) of each replication, from 0, neighbours together."""
    return np.arange(replications) * min(GROUPS, replications) // max(replications, 1)


def error(without: Floats) -> float:
    """Standard error from the values without each group (g,); NaN for a single group."""
    g = len(without)
    return float(np.sqrt((g - 1) / g * np.sum((without - without.mean()) ** 2))) if g > 1 else np.nan


def of_means(columns: Floats, function: OfMeans) -> Floats:
    """A function of the means of columns (k, R), without each group (g,): sums of groups are taken off the whole sum.

    Columns whose means are large against their spread lose digits; take something off first.
    """
    replications = columns.shape[1]
    if replications < 2:
        return np.empty(0)
    group = groups_of(replications)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(starts, append=replications)
    left = replications - sizes
    means = (columns.sum(axis=1, keepdims=True) - np.add.reduceat(columns, starts, axis=1)) / left
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(function(means, left.astype(np.float64)))


def of_replications(replications: int, statistic: Callable[[Bools], float]) -> Floats:
    """A statistic of the replications that a mask (R,) keeps, without each group (g,)."""
    group = groups_of(replications)
    return np.array([statistic(group != k) for k in range(min(GROUPS, replications))])
