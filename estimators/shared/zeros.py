"""Covariances that are 0 by the way the data are made: no test of a model may count them.

Products of items that are residuals of a regression on other items covary 0 with those items in every sample (Little,
Bovaird & Widaman 2006). Such a covariance fits whatever is true. The others are distributed as under the condition that
these are 0, and in normal theory the statistic is then chi-square with df for the others alone: those of all
covariances, less the zeros, but with the parameters that the zeros alone determine given back.
"""

from sim.batch import Batch, Bools

#: Under which a batch holds them.
_ZEROS = "covariances that are 0 by construction"


def with_zeros(batch: Batch, zeros: Bools) -> Batch:
    """The batch, which knows from now on the covariances of its items that are 0 by construction (p, p), symmetric."""
    batch.found[_ZEROS] = zeros
    return batch


def zeros_of(batch: Batch) -> Bools | None:
    """The covariances of a batch's items that are 0 by construction (p, p), or None."""
    return batch.found.get(_ZEROS)
