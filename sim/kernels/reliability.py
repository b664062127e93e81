"""Compiled sums behind Cronbach's alpha."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def alpha_batch(covariances, retained, bounds, alpha):
    """Alpha of each block's retained items (R, m) from covariances (R, p, p); NaN for fewer than two items."""
    for r in range(len(covariances)):
        for j in range(len(bounds) - 1):
            k, own, total = 0, 0.0, 0.0
            for a in range(bounds[j], bounds[j + 1]):
                if retained[r, a]:
                    k += 1
                    own += covariances[r, a, a]
                    total += covariances[r, a, a]
                    for b in range(bounds[j], a):
                        if retained[r, b]:
                            total += 2.0 * covariances[r, a, b]
            alpha[r, j] = k / (k - 1.0) * (1.0 - own / total) if k > 1 and total != 0.0 else np.nan
