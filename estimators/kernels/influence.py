"""Compiled casewise influence of polychoric correlations (Muthen 1984; Joreskog 1994)."""

import math

import numpy as np

from estimators.kernels.binormal import FINE, TERMS, density_grid, hermite_terms
from estimators.kernels.polychoric import IMPROBABLE, Margin, cell_value, clear_borders, fill_grids, improbable_share
from sim.kernels.loops import compiled, part

#: Where a table has an item's categories; NumPy's, for Python's are literals, for which the callee is compiled anew.
IN_ROWS, IN_COLUMNS = np.bool_(False), np.bool_(True)


@compiled
def polychoric_influence(codes, counts, categories, retained, thresholds, correlations, out):
    """First-order effect of every respondent on every polychoric correlation of one data set, times n.

    codes (p, n), counts (p, K), categories (p,), retained (p,), thresholds (p, K), correlations (p, p); fills out
    (n, p (p - 1) / 2), the pairs row by row: (0, 1), (0, 2), ..., (1, 2), ... Thresholds count as estimated in a first
    step, each from its own margin. Derivatives of the scores are replaced by their mean cross-products over the
    respondents. NaN for pairs without a correlation inside (-1, 1).
    """
    p, n = codes.shape
    k = counts.shape[1]
    terms = np.empty((p, TERMS, 4 * ((k + 3) // 4)))
    excess, density = np.empty((k + 1, k + 4)), np.empty((k + 1, k + 4))
    shares = np.empty((p, k))
    table, effect, by_threshold = np.empty((k, k)), np.empty((k, k)), np.empty((2, k))
    for i in range(p):
        if retained[i]:
            hermite_terms(thresholds[i], categories[i] - 1, terms[i])
            for c in range(categories[i]):
                shares[i, c] = counts[i, c] / n
    column = -1
    for i in range(p):
        for l in range(i + 1, p):
            column += 1
            rho = correlations[i, l]
            if not (retained[i] and retained[l] and abs(rho) < 1.0):
                for s in range(n):
                    out[s, column] = np.nan
                continue
            ki, kl = categories[i], categories[l]
            first = Margin(thresholds[i], shares[i], terms[i], ki)
            second = Margin(thresholds[l], shares[l], terms[l], kl)
            for a in range(ki):
                for b in range(kl):
                    table[a, b] = 0.0
            for s in range(n):
                table[codes[i, s], codes[l, s]] += 1.0 / n
            clear_borders(ki - 1, kl - 1, excess)
            clear_borders(ki - 1, kl - 1, density)
            fill_grids(rho, FINE, first, second, excess, density)
            density_grid(rho, thresholds[i], ki - 1, thresholds[l], kl - 1, density)
            information = 0.0
            for a in range(ki):
                for b in range(kl):
                    effect[a, b] = 0.0
                    if table[a, b] > 0.0:
                        share = shares[i, a] * shares[l, b] + cell_value(excess, a, b)
                        if share < IMPROBABLE:
                            share = improbable_share(rho, first, a, second, b)
                        effect[a, b] = cell_value(density, a, b) / share
                        information += table[a, b] * effect[a, b] ** 2
                        table[a, b] *= effect[a, b] / share
            # From here on the table holds share observed x score / probability.
            threshold_effect(rho, first, second, table, IN_ROWS, by_threshold[0])
            threshold_effect(rho, second, first, table, IN_COLUMNS, by_threshold[1])
            for s in range(n):
                a, b = codes[i, s], codes[l, s]
                out[s, column] = (effect[a, b] - by_threshold[0, a] - by_threshold[1, b]) / information


@part
def threshold_effect(rho, own, other, table, turned, effect):
    """What an answer in each category of an item (kx,) does to a score by way of its thresholds.

    `table` has the item's own categories in its rows, or where `turned` in its columns.

    The sum over thresholds of the mean product of both scores and (1{answer below tau} - share below) / density(tau).
    """
    x, shares, kx, y, ky = own.thresholds, own.shares, own.categories, other.thresholds, other.categories
    spread = math.sqrt(2.0 * (1.0 - rho * rho))
    for c in range(kx):
        effect[c] = 0.0
    below = 0.0
    for a in range(kx - 1):
        below += shares[a]
        product, before = 0.0, 0.0
        for b in range(ky):
            now = 1.0 if b == ky - 1 else 0.5 * math.erfc((rho * x[a] - y[b]) / spread)
            difference = table[b, a] - table[b, a + 1] if turned else table[a, b] - table[a + 1, b]
            product += (now - before) * difference
            before = now
        # The density of tau stands in both factors and cancels.
        for c in range(kx):
            effect[c] += product * ((1.0 if c <= a else 0.0) - below)
