"""The omnibus test of groups: how far apart the correlations are that the groups' models imply (Klesel et al. 2019)."""

from itertools import combinations

import numpy as np

from estimators.composites.fitted import FittedComposites
from estimators.composites.implied import implied_correlations
from estimators.groups.permuted import Permuted
from estimators.inference.distances import geodesic, squared_euclidean
from sim.batch import Floats
from sim.model import Model


def group_distances(method: FittedComposites, permuted: Permuted, model: Model) -> tuple[Floats, Floats]:
    """d_G and d_L (1 + P,): means over all pairs of groups of the distance between their implied correlations.

    Klesel, Schuberth, Henseler & Niehaves (2019, Internet Research 29, 464-477, eqs. 6 and 7). NaN where a group's
    model has none.
    """
    implied = []
    for batch in permuted.batches:
        found = method.fitted_arrays(batch, model)
        own = implied_correlations(model, batch.moments.correlations, batch.retained, found, saturated=False)
        own[found.status > 1] = np.nan
        implied.append(own)
    retained = np.repeat(permuted.retained[None], len(permuted), axis=0)
    pairs = list(combinations(implied, 2))
    d_g = sum(geodesic(a, b, retained) for a, b in pairs) / len(pairs)
    d_l = sum(squared_euclidean(a, b, retained) for a, b in pairs) / len(pairs)
    return np.asarray(d_g), np.asarray(d_l)
