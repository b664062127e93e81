"""Estimators of the number of themes: what was found, Chao2, the jackknives, ICE."""

from dataclasses import dataclass

import numpy as np

from estimators.richness.counts import Counts, Told
from estimators.richness.method import CountMethod, safe, share_known
from estimators.richness.unseen import Unseen
from sim.batch import Floats
from sim.errors import InputError
from sim.targets import Target

#: Themes of more interviews than this are frequent for ICE (Chao, Hwang, Chen & Kuo 2000).
RARE = 10


@dataclass(frozen=True)
class Observed(CountMethod):
    """What was found is taken for all there is, as a claim of saturation does."""

    def told(self, counts: Counts, target: Target) -> Told | None:
        """All themes known, nothing new to come."""
        all_of_it = {
            "themes": counts.found,
            "known": np.ones(len(counts.found)),
            "coverage": np.ones(len(counts.found)),
        }
        if target.kind == "new":
            return Told.point(np.zeros(len(counts.found)))
        return None if target.parts or target.kind not in all_of_it else Told.point(all_of_it[target.kind])


class RichnessMethod(CountMethod):
    """A method that estimates the number of themes, and with it the share that is known."""

    def richness(self, counts: Counts) -> Told:
        """Estimated number of themes."""
        raise NotImplementedError

    def told(self, counts: Counts, target: Target) -> Told | None:
        """The number of themes, and the share known."""
        if target.kind not in ("themes", "known") or target.parts:
            return None
        richness = self.richness(counts)
        return richness if target.kind == "themes" else share_known(counts, richness)


@dataclass(frozen=True)
class Chao2(RichnessMethod):
    """Chao's (1987) lower bound of richness from themes of one and of two interviews, log-normal intervals.

    form: "classic", D + (t-1)/t Q1^2 / (2 Q2), or "corrected", D + (t-1)/t Q1 (Q1-1) / (2 (Q2+1)), which the classic
    one becomes where Q2 = 0. Variances: Chao 1987 with (t-1)/t, and Colwell 2013, EstimateS 9, appendix B.
    """

    form: str = "classic"

    def richness(self, counts: Counts) -> Told:
        """D + f0, with Chao's (1987) interval of D + f0 / c to D + f0 c."""
        found, shrink = counts.found, (counts.t - 1) / counts.t
        q1, q2 = counts.once, counts.twice
        corrected = (shrink * q1 * (q1 - 1) / (2 * (q2 + 1)), _corrected_variance(counts, shrink))
        if self.form == "corrected":
            f0, variance = corrected
        else:
            some = q2 > 0
            f0 = np.where(some, Unseen.of(counts).f0, corrected[0])
            variance = np.where(some, _classic_variance(q1, safe(q2), shrink), corrected[1])
        complete = f0 == 0
        variance = np.where(complete, _variance_if_complete(counts), np.maximum(variance, 0.0))
        lower, upper = _log_normal(found, f0, variance, self.z)
        low, high = _interval_if_complete(counts, self.z)
        return Told(found + f0, np.sqrt(variance), np.where(complete, low, lower), np.where(complete, high, upper))


@dataclass(frozen=True)
class Jackknife(RichnessMethod):
    """Burnham & Overton's (1978) jackknife of first or second order, with their (1979) variance; normal intervals."""

    order: int = 1

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise InputError(f"order is {self.order}; the jackknife is of order 1 or 2")

    def richness(self, counts: Counts) -> Told:
        """S = sum a_k Q_k, Var = sum a_k^2 Q_k - S; the lower end is never under what was found."""
        t = counts.t
        factors = np.ones(t)
        if self.order == 1:
            factors[0] += (t - 1) / t
        else:
            factors[0] += (2 * t - 3) / t
            factors[1] -= (t - 2) ** 2 / (t * (t - 1))
        value = (factors * counts.frequencies).sum(axis=1)
        variance = (factors**2 * counts.frequencies).sum(axis=1) - value
        told = Told.symmetric(value, variance, self.z, 0.0)
        return Told(value, told.se, np.maximum(told.lower, np.minimum(counts.found, value)), told.upper)


@dataclass(frozen=True)
class IncidenceCoverage(RichnessMethod):
    """ICE: richness from the coverage of rare themes and their variation (Lee & Chao 1994; Chao et al. 2000).

    No standard error. NaN where every rare theme came up once only, so that their coverage is estimated as 0.
    """

    def richness(self, counts: Counts) -> Told:
        """Frequent themes + rare ones / C + Q1 / C times the squared coefficient of variation."""
        t, rare = counts.t, min(RARE, counts.t)
        k = np.arange(1.0, rare + 1)
        few = counts.frequencies[:, :rare]
        number, incidences = few.sum(axis=1), (few * k).sum(axis=1)
        pairs = (few * k * (k - 1)).sum(axis=1)
        coverage = 1 - counts.once / safe(incidences)
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = number / coverage * t / (t - 1) * pairs / safe(incidences) ** 2 - 1
            value = counts.found - number + (number + counts.once * np.maximum(spread, 0.0)) / coverage
        return Told.point(np.where(coverage > 0, value, np.where(incidences > 0, np.nan, counts.found)))


def _classic_variance(q1: Floats, q2: Floats, shrink: float) -> Floats:
    ratio = q1 / q2
    return q2 * (shrink * ratio**2 / 2 + shrink**2 * ratio**3 + shrink**2 * ratio**4 / 4)


def _corrected_variance(counts: Counts, shrink: float) -> Floats:
    """EstimateS 9, appendix B: of the corrected form, with and without themes of two interviews."""
    q1, q2 = counts.once, counts.twice
    first = shrink * q1 * (q1 - 1) / (2 * (q2 + 1)) + shrink**2 * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
    richness = counts.found + shrink * q1 * (q1 - 1) / 2
    return np.asarray(
        np.where(
            q2 > 0,
            first + shrink**2 * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4),
            first - shrink**2 * q1**4 / (4 * safe(richness)),
        )
    )


def _variance_if_complete(counts: Counts) -> Floats:
    """EstimateS 9, appendix B: where no theme came up once only, D e (1 - e) with e = exp(-U / D)."""
    missed = np.exp(-counts.incidences / safe(counts.found))
    return np.asarray(counts.found * missed * (1 - missed))


def _interval_if_complete(counts: Counts, z: float) -> tuple[Floats, Floats]:
    """EstimateS 9, appendix B: D / (1 - e) -+ z sqrt(D e (1 - e)) / (1 - e), not under D."""
    kept = safe(-np.expm1(-counts.incidences / safe(counts.found)))
    centre, half = counts.found / kept, z * np.sqrt(_variance_if_complete(counts)) / kept
    return np.maximum(centre - half, counts.found), centre + half


def _log_normal(found: Floats, f0: Floats, variance: Floats, z: float) -> tuple[Floats, Floats]:
    """Chao's (1987) interval: log f0 taken as normal."""
    factor = np.exp(z * np.sqrt(np.log1p(variance / safe(f0) ** 2)))
    return found + f0 / factor, found + f0 * factor
