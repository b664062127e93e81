"""Sums over the retained items of each block, from which statistics of scales and of scales without an item follow."""

from typing import NamedTuple

import numpy as np

from sim.batch import Batch, Floats
from sim.model import Model


class Sums(NamedTuple):
    """Of every item (R, p), NaN where not retained: its variance, its covariances with the block's others summed, and
    of the block it is in: the variance of the sum, the sum of variances, the number of items.
    """

    own: Floats
    others: Floats
    total: Floats
    trace: Floats
    size: Floats


def block_sums(batch: Batch, model: Model) -> Sums:
    """From the covariances of the answers, in their units."""
    kept = batch.retained
    same = (model.block_of[:, None] == model.block_of)[None] & kept[:, :, None] & kept[:, None, :]
    covariances = np.where(same, batch.moments.covariances, 0.0)
    own = np.diagonal(covariances, axis1=1, axis2=2)
    rows = covariances.sum(axis=2)
    whole = [np.add.reduceat(values, model.bounds[:-1], axis=1) for values in (rows, own, kept.astype(np.float64))]
    total, trace, size = (np.where(kept, values[:, model.block_of], np.nan) for values in whole)
    return Sums(np.where(kept, own, np.nan), np.where(kept, rows - own, np.nan), total, trace, size)
