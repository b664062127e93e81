"""What all richness estimators share: from counts to Estimates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from estimators.base import Estimates, Status
from estimators.richness.counts import Counts, Told
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import THEME_KINDS, Target


@dataclass(frozen=True)
class CountMethod:
    """A method that sees counts of themes. Each gives the targets it knows; the others are NaN.

    A table without any theme has the status UNIDENTIFIED. level: of the intervals.
    """

    level: float = 0.95

    @property
    def z(self) -> float:
        """Normal quantile of the intervals."""
        return float(ndtri(0.5 + self.level / 2))

    def refusal(self, model: Model) -> str | None:
        """Questionnaires have no themes to count."""
        return "it counts the themes of interviews; the population has constructs" if model.constructs else None

    def without_inference(self) -> Self:
        """The method itself: its standard errors cost nothing."""
        return self

    def told(self, counts: Counts, target: Target) -> Told | None:
        """What the method says of a target, or None where it says nothing."""
        raise NotImplementedError

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates of `targets` for every table of the batch (R, t, S)."""
        counts = Counts.of_batch(batch)
        wanted = tuple(targets) if targets is not None else tuple(Target(kind, ()) for kind in THEME_KINDS[:4])
        blank = Told.point(np.full(len(batch), np.nan))
        found = [self.told(counts, target) or blank for target in wanted]
        status = self.status(counts)
        fatal = (status > Status.INADMISSIBLE)[:, None]
        parts = {
            part: np.where(fatal, np.nan, np.column_stack([getattr(each, part) for each in found]))
            for part in ("value", "se", "lower", "upper")
        }
        return Estimates(
            wanted,
            parts["value"],
            status,
            batch.retained,
            np.zeros((len(batch), 0), dtype=bool),
            se=parts["se"],
            lower=parts["lower"],
            upper=parts["upper"],
            iterations=self.steps(counts),
        )

    def status(self, counts: Counts) -> NDArray[np.int8]:
        """How each table's estimation ended (R,)."""
        return np.asarray(np.where(counts.found > 0, Status.OK, Status.UNIDENTIFIED), dtype=np.int8)

    def steps(self, counts: Counts) -> NDArray[np.int32]:
        """Interviews the method looked at before it said something (R,)."""
        return np.full(len(counts.frequencies), counts.t, dtype=np.int32)


def share_known(counts: Counts, richness: Told) -> Told:
    """Themes found as a share of the estimated richness, with its interval turned over; the SE by the delta method."""
    found = counts.found
    with np.errstate(invalid="ignore", divide="ignore"):
        value = found / richness.value
        # the themes found are counted as given: the share is of these interviews
        return Told(value, value * richness.se / richness.value, found / richness.upper, found / richness.lower)


def safe(values: Floats) -> Floats:
    """Divisors with 1 in place of 0, where the quotient is not used."""
    return np.where(values == 0, 1.0, values)
