"""Third and fourth joint cumulants of constructs on which products of normal constructs act."""

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from sim.batch import Floats


def joint_cumulants(linear: Floats, effects: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Third (m, m, m) and fourth (m, m, m, m) cumulants of constructs x_j + x'A_j x, x normal with covariances S.

    linear (m, m): S. effects (m, q): total effects of the products of x at `places` (q, 2), so that A_j is half the
    sum of them, symmetric. With s_i a column of S: the third is 2 s_i'A_k s_j, over the three places of the quadratic
    part, and 8 tr A_i S A_j S A_k S; the fourth is 4 s_i'A_k S A_l s_j, over the twelve orders of the places, and
    16 tr A_i S A_j S A_k S A_l S, over the three circles of four (Mathai & Provost 1992, section 3.2, for unequal
    forms).
    """
    m = len(linear)
    if not places.size:
        return np.zeros((m, m, m)), np.zeros((m, m, m, m))
    quadratic = np.zeros((m, m, m))
    for (a, b), column in zip(places, effects.T, strict=True):
        quadratic[:, a, b] += column / 2
        quadratic[:, b, a] += column / 2
    shared = quadratic @ linear  # A_j S
    ends = linear @ quadratic @ linear  # [k, i, j] = s_i'A_k s_j
    two = np.einsum("kab,lbc->klac", shared, shared, optimize=True)
    twice = np.einsum("ai,kab,lbj->ijkl", linear, shared, quadratic @ linear, optimize=True)  # s_i'A_k S A_l s_j
    third = 2 * (np.einsum("kij->ijk", ends) + np.einsum("kij->ikj", ends) + np.einsum("kij->kij", ends))
    third = third + 8 * np.einsum("ijab,kba->ijk", two, shared, optimize=True)
    fourth = np.zeros((m, m, m, m))
    for order in permutations(range(4)):  # i and j count in both orders, which are one
        fourth += 2 * np.transpose(twice, np.argsort(order))
    circles = 16 * np.einsum("ijab,klba->ijkl", two, two, optimize=True)
    for axes in ((0, 1, 2, 3), (0, 2, 1, 3), (0, 1, 3, 2)):
        fourth += np.transpose(circles, axes)
    return third, fourth
