"""The correlation of two answers as a curve over that before the cut: worked out once for a pair of thresholds."""

from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev

from sim.answers.likert import cut_covariance, cut_variance
from sim.batch import Floats

#: Degree of the polynomial in asin(rho): about 1e-8 is left at the thresholds of 11 categories.
DEGREE = 96


def correlations_of_answers(rho: Floats, cuts_a: Floats, cuts_b: Floats) -> Floats:
    """Correlations of answers (k_a, k_b) from those before the cut; cuts (k, T), T = 0 where there is no cut."""
    if not cuts_a.shape[1]:
        return rho
    first, second = ([tuple(row) for row in cuts.tolist()] for cuts in (cuts_a, cuts_b))
    place = np.arcsin(np.clip(rho, -1.0, 1.0)) * 2 / np.pi
    if len(set(first)) == len(set(second)) == 1:
        return np.asarray(chebyshev.chebval(place, curve(first[0], second[0])))
    coefficients = np.array([curve(a, b) for a in first for b in second]).T
    return np.asarray(chebyshev.chebval(place.ravel(), coefficients, tensor=False)).reshape(rho.shape)


@lru_cache(maxsize=65536)
def curve(a: tuple[float, ...], b: tuple[float, ...]) -> Floats:
    """Chebyshev coefficients of the answers' correlation over 2 asin(rho) / pi, in which it is smooth to the ends."""
    cuts = [np.array([row]) for row in (a, b)]
    size = float(np.sqrt(cut_variance(cuts[0])[0] * cut_variance(cuts[1])[0]))

    def correlation(x: Floats) -> Floats:
        above = [np.broadcast_to(each, (x.size, each.shape[1])) for each in cuts]
        return np.asarray(cut_covariance(above[0], above[1], np.sin(np.pi / 2 * x)) / size)

    nodes = chebyshev.chebpts1(DEGREE + 1)
    transform = chebyshev.chebvander(nodes, DEGREE)  # orthogonal over the nodes
    return np.asarray(transform.T @ correlation(nodes) / (transform**2).sum(axis=0))
