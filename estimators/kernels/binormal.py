"""Compiled bivariate normal probabilities on the grid of two items' thresholds.

Sizes: an item has t thresholds, its arrays begin at the lowest one. A grid of two items has t_row + 2 rows and
t_column + 2 columns and begins and ends with an infinite threshold, where excess and density are 0.
"""

import math

import numpy as np

from sim.kernels.loops import contracted, inlined, part

#: Most terms of the tetrachoric series.
TERMS = 160
#: The series ends where |rho|^j is exp(-FINE): with what the terms lose by themselves, its rest is about 1e-15, that of
#: the densities 1e-14. COARSE leaves about 1e-8.
FINE, COARSE = 30.0, 13.0
#: Where the series takes all its terms.
LARGEST = np.exp(-FINE / TERMS)

#: Gauss-Legendre on [0, 1].
NODES, WEIGHTS = (0.5 * (np.polynomial.legendre.leggauss(24)[0] + 1.0), 0.5 * np.polynomial.legendre.leggauss(24)[1])
#: Pieces of each half of a rectangle.
PIECES = 11
#: Factors of the terms' recurrence.
_ORDERS = np.arange(1.0, TERMS + 1.0)
ASCENT, DESCENT = 1.0 / np.sqrt(_ORDERS), (_ORDERS - 2.0) / np.sqrt(_ORDERS * np.maximum(_ORDERS - 1.0, 1.0))


@part
def hermite_terms(thresholds, t, terms):
    """terms[j - 1, a] = density(tau_a) He_(j-1)(tau_a) / sqrt(j!), j = 1 to TERMS, for t thresholds tau.

    The excess of P(X <= tau_a, Y <= tau_b) over independence is the sum over j of rho^j terms_x terms_y (Pearson 1900;
    Mehler's formula). Columns are filled up with zeros to a multiple of four.
    """
    width = 4 * ((t + 3) // 4)
    for j in range(TERMS):
        for a in range(t, width):
            terms[j, a] = 0.0
    for a in range(t):
        x = thresholds[a]
        terms[0, a] = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)
        terms[1, a] = x * terms[0, a] * ASCENT[1]
    for j in range(2, TERMS):
        ascent, descent = ASCENT[j], DESCENT[j]
        for a in range(t):
            terms[j, a] = ascent * thresholds[a] * terms[j - 1, a] - descent * terms[j - 2, a]


@contracted
def series_grid(rho, end, row_terms, rows, column_terms, columns, excess, density):
    """Excess over independence and density on the grid by the tetrachoric series to |rho|^j = exp(-end)."""
    count = 1
    if rho != 0.0:
        count = min(TERMS, int(-end / np.log(abs(rho))) + 2)
    for a in range(rows):
        for b in range(0, columns, 4):
            p0, p1, p2, p3 = 0.0, 0.0, 0.0, 0.0
            d0, d1, d2, d3 = 0.0, 0.0, 0.0, 0.0
            power, order = 1.0, 1.0
            for j in range(count):
                term = power * row_terms[j, a]
                v, w = order * term, rho * term
                t0, t1, t2, t3 = (
                    column_terms[j, b], column_terms[j, b + 1], column_terms[j, b + 2], column_terms[j, b + 3]
                )  # fmt: skip
                p0, p1, p2, p3 = p0 + w * t0, p1 + w * t1, p2 + w * t2, p3 + w * t3
                d0, d1, d2, d3 = d0 + v * t0, d1 + v * t1, d2 + v * t2, d3 + v * t3
                power, order = power * rho, order + 1.0
            # What lies beyond the last column is zero, as the terms there are.
            excess[a + 1, b + 1], density[a + 1, b + 1] = p0, d0
            excess[a + 1, b + 2], density[a + 1, b + 2] = p1, d1
            excess[a + 1, b + 3], density[a + 1, b + 3] = p2, d2
            excess[a + 1, b + 4], density[a + 1, b + 4] = p3, d3


@inlined
def integral_excess(rho, row_thresholds, rows, column_thresholds, columns, excess):
    """The excess over independence on the grid by quadrature, |rho| < 1 (Drezner & Wesolowsky 1990, eq. 3).

    Gauss-Legendre over the angle asin(rho), in pieces that get shorter by four towards the end, where the integrand
    is steep.
    """
    for a in range(rows):
        for b in range(columns):
            excess[a + 1, b + 1] = 0.0
    end, lower = np.arcsin(rho), 0.0
    pieces = 1 if abs(rho) < 0.9 else 4
    for piece in range(pieces):
        upper = 1.0 if piece == pieces - 1 else 1.0 - 0.25 ** (piece + 1)
        for node in range(len(NODES)):
            angle = end * (lower + (upper - lower) * NODES[node])
            weight = end * (upper - lower) * WEIGHTS[node] / (2.0 * np.pi)
            sine, secant = np.sin(angle), 1.0 / np.cos(angle)
            for a in range(rows):
                h = row_thresholds[a]
                for b in range(columns):
                    k = column_thresholds[b]
                    away = (h - k * sine) * secant
                    excess[a + 1, b + 1] += weight * np.exp(-0.5 * (away * away + k * k))
        lower = upper


@part
def density_grid(rho, row_thresholds, rows, column_thresholds, columns, density):
    """Bivariate normal density on the grid, which is the excess's derivative by rho (Plackett 1954)."""
    rest = 1.0 / (1.0 - rho * rho)
    scale = np.sqrt(rest) / (2.0 * np.pi)
    for a in range(rows):
        h = row_thresholds[a]
        for b in range(columns):
            k = column_thresholds[b]
            density[a + 1, b + 1] = scale * np.exp((rho * h * k - 0.5 * (h * h + k * k)) * rest)


@part
def slope_grid(rho, row_thresholds, rows, column_thresholds, columns, density, slope):
    """The density's derivative by rho on the grid."""
    rest = 1.0 / (1.0 - rho * rho)
    for a in range(rows):
        h = row_thresholds[a]
        for b in range(columns):
            k = column_thresholds[b]
            bracket = rho + ((1.0 + rho * rho) * h * k - rho * (h * h + k * k)) * rest
            slope[a + 1, b + 1] = density[a + 1, b + 1] * rest * bracket


@part
def rectangle(rho, left, right, low, high):
    """P(left < X < right, low < Y < high), |rho| < 1, to a small share of itself where differences would lose it.

    The conditional probability of Y integrated over X by Gauss-Legendre, in pieces that get shorter towards both ends:
    an improbable rectangle has its mass at a corner.
    """
    left, right = max(left, min(right, 6.0) - 12.0), min(right, max(left, -6.0) + 12.0)
    spread = math.sqrt(2.0 * (1.0 - rho * rho))
    half, total = 0.5 * (right - left), 0.0
    for piece in range(PIECES):
        near = 0.0 if piece == 0 else 0.25 ** (PIECES - piece)
        far = 0.25 ** (PIECES - 1 - piece)
        for node in range(len(NODES)):
            away = half * (near + (far - near) * NODES[node])
            weight = half * (far - near) * WEIGHTS[node] / math.sqrt(2.0 * math.pi)
            for x in (left + away, right - away):
                from_low, from_high = (low - rho * x) / spread, (high - rho * x) / spread
                if from_low > 0.0:
                    share = 0.5 * (math.erfc(from_low) - math.erfc(from_high))
                else:
                    share = 0.5 * (math.erfc(-from_high) - math.erfc(-from_low))
                total += weight * math.exp(-0.5 * x * x) * share
    return total
