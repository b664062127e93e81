"""Vanishing tetrads of a block: whether one common factor can stand behind its items (Bollen & Ting 1993, 2000)."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy.special import chdtrc, ndtr

from sim.batch import Floats

#: The four covariances of a tetrad s_ab s_cd - s_ac s_bd, as places among the pairs of items.
Tetrad = tuple[int, int, int, int]


@dataclass(frozen=True)
class TetradTest:
    """What tetrads say of a block of k items: `count` = k (k - 3) / 2 of them that do not follow from each other.

    statistic: t'V^-1 t, chi-square with so many degrees of freedom where one common factor stands behind the items;
    p_value of it. smallest: the smallest p-value of a single tetrad, times their number (Bonferroni), at most 1.
    """

    count: int
    statistic: float
    p_value: float
    smallest: float


def vanishing_tetrads(answers: Floats) -> TetradTest | None:
    """The test of one block of answers (n, k); None with fewer than four items, or where it cannot be worked out.

    V is the covariance matrix of the tetrads by the delta method from the fourth moments of the answers, so that they
    need not be normal (Bollen & Ting 1993, Sociological Methodology 23, 147-175, equation 12). The tetrads are chosen
    as their derivatives are independent where all items correlate alike; another choice has another statistic, equal
    in endless data.
    """
    n, k = answers.shape
    if k < 4:
        return None
    pairs, tetrads = _tetrads(k)
    centred = answers - answers.mean(axis=0)
    deviation = centred.std(axis=0)
    if n <= len(tetrads) or not (deviation > 0).all():
        return None
    centred = centred / deviation
    products = centred[:, [a for a, _ in pairs]] * centred[:, [b for _, b in pairs]]
    s, places = products.mean(axis=0), np.array(tetrads)
    values = s[places[:, 0]] * s[places[:, 1]] - s[places[:, 2]] * s[places[:, 3]]
    slopes = _slopes(s, places)
    spread = slopes @ np.cov(products.T, bias=True) @ slopes.T / n
    if np.linalg.eigvalsh(spread)[0] < 1e-12 * np.trace(spread):
        return None
    statistic = float(values @ np.linalg.solve(spread, values))
    single = 2.0 * ndtr(-np.abs(values) / np.sqrt(np.diag(spread)))
    count = len(tetrads)
    return TetradTest(count, statistic, float(chdtrc(count, statistic)), float(min(1.0, count * single.min())))


def _slopes(s: Floats, places: np.ndarray) -> Floats:
    """Derivatives (m, pairs) of tetrads by the covariances of pairs."""
    slopes, rows = np.zeros((len(places), len(s))), np.arange(len(places))
    for one, other, sign in ((0, 1, 1.0), (1, 0, 1.0), (2, 3, -1.0), (3, 2, -1.0)):
        slopes[rows, places[:, one]] += sign * s[places[:, other]]
    return slopes


@lru_cache(maxsize=32)
def _tetrads(k: int) -> tuple[tuple[tuple[int, int], ...], tuple[Tetrad, ...]]:
    """The pairs of k items, and k (k - 3) / 2 tetrads that do not follow from each other, first come first."""
    pairs = tuple(combinations(range(k), 2))
    place = {pair: column for column, pair in enumerate(pairs)}
    chosen: list[Tetrad] = []
    alike, rank = np.ones(len(pairs)), 0
    wanted, found = k * (k - 3) // 2, np.zeros((0, len(pairs)))
    for a, b, c, d in combinations(range(k), 4):
        outer, middle, inner = (place[a, b], place[c, d]), (place[a, c], place[b, d]), (place[a, d], place[b, c])
        for one, other in ((outer, middle), (middle, inner)):
            if rank == wanted:
                return pairs, tuple(chosen)
            tried = np.vstack([found, _slopes(alike, np.array([[*one, *other]]))])
            if np.linalg.matrix_rank(tried) > rank:
                chosen.append((*one, *other))
                found, rank = tried, rank + 1
    return pairs, tuple(chosen)
