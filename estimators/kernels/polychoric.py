"""Compiled polychoric correlations: categories, two-way tables, two-step maximum likelihood (Olsson 1979)."""

from typing import NamedTuple

import numpy as np

from estimators.base import Status
from estimators.kernels.binormal import (
    COARSE,
    FINE,
    LARGEST,
    TERMS,
    density_grid,
    hermite_terms,
    integral_excess,
    rectangle,
    series_grid,
    slope_grid,
)
from sim.batch import Floats
from sim.kernels.loops import compiled, part

OK, INADMISSIBLE = int(Status.OK), int(Status.INADMISSIBLE)
CONSTANT_ITEM, NOT_ORDINAL = int(Status.CONSTANT_ITEM), int(Status.NOT_ORDINAL)

#: Categories that an item may have.
MOST_CATEGORIES = 20
#: A likelihood that still rises here has its maximum at 1.
BOUND = 0.9999
#: A smaller probability is integrated for itself: as a difference of others it has lost too many figures.
IMPROBABLE = 1e-6
#: Less than what a double can tell from nothing.
IMPOSSIBLE = 1e-290
#: A likelihood whose curvature times (1 - rho^2)^2 is less has gone flat on its way to |rho| = 1.
FLAT = 1e-2
#: Share of 1 - rho^2 under which a step is the last one: what is left is of its third order.
SETTLED = 3e-5
#: Terms of the series that the starting value rests on.
START_TERMS = 6
MAX_STEPS = 60


class Margin(NamedTuple):
    """One item of a two-way table."""

    thresholds: Floats  # (k,) upper limits of its categories
    shares: Floats  # (k,) of the respondents
    terms: Floats  # (TERMS, k or more) of `hermite_terms`
    categories: int  # k


class Grids(NamedTuple):
    """What the thresholds of two items with x and y categories say of the table: (x + 1, y + 4) each."""

    excess: Floats  # probability over that under independence
    density: Floats  # its derivative by rho
    slope: Floats  # and that one's


@compiled
def code_batch(answers, retained, codes, counts, categories, status):
    """Number every retained item's categories from 0, in order, leaving out those that nobody chose.

    answers (R, n, p); fills codes (R, p, n), counts (R, p, MOST_CATEGORIES), categories (R, p) and, where an item
    cannot be used, status (R,): CONSTANT_ITEM wherever there is one, whatever its value and the other items.
    """
    replications, _, p = answers.shape
    seen, rank = np.empty(MOST_CATEGORIES), np.empty(MOST_CATEGORIES, dtype=np.uint8)
    for r in range(replications):
        for i in range(p):
            if not retained[r, i]:
                continue
            k = categories_of(answers[r], i, codes[r, i], counts[r, i], seen, rank)
            if k == 1:
                status[r] = CONSTANT_ITEM
            elif k < 0 and status[r] == OK:
                status[r] = NOT_ORDINAL
            categories[r, i] = max(k, 0)


@part
def categories_of(answers, item, codes, counts, seen, rank):
    """The number of different answers (n, p) to an item, -1 if they are no categories; fills codes (n,), counts."""
    k, whole = 0, True
    for s in range(len(answers)):
        value, c = np.float64(answers[s, item]), 0
        while c < k and seen[c] != value:
            c += 1
        if c == k:
            if not abs(value) < np.inf or value != np.floor(value):
                whole = False
            if k == MOST_CATEGORIES or (k > 0 and not whole):
                return -1
            seen[k] = value
            k += 1
        codes[s] = c
    for c in range(k):
        rank[c] = 0
        for l in range(k):
            if seen[l] < seen[c]:
                rank[c] += 1
    for s in range(len(codes)):
        c = rank[codes[s]]
        codes[s] = c
        counts[c] += 1
    return k


@part
def cross_table(row_codes, column_codes, columns, table):
    """Counts of each cell, row by row, of two items' codes (n,)."""
    for s in range(len(row_codes)):
        table[row_codes[s] * columns + column_codes[s]] += 1.0


@part
def without_empty_cell(table):
    """Move half an answer into the empty cell of a 2 x 2 table, keeping its margins."""
    if table[0] == 0.0 or table[3] == 0.0:
        shift = 0.5
    elif table[1] == 0.0 or table[2] == 0.0:
        shift = -0.5
    else:
        return
    table[0] += shift
    table[3] += shift
    table[1] -= shift
    table[2] -= shift


@part
def normal_scores(thresholds, shares, k, terms, scores, series):
    """Mean latent value in each of k categories, and the series of its covariance with another item's.

    The expected product of two items' scores is the sum over j of rho^(j + 1) series_x[j] series_y[j].
    """
    for j in range(START_TERMS):
        series[j] = 0.0
    for c in range(k):
        below = terms[0, c - 1] if c > 0 else 0.0
        above = terms[0, c] if c < k - 1 else 0.0
        scores[c] = (below - above) / shares[c]
        for j in range(START_TERMS):
            below = terms[j, c - 1] if c > 0 else 0.0
            above = terms[j, c] if c < k - 1 else 0.0
            series[j] += scores[c] * (above - below)


@part
def starting_value(product, row_series, column_series):
    """The correlation at which normal scores have the mean product observed, by three Newton steps."""
    rho = max(-0.9, min(0.9, product / (row_series[0] * column_series[0])))
    for _ in range(3):
        value, slope = 0.0, 0.0
        for j in range(START_TERMS - 1, -1, -1):
            slope = slope * rho + value
            value = value * rho + row_series[j] * column_series[j]
        slope = slope * rho + value
        value = value * rho
        if slope > 0.0:
            rho = max(-0.9, min(0.9, rho - (value - product) / slope))
    return rho


@part
def cell_value(grid, a, b):
    """What the grid of two items' thresholds says of cell (a, b)."""
    return grid[a + 1, b + 1] - grid[a, b + 1] - grid[a + 1, b] + grid[a, b]


@part
def clear_borders(t_x, t_y, grid):
    """Zero where one of the two thresholds is infinite."""
    for a in range(t_x + 2):
        grid[a, 0] = 0.0
        grid[a, t_y + 1] = 0.0
    for b in range(t_y + 2):
        grid[0, b] = 0.0
        grid[t_x + 1, b] = 0.0


@part
def improbable_share(rho, first, a, second, b):
    """Probability of cell (a, b) of two margins, to a small share of itself."""
    x, y = first.thresholds, second.thresholds
    left, right = x[a - 1] if a > 0 else -np.inf, x[a] if a < first.categories - 1 else np.inf
    low, high = y[b - 1] if b > 0 else -np.inf, y[b] if b < second.categories - 1 else np.inf
    return rectangle(rho, left, right, low, high)


@part
def fill_grids(rho, end, first, second, excess, density):
    """Excess over independence and its derivative by rho at the thresholds of two margins."""
    x, y, t_x, t_y = first.thresholds, second.thresholds, first.categories - 1, second.categories - 1
    if abs(rho) <= LARGEST:
        series_grid(rho, end, first.terms, t_x, second.terms, t_y, excess, density)
    else:
        integral_excess(rho, x, t_x, y, t_y, excess)
        density_grid(rho, x, t_x, y, t_y, density)


@part
def pair(rho, table, first, second, grids):
    """The correlation that maximises the likelihood of a table given two margins; +-1 where it rises to the end.

    Newton's steps from `rho`, kept between the last values at which the likelihood rose and fell. The first may be
    coarse; the last takes account of how the curvature changed since the one before.
    """
    x, shares_x, _, kx = first
    y, shares_y, _, ky = second
    excess, density, slope = grids
    lower, upper, end = -BOUND, BOUND, COARSE
    rho_before, information_before = rho, 0.0
    clear_borders(kx - 1, ky - 1, excess)
    clear_borders(kx - 1, ky - 1, density)
    clear_borders(kx - 1, ky - 1, slope)
    for _ in range(MAX_STEPS):
        fill_grids(rho, end, first, second, excess, density)
        slope_grid(rho, x, kx - 1, y, ky - 1, density, slope)
        score, information, exact = 0.0, 0.0, False
        for a in range(kx):
            for b in range(ky):
                count = table[a * ky + b]
                if count > 0.0:
                    share = shares_x[a] * shares_y[b] + cell_value(excess, a, b)
                    if share < IMPROBABLE:
                        share = improbable_share(rho, first, a, second, b)
                        if not exact:
                            density_grid(rho, x, kx - 1, y, ky - 1, density)
                            slope_grid(rho, x, kx - 1, y, ky - 1, density, slope)
                            exact = True
                    if share < IMPOSSIBLE:
                        score, information = (-np.inf if rho > 0.0 else np.inf), 0.0
                        break
                    weight = 1.0 / share
                    change = cell_value(density, a, b) * weight
                    score += count * change
                    information += count * (change * change - cell_value(slope, a, b) * weight)
        rest = 1.0 - rho * rho
        flat = abs(rho) > 0.9 and abs(information) * rest * rest < FLAT and abs(score) * rest < FLAT
        if abs(rho) == BOUND and (flat or score * rho > 0.0):
            return 1.0 if rho > 0.0 else -1.0
        if score > 0.0:
            lower = rho
        else:
            upper = rho
        if flat:
            rho = BOUND if rho > 0.0 else -BOUND
            continue
        step = score / information if information > 0.0 else np.copysign(2.0, score)
        if end == FINE and abs(step) < SETTLED * rest:
            moved = rho - rho_before
            bend = (information - information_before) / moved if moved != 0.0 else 0.0
            return rho + step * (1.0 - 0.5 * step * bend / information)
        rho_before, information_before, end = rho, information, FINE
        rho += step
        if not lower < rho < upper:
            limit = upper if score > 0.0 else lower
            near = abs(limit) == BOUND and abs(limit - rho_before) < 0.02
            rho = limit if near else 0.5 * (rho_before + limit)
    return rho


@compiled
def polychoric_batch(codes, counts, categories, retained, thresholds, correlations, status):
    """Polychoric correlations (R, p, p) of every replication whose status is OK, in place.

    codes (R, p, n), counts (R, p, K), categories (R, p) as `code_batch` leaves them; thresholds (R, p, K). Pairs of
    which the likelihood rises to |rho| = 1 get +-1, and their replication becomes inadmissible.
    """
    replications, p, n = codes.shape
    k = counts.shape[2]
    terms = np.empty((p, TERMS, 4 * ((k + 3) // 4)))
    shares, scores, series = np.empty((p, k)), np.empty((p, k)), np.empty((p, START_TERMS))
    # Four columns at a time are written, so there is room for three too many.
    grids = Grids(np.empty((k + 1, k + 4)), np.empty((k + 1, k + 4)), np.empty((k + 1, k + 4)))
    table = np.empty(k * k)
    for r in range(replications):
        if status[r] != OK:
            continue
        for i in range(p):
            if retained[r, i]:
                correlations[r, i, i] = 1.0
                for c in range(categories[r, i]):
                    shares[i, c] = counts[r, i, c] / n
                hermite_terms(thresholds[r, i], categories[r, i] - 1, terms[i])
                normal_scores(thresholds[r, i], shares[i], categories[r, i], terms[i], scores[i], series[i])
        for i in range(p):
            for l in range(i + 1, p):
                if not (retained[r, i] and retained[r, l]):
                    continue
                ki, kl = categories[r, i], categories[r, l]
                product = 0.0
                for c in range(ki * kl):
                    table[c] = 0.0
                cross_table(codes[r, i], codes[r, l], kl, table)
                if ki == 2 and kl == 2:
                    without_empty_cell(table)
                for a in range(ki):
                    for b in range(kl):
                        product += table[a * kl + b] * scores[i, a] * scores[l, b]
                start = starting_value(product / n, series[i], series[l])
                first = Margin(thresholds[r, i], shares[i], terms[i], ki)
                rho = pair(start, table, first, Margin(thresholds[r, l], shares[l], terms[l], kl), grids)
                if abs(rho) >= 1.0:
                    status[r] = INADMISSIBLE
                correlations[r, i, l] = rho
                correlations[r, l, i] = rho
