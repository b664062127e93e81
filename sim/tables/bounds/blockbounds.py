"""What alpha, composite reliability and AVE of one block imply of each other: bounds that hold for any data.

k kept items have standardised loadings l with sum S and sum of squares Q. AVE = Q / k and
rho_c = S^2 / (S^2 + k - Q) (Fornell & Larcker 1981; Werts, Linn & Joreskog 1974), so S^2 = rho_c (k - Q) / (1 - rho_c).
Loadings are taken as 0 to 1, or the printed limits. Then S lies between the sum at the extreme points of the sphere
(all loadings but one at a limit) and sqrt(k Q), that of equal loadings (Cauchy-Schwarz).

Standardised alpha = k / (k - 1) (1 - k / T), T the sum of all correlations of the items (Cronbach 1951). In PLS the
loadings are the items' correlations with a composite c of variance 1, so S = cov(sum of items, c), and S^2 <= T: the
squared correlation of the composite with the plain sum of its items is S^2 / T, and alpha, rho_c and AVE print it. The
rest, T - S^2, is the variance of the sum of k residuals with variances 1 - l^2, so T <= S^2 + k (k - Q).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from sim.tables.reading.printed import SLACK, Printed
from sim.tables.reading.table import Reported


@dataclass(frozen=True)
class Interval:
    """Numbers from `lower` to `upper`, both included; `lower` > `upper` where there is none."""

    lower: float
    upper: float

    def meets(self, other: "Interval") -> bool:
        """Whether the two have a number in common, up to rounding error."""
        return max(self.lower, other.lower) <= min(self.upper, other.upper) + SLACK

    def within(self, other: "Interval") -> "Interval":
        """What the two have in common."""
        return Interval(max(self.lower, other.lower), min(self.upper, other.upper))

    @classmethod
    def of(cls, printed: Printed) -> "Interval":
        """All that is rounded to a printed number."""
        return cls(printed.lower, printed.upper)

    @property
    def sizes(self) -> "Interval":
        """The absolute values of its numbers."""
        ends = sorted((abs(self.lower), abs(self.upper)))
        return Interval(0.0 if self.lower < 0.0 < self.upper else ends[0], ends[1])


@dataclass(frozen=True)
class Ends:
    """What is known of the loadings: all in lowest to highest; where printed, one <= at_most and one >= at_least."""

    lowest: float = 0.0
    highest: float = 1.0
    at_most: float = 1.0
    at_least: float = 0.0


def ends(block: Reported, rule: Printed | None = None) -> Ends:
    """The limits of a block's loadings, rounding included."""
    low, high = block.lowest_loading, block.highest_loading
    floor = 0.0 if rule is None else max(0.0, rule.lower)
    return Ends(
        lowest=floor if low is None else low.lower,
        highest=1.0 if high is None else min(1.0, high.upper),
        at_most=1.0 if low is None else low.upper,
        at_least=0.0 if high is None else high.lower,
    )


def squares_between(k: int, known: Ends) -> Interval:
    """The sums of squares Q that loadings with these ends can have."""
    low, high = known.lowest, known.highest
    smallest = min(x**2 for x in (low, high)) if low * high > 0 else 0.0
    largest = max(low**2, high**2)
    least = max(max(known.at_least, 0.0) ** 2, smallest) + (k - 1) * smallest
    most = min(largest, max(low**2, known.at_most**2)) + (k - 1) * largest
    return Interval(least, most)


def largest_sum(k: int, q: float, known: Ends) -> float:
    """The largest S of k loadings with sum of squares q; NaN where there are none.

    All equal to some m, but for one that may not exceed `at_most` and one that must reach `at_least`.
    """

    def loadings(m: float) -> np.ndarray:
        found = np.full(k, np.clip(m, known.lowest, known.highest))
        found[0] = min(found[0], known.at_most)
        found[-1] = max(found[-1], known.at_least)
        return found

    def excess(m: float) -> float:
        return float((loadings(m) ** 2).sum() - q)

    low, high = max(known.lowest, 0.0), known.highest
    if excess(low) > SLACK or excess(high) < -SLACK:
        return np.nan
    if excess(low) >= 0 or excess(high) <= 0:
        return float(loadings(low if excess(low) >= 0 else high).sum())
    return float(loadings(brentq(excess, low, high, xtol=1e-14)).sum())


def smallest_sum(k: int, q: float, known: Ends) -> float:
    """The smallest S of k loadings of 0 or more with sum of squares q; NaN where there are none.

    S is concave on the sphere, so all loadings but one are at a limit: j at the highest, one between, the rest at the
    lowest. 0 where a negative loading is printed, which may outweigh the others.
    """
    if known.lowest < 0:
        return 0.0
    low, high = known.lowest, known.highest
    if not k * low**2 - SLACK <= q <= k * high**2 + SLACK:
        return np.nan
    step = high**2 - low**2
    j = k - 1 if step <= SLACK else min(k - 1, int((q - k * low**2) / step + SLACK))
    between = q - j * high**2 - (k - 1 - j) * low**2
    return float(j * high + (k - 1 - j) * low + np.sqrt(max(between, 0.0)))


def composite_reliability(squared_sum: float, q: float, k: int) -> float:
    """rho_c from S^2 and Q."""
    return squared_sum / (squared_sum + k - q)


def squared_sum(rho_c: float, q: float, k: int) -> float:
    """S^2 from rho_c and Q, infinite for a rho_c of 1 or more."""
    return np.inf if rho_c >= 1 else max(rho_c, 0.0) * (k - q) / (1 - max(rho_c, 0.0))


def alpha_of(total: float, k: int) -> float:
    """Standardised alpha from the sum of all correlations."""
    return k / (k - 1) * (1 - k / total) if total > 0 else -np.inf


def total_of(alpha: float, k: int) -> float:
    """The sum of all correlations from standardised alpha, k^2 at most."""
    return k / (1 - min(alpha, 1.0) * (k - 1) / k)


@dataclass(frozen=True)
class Sums:
    """What the printed numbers leave of Q and of S^2; empty where they contradict each other."""

    squares: Interval
    squared_sums: Interval


def sums(block: Reported, known: Ends, use_rho_c: bool = True) -> Sums:
    """Q and S^2 from the printed AVE, loadings and rho_c, each with its rounding: necessary for any data."""
    k = block.k
    q = squares_between(k, known)
    if block.ave is not None:
        q = q.within(Interval(k * block.ave.lower, k * block.ave.upper))
    if block.loadings:
        q = q.within(_squares_of(block))
    low, high = (smallest_sum(k, q.lower, known), largest_sum(k, q.upper, known)) if q.lower <= q.upper else (1.0, 0.0)
    s2 = Interval(0.0 if np.isnan(low) else low**2, k * q.upper if np.isnan(high) else high**2)
    if block.loadings:
        total = [sum(number.lower for number in block.loadings.values()), sum(n.upper for n in block.loadings.values())]
        s2 = s2.within(Interval(max(total[0], 0.0) ** 2, max(total[1], 0.0) ** 2))
    if use_rho_c and block.rho_c is not None and q.lower <= q.upper:
        c0, c1 = block.rho_c.lower, block.rho_c.upper
        least = max(squared_sum(c0, min(q.upper, k), k), _least_squared_sum(c0, k))
        s2 = s2.within(Interval(least, squared_sum(c1, q.lower, k)))
    return Sums(q, s2)


def _squares_of(block: Reported) -> Interval:
    """Q of printed loadings."""
    found = [
        (min(abs(n.lower), abs(n.upper)) if n.lower * n.upper > 0 else 0.0, max(abs(n.lower), abs(n.upper)))
        for n in block.loadings.values()
    ]
    return Interval(sum(low**2 for low, _ in found), sum(high**2 for _, high in found))


def _least_squared_sum(rho_c: float, k: int) -> float:
    """The smallest S^2 that gives rho_c whatever Q is: Q <= S, as no loading exceeds 1, so S^2 (1 - c) >= c (k - S)."""
    c = min(max(rho_c, 0.0), 1.0)
    if c >= 1:
        return float(k) ** 2
    return float(((-c + np.sqrt(c**2 + 4 * (1 - c) * c * k)) / (2 * (1 - c))) ** 2)


def rho_c_given_ave(block: Reported, known: Ends) -> Interval:
    """The composite reliabilities that the printed AVE (or loadings) allow: S at its two ends.

    Both ends rise with Q, so the lowest is at the lowest Q and the highest at the highest.
    """
    k = block.k
    if block.loadings:
        low = sum(n.lower for n in block.loadings.values())
        high = sum(min(n.upper, 1.0) for n in block.loadings.values())
        q = _squares_of(block)
        if min(n.lower for n in block.loadings.values()) >= 0:  # rho_c then rises with every loading
            return Interval(
                composite_reliability(low**2, q.lower, k), composite_reliability(high**2, min(q.upper, k), k)
            )
        return Interval(
            composite_reliability(max(low, 0.0) ** 2, q.lower, k), composite_reliability(high**2, q.upper, k)
        )
    q = sums(block, known, use_rho_c=False).squares
    low, high = smallest_sum(k, q.lower, known), largest_sum(k, q.upper, known)
    return Interval(
        0.0 if np.isnan(low) else composite_reliability(low**2, q.lower, k),
        1.0 if np.isnan(high) else composite_reliability(high**2, q.upper, k),
    )


def alpha_in_pls(found: Sums, k: int) -> Interval:
    """The standardised alphas that Q and S^2 allow to a PLS composite: S^2 <= T <= S^2 + k (k - Q), T <= k^2."""
    most = min(float(k) ** 2, found.squared_sums.upper + k * (k - found.squares.lower))
    return Interval(alpha_of(found.squared_sums.lower, k), alpha_of(most, k))


def alpha_of_one_factor(found: Sums, k: int) -> Interval:
    """Standardised alphas of a one-factor block that fits: T = S^2 + k - Q."""
    low = found.squared_sums.lower + k - found.squares.upper
    high = found.squared_sums.upper + k - found.squares.lower
    return Interval(alpha_of(low, k), alpha_of(min(high, float(k) ** 2), k))


def correlation_with_sum(block: Reported, found: Sums) -> Interval:
    """The correlation of the PLS composite with the plain sum of its items, S / sqrt(T); above 1 if impossible."""
    if block.alpha is None:
        return Interval(np.sqrt(max(found.squared_sums.lower, 0.0)) / block.k, 1.0)
    totals = total_of(block.alpha.lower, block.k), total_of(block.alpha.upper, block.k)
    return Interval(
        float(np.sqrt(max(found.squared_sums.lower, 0.0) / totals[1])),
        float(np.sqrt(max(found.squared_sums.upper, 0.0) / totals[0])),
    )


def loading_spread(k: int, found: Sums) -> Interval:
    """The standard deviations of the k loadings (divisor k): k^2 sd^2 = k Q - S^2."""
    low = k * found.squares.lower - found.squared_sums.upper
    high = k * found.squares.upper - found.squared_sums.lower
    return Interval(float(np.sqrt(max(low, 0.0))) / k, float(np.sqrt(max(high, 0.0))) / k)
