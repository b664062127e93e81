"""Estimators of sample coverage: what share of all that interviews would tell is of themes already found."""

from dataclasses import dataclass

import numpy as np

from estimators.richness.counts import Counts, Told, variance_of
from estimators.richness.method import CountMethod, safe
from estimators.richness.unseen import Unseen
from sim.batch import Floats
from sim.targets import Target


class CoverageMethod(CountMethod):
    """A method that estimates the expected number of new themes in the next interview, and so the coverage."""

    def new(self, counts: Counts) -> tuple[Floats, Floats]:
        """Themes that the next interview is expected to add (R,), and their gradient in Q_1, ..., Q_t (R, t)."""
        raise NotImplementedError

    def told(self, counts: Counts, target: Target) -> Told | None:
        """New themes in the next interview, and coverage C = 1 - t new / U."""
        if target.kind not in ("coverage", "new"):
            return None
        new, gradient = self.new(counts)
        richness = counts.found + Unseen.of(counts).f0
        if target.kind == "new":
            return Told.symmetric(new, variance_of(counts, gradient, safe(richness)), self.z, 0.0)
        t, total = counts.t, safe(counts.incidences)
        per_mention = np.arange(1.0, t + 1) * (t * new / total**2)[:, None]
        variance = variance_of(counts, per_mention - gradient * (t / total)[:, None], safe(richness))
        return Told.symmetric(1 - t * new / total, variance, self.z, 0.0, 1.0)


@dataclass(frozen=True)
class Turing(CoverageMethod):
    """Good & Turing's estimate: C = 1 - Q1 / U (Good 1953; for incidences Chao & Jost 2012)."""

    def new(self, counts: Counts) -> tuple[Floats, Floats]:
        """Q1 / t."""
        gradient = np.zeros_like(counts.frequencies)
        gradient[:, 0] = 1 / counts.t
        return counts.once / counts.t, gradient


@dataclass(frozen=True)
class ChaoJost(CoverageMethod):
    """Chao & Jost's (2012) improved estimate: C = 1 - Q1 / U (1 - x), x the chance of an unseen theme; see `Unseen`."""

    def new(self, counts: Counts) -> tuple[Floats, Floats]:
        """Q1 (1 - x) / t."""
        unseen, t = Unseen.of(counts), counts.t
        gradient = np.zeros_like(counts.frequencies)
        gradient[:, 0] = (1 - unseen.chance - counts.once * unseen.chance_by_once) / t
        gradient[:, 1] = -counts.once * unseen.chance_by_twice / t
        return counts.once * (1 - unseen.chance) / t, gradient
