"""Principal components of retained items, several data sets at once."""

import numpy as np

from sim.batch import Bools, Floats


def component_loadings(correlations: Floats, retained: Bools) -> tuple[Floats, Floats]:
    """Loadings of items on unrotated components (R, p, p), the largest component first, and eigenvalues (R, p).

    correlations (R, p, p). Only the retained items (R, p) that vary take part: the others load NaN, and as many of the
    last components are theirs, with eigenvalue -1. Each component points to where its loadings sum to more.
    """
    there = retained & np.isfinite(np.diagonal(correlations, axis1=1, axis2=2))
    both = there[:, :, None] & there[:, None, :]
    filled = np.where(both, np.nan_to_num(correlations), 0.0)
    at = np.arange(correlations.shape[1])
    filled[:, at, at] = np.where(there, 1.0, -1.0)
    values, vectors = np.linalg.eigh(filled)
    values, vectors = values[:, ::-1], vectors[:, :, ::-1]
    loadings = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    loadings = loadings * np.where(loadings.sum(axis=1) < 0, -1.0, 1.0)[:, None, :]
    return np.where(there[:, :, None], loadings, np.nan), values
