"""Which item goes next, compiled: the worst of those that a rule condemns and may take."""

import numpy as np

from sim.kernels.loops import compiled


@compiled
def worst_batch(values, condemned, retained, bounds, least, going, short):
    """Fills going (R,) and short (R, m); see `estimators.decisions.items.worst`."""
    for r in range(len(values)):
        going[r] = -1
        lowest = np.inf
        for j in range(len(bounds) - 1):
            left, bad = 0, False
            for i in range(bounds[j], bounds[j + 1]):
                left += retained[r, i]
                bad = bad or (retained[r, i] and condemned[r, i])
            short[r, j] = bad and left <= least
            if not bad or left <= least:
                continue
            for i in range(bounds[j], bounds[j + 1]):
                if retained[r, i] and condemned[r, i]:
                    value = values[r, i]
                    if np.isnan(value):
                        value = -np.inf
                    if going[r] < 0 or value < lowest:
                        going[r], lowest = i, value
