"""What construct correlations, paths and R2 imply of each other: ranges over everything that rounds to the print.

For standardised composites (or sum scores) with correlations C, least squares gives C_xx b = r and
R2 = b'r = b' C_xx b.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from sim.batch import Floats
from sim.tables.bounds.blockbounds import Interval
from sim.tables.reading.printed import Printed

#: Correlations of so many entries have all corners of their rounding tried.
_CORNERS = 10


def definite_within_rounding(values: Floats, halves: Floats) -> bool:
    """Whether some positive semidefinite matrix rounds to the correlations (m, m); halves (m, m), 0 on the diagonal.

    False is certain: for the last eigenvector v, v'Cv stays negative at the best rounding of every entry.
    """
    v = np.linalg.eigh(values)[1][:, 0]
    return float(v @ values @ v + np.abs(v) @ halves @ np.abs(v)) >= -1e-9


def regression_ranges(xx: Floats, xx_halves: Floats, r: Sequence[Printed]) -> tuple[Interval, list[Interval]] | None:
    """R2 and every path, from printed correlations among predictors (q, q) and with the outcome (q).

    The widest of the corners of the rounding and of its first-order effect, with a tenth added for what is between.
    None where the predictors' correlations are not positive definite.
    """
    q = len(r)
    upper = np.triu_indices(q, 1)
    centre = np.concatenate([xx[upper], [number.value for number in r]])
    halves = np.concatenate([xx_halves[upper], [number.half for number in r]])

    def solved(x: Floats) -> Floats:
        matrix = np.eye(q)
        matrix[upper] = x[: len(upper[0])]
        matrix.T[upper] = x[: len(upper[0])]
        if np.linalg.eigvalsh(matrix)[0] < 1e-6:
            raise np.linalg.LinAlgError
        b = np.linalg.solve(matrix, x[len(upper[0]) :])
        return np.array([b @ x[len(upper[0]) :], *b])

    try:
        middle = solved(centre)
        steps = np.array([(solved(centre + h) - solved(centre - h)) / 2 for h in np.diag(halves)])
        widths = 1.1 * np.abs(steps).sum(axis=0)
        low, high = middle - widths, middle + widths
        if len(centre) <= _CORNERS:
            corners = np.array([solved(centre + halves * s) for s in itertools.product((-1, 1), repeat=len(centre))])
            low, high = np.minimum(low, corners.min(axis=0)), np.maximum(high, corners.max(axis=0))
    except np.linalg.LinAlgError:
        return None
    found = [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return found[0], found[1:]


def product_range(pairs: Sequence[tuple[Printed, Printed]]) -> Interval:
    """R2 = sum b r of printed paths and correlations with the outcome."""
    products = [[a * b for a in (p.lower, p.upper) for b in (c.lower, c.upper)] for p, c in pairs]
    return Interval(sum(map(min, products)), sum(map(max, products)))


def r2_of_paths(paths: Sequence[Printed], among: dict[tuple[int, int], Printed]) -> Interval:
    """R2 = b' C b of printed paths; correlations among the predictors that are not printed may be anything in -1 to 1.

    Without any of them printed, R2 lies between max(0, 2 max|b| - sum|b|)^2 and (sum|b|)^2.
    """
    squares = [
        (0.0 if p.lower * p.upper < 0 else min(p.lower**2, p.upper**2), max(p.lower**2, p.upper**2)) for p in paths
    ]
    low, high = sum(s for s, _ in squares), sum(s for _, s in squares)
    for i, j in itertools.combinations(range(len(paths)), 2):
        r = among.get((i, j))
        ends = (-1.0, 1.0) if r is None else (max(r.lower, -1.0), min(r.upper, 1.0))
        products = [
            2 * a * b * c
            for a in (paths[i].lower, paths[i].upper)
            for b in (paths[j].lower, paths[j].upper)
            for c in ends
        ]
        low, high = low + min(products), high + max(products)
    sizes = [max(abs(p.lower), abs(p.upper)) for p in paths]
    least = max(
        (min(abs(p.lower), abs(p.upper)) - sum(sizes[:i] + sizes[i + 1 :]) for i, p in enumerate(paths)), default=0.0
    )
    return Interval(max(low, max(0.0, least) ** 2), high)


def implied_correlation(paths: Sequence[Printed], r2: Printed) -> Interval:
    """The correlation of two predictors that their paths and R2 print: (R2 - b1^2 - b2^2) / (2 b1 b2)."""
    found = [
        (x - a**2 - b**2) / (2 * a * b)
        for a in (paths[0].lower, paths[0].upper)
        for b in (paths[1].lower, paths[1].upper)
        for x in (r2.lower, r2.upper)
        if a * b != 0
    ]
    if not found or paths[0].lower * paths[0].upper <= 0 or paths[1].lower * paths[1].upper <= 0:
        return Interval(-1.0, 1.0)
    return Interval(min(found), max(found))


def correlation_of_sums(r: Interval, first: float, second: float) -> Interval:
    """Correlations that two plain sums can have whose composites correlate at r and are correlated with them.

    first and second: the correlation of each composite with its sum. Angles add up: arccos r moves by at most the
    angles of both.
    """
    slack = float(np.arccos(np.clip(first, -1, 1)) + np.arccos(np.clip(second, -1, 1)))
    low, high = (float(np.arccos(np.clip(x, -1, 1))) for x in (r.lower, r.upper))
    return Interval(float(np.cos(min(np.pi, low + slack))), float(np.cos(max(0.0, high - slack))))
