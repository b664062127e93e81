"""Designs in which truths are drawn: several data sets from each of several populations.

Data sets of one population have its truth in common, so that replications are not independent of each other. The error
of a mean over populations that might have been drawn is that of the populations' own means (one-way random effects;
Searle, Casella & McCulloch 1992, ch. 3): more data sets of each lessen its second part only. With one data set from
each population, as where parameters are drawn anew for every data set, this is the plain error of a mean.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.measures.basis.formulas import Measured, mean
from sim.batch import Floats


class Nested(NamedTuple):
    """A mean over populations with its error, and where its variance is from.

    between: variance of what the populations would give with endless data sets, 0 where the estimate is below it.
    within: variance of a data set about its population's mean, NaN where each has one only.
    """

    measured: Measured
    between: float
    within: float


def mean_over_populations(values: Floats, population: NDArray[np.integer]) -> Nested:
    """Mean over populations of the mean of `values` (R,) in each; `population` (R,) says whose each data set is.

    Every population weighs the same, however many data sets it has. `n_used` counts data sets. NaN with fewer than two
    populations.
    """
    _, place, sizes = np.unique(population, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=values) / sizes
    found = mean(means)
    free = len(values) - len(sizes)
    within = float(np.sum((values - means[place]) ** 2) / free) if free else np.nan
    between = float(means.var(ddof=1)) if len(means) > 1 else np.nan
    if free:
        between = max(between - within * float(np.mean(1 / sizes)), 0.0)
    return Nested(Measured(found.value, found.mcse, len(values)), between, within)
