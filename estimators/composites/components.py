"""Regression on principal components: each construct's score is the first component of its items."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from estimators.base import AlignedEstimator, Estimates, Status
from estimators.composites.composite import CompositeArrays, blocks_of, usable_correlations
from estimators.kernels.scores import score_batch
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target

#: Two largest eigenvalues nearer to each other than this leave the first component undetermined.
APART = 1e-10


@dataclass(frozen=True)
class Components(AlignedEstimator):
    """OLS on the first principal component of each block's correlations (Hotelling 1933), standardised coefficients.

    A block's weights are the first eigenvector, signed so that they sum to a positive number, and scaled to a score of
    variance 1; loadings are item-score correlations. UNIDENTIFIED where a block's two largest eigenvalues are equal.
    Standard errors come from `Bootstrap`.
    """

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        arrays = CompositeArrays.blank(batch, model)
        items = usable_correlations(batch, arrays.status)
        for lower, upper in pairwise(model.bounds):
            weights, tied = first_components(np.ascontiguousarray(items[:, lower:upper, lower:upper]))
            arrays.weights[:, lower:upper] = weights
            arrays.status[tied & (arrays.status == Status.OK)] = Status.UNIDENTIFIED
        score_batch(items, batch.retained, blocks_of(model), arrays)
        return arrays.estimates(batch, model, targets, batch.moments.correlations)


def first_components(correlations: Floats) -> tuple[Floats, np.ndarray]:
    """First eigenvectors (R, k) of matrices (R, k, k), signed to sum above 0; and where eigenvalues tie (R,).

    A vector that sums to 0 has its first large element positive.
    """
    values, vectors = np.linalg.eigh(correlations)
    first = vectors[:, :, -1]
    tied = np.zeros(len(first), dtype=bool) if first.shape[1] == 1 else values[:, -1] - values[:, -2] < APART
    total = first.sum(axis=1)
    large = np.argmax(np.abs(first) > 0.1 / first.shape[1], axis=1)
    leading = first[np.arange(len(first)), large]
    signs = np.where(np.where(np.abs(total) > APART, total, leading) < 0, -1.0, 1.0)
    return first * signs[:, None], tied
