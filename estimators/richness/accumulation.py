"""The accumulation curve: rarefied to fewer interviews, extrapolated to more (Colwell et al. 2012)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from estimators.richness.counts import Counts, Told, variance_of
from estimators.richness.method import CountMethod, safe
from estimators.richness.unseen import Unseen
from sim.batch import Floats
from sim.targets import Target


@dataclass(frozen=True)
class Accumulation(CountMethod):
    """Themes found in any number of interviews, with unconditional standard errors, and interviews for a share.

    The curve goes through D at t interviews and up to Chao's D + f0. `interviews(g)` is where it reaches g (D + f0);
    it has no standard error.
    """

    def told(self, counts: Counts, target: Target) -> Told | None:
        """`themes(T)` and `interviews(g)`."""
        if target.kind == "interviews":
            return Told.point(_interviews_for(counts, float(target.parts[0])))
        if target.kind != "themes" or not target.parts:
            return None
        at = int(target.parts[0])
        unseen = Unseen.of(counts)
        value, gradient = _rarefied(counts, at) if at <= counts.t else _extrapolated(counts, unseen, at - counts.t)
        variance = variance_of(counts, gradient, safe(counts.found + unseen.f0))
        return Told.symmetric(value, variance, self.z, 0.0)


def rarefaction(t: int, at: int) -> Floats:
    """Chance that a theme of k = 1, ..., t interviews is among `at` of the t, drawn at random (t,).

    1 - C(t - k, at) / C(t, at) (Colwell et al. 2012, eq. 17).
    """
    k = np.arange(1.0, t + 1)
    left = np.maximum(t - k - at, 0.0)
    missed = np.exp(gammaln(t - k + 1) - gammaln(left + 1) - gammaln(t + 1) + gammaln(t - at + 1))
    return np.where(k > t - at, 1.0, 1 - missed)


def _rarefied(counts: Counts, at: int) -> tuple[Floats, Floats]:
    """Themes in `at` <= t interviews (R,), and the gradient (R, t)."""
    chances = np.broadcast_to(rarefaction(counts.t, at), counts.frequencies.shape)
    return (chances * counts.frequencies).sum(axis=1), chances


def _extrapolated(counts: Counts, unseen: Unseen, more: int) -> tuple[Floats, Floats]:
    """D + f0 (1 - (1 - x)^m) (R,) (Colwell et al. 2012, eq. 18), and its gradient (R, t)."""
    left = (1 - unseen.chance) ** more
    slope = unseen.f0 * more * (1 - unseen.chance) ** (more - 1)
    gradient = np.ones_like(counts.frequencies)
    gradient[:, 0] += unseen.f0_by_once * (1 - left) + slope * unseen.chance_by_once
    gradient[:, 1] += unseen.f0_by_twice * (1 - left) + slope * unseen.chance_by_twice
    return counts.found + unseen.f0 * (1 - left), gradient


def _interviews_for(counts: Counts, share: float) -> Floats:
    """Interviews (R,), as a real number, after which the curve reaches a share of D + f0 (Chao et al. 2009, eq. 12)."""
    unseen = Unseen.of(counts)
    wanted = share * (counts.found + unseen.f0)
    missing = (wanted - counts.found) / safe(unseen.f0)
    with np.errstate(invalid="ignore", divide="ignore"):
        beyond = counts.t + np.log1p(-missing) / np.log1p(-unseen.chance)
    curve = np.column_stack([np.zeros(len(wanted)), *(_rarefied(counts, at)[0] for at in range(1, counts.t + 1))])
    return np.where(wanted > counts.found, beyond, _crossing(curve, wanted))


def _crossing(curve: Floats, wanted: Floats) -> Floats:
    """Where a rising curve (R, t + 1) over 0, 1, ..., t reaches a height (R,), linear between interviews."""
    rows = np.arange(len(curve))
    after = np.minimum((curve < wanted[:, None]).sum(axis=1), curve.shape[1] - 1)
    before = np.maximum(after - 1, 0)
    low, high = curve[rows, before], curve[rows, after]
    return np.asarray(before + (wanted - low) / safe(high - low))
