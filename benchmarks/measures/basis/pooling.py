"""Measures over several targets at once: the mean over targets within each replication, then over replications.

A replication counts once, whatever its targets have in common: the Monte Carlo standard error is that of the means of
replications, and no independence between targets is supposed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.measures.basis import jackknife
from benchmarks.measures.basis.formulas import Measured, mean
from benchmarks.measures.basis.samples import Estimated, Pooled
from sim.batch import Floats

#: What one target adds in each replication (R,): NaN where it adds nothing there. None where it adds nothing at all.
Part = Callable[[Estimated], Floats | None]


def mean_over(part: Part) -> Callable[[Pooled], Measured | None]:
    """The measure that is the mean of what each target adds."""

    def pooled(sample: Pooled) -> Measured | None:
        values = _by_replication(sample, part)
        return None if values is None else mean(values)

    return pooled


@dataclass(frozen=True)
class RootOver:
    """The measure that is the root of the mean square that each target adds; its MCSE by the delta method."""

    part: Part

    def __call__(self, sample: Pooled) -> Measured | None:
        """The measure of several targets; None where none of them adds anything."""
        values = _by_replication(sample, self.part)
        if values is None:
            return None
        squares = mean(values)
        if not squares.value > 0:
            return Measured(squares.value, 0.0, squares.n_used)
        root = float(np.sqrt(squares.value))
        return Measured(root, squares.mcse / (2 * root), squares.n_used)

    def jackknife(self, sample: Pooled) -> float | None:
        """The measure's error by the jackknife over groups of replications."""
        values = _by_replication(sample, self.part)
        return None if values is None else jackknife.of_means(values[None], lambda means, _: np.sqrt(means[0]))


def _by_replication(sample: Pooled, part: Part) -> Floats | None:
    """The mean over the targets in each replication in which all of them that add anything do (k,)."""
    found = [added for each in sample.parts if (added := part(each)) is not None]
    if not found:
        return None
    whole = np.column_stack(found)
    kept: Floats = whole[~np.isnan(whole).any(axis=1)].mean(axis=1)
    return kept


def squares_about_mean(sample: Estimated) -> Floats | None:
    """Squared distances (R,) from the mean estimate, times R / (R - 1): their mean is the variance."""
    n = sample.told.size
    if n < 2:
        return None
    return np.asarray((sample.value - sample.estimates.mean()) ** 2 * n / (n - 1))
