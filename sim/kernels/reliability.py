"""Compiled sums behind Cronbach's alpha."""

import numpy as np

from sim.kernels.loops import compiled

#: Share of the items' variances that is rounding: a sum of k items is known to about k * k * 1e-16 of them.
NOTHING = 1e-12


@compiled
def alpha_batch(covariances, retained, bounds, alpha):
    """Alpha of each block's retained items (R, m) from covariances (R, p, p).

    NaN for fewer than two items, and where their sum has no variance: up to rounding (NOTHING of the items' own
    variances) or, as pairwise covariances may have it, less than none. No alpha is above 1.
    """
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
            alpha[r, j] = k / (k - 1.0) * (1.0 - own / total) if k > 1 and total > NOTHING * own else np.nan
