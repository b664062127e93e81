"""PLS for ordinal answers: the usual algorithms on polychoric correlations (Schuberth, Henseler & Dijkstra 2018)."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, Status
from estimators.composites.composite import CompositeArrays
from estimators.composites.consistent import ConsistentPLS
from estimators.composites.pls import PLS
from estimators.polychoric import Polychorics, polychorics
from sim.batch import Batch, Bools, Moments
from sim.model import Model
from sim.targets import Target

#: Rounding error that is no sign of anything impossible.
_SLACK = 1e-9


@dataclass(frozen=True)
class OrdinalPLS(PLS):
    """PLS on polychoric correlations: composites of the continuous variables behind the answers ("OrdPLS").

    Everything else, reliabilities included, is as in `PLS`, and so are the settings (Schuberth, Henseler & Dijkstra
    2018, Quality & Quantity 52(1), sec. 3). Answers that are not in categories are NOT_ORDINAL; a pair of items whose
    correlation runs to +-1 makes the replication INADMISSIBLE, and so do composites whose correlations cannot exist
    together, which polychoric correlations of few respondents may give.

    Moments without answers count as those of the latent
    variables.
    """

    called: ClassVar[str] = "PLS on polychoric correlations"

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        continuous, found = latent(batch)
        estimates = super().estimate(continuous, model, targets)
        beyond = impossible(self._solved(continuous, model)) & (estimates.status == Status.OK)
        marked = np.where(beyond, Status.INADMISSIBLE, estimates.status).astype(np.int8)
        return with_status(estimates.replaced(status=marked), found)


@dataclass(frozen=True)
class OrdinalConsistentPLS(ConsistentPLS):
    """Consistent PLS on polychoric correlations ("OrdPLSc"): consistent for common factors cut into categories.

    As `OrdinalPLS`, with the correction of `ConsistentPLS`; settings are those of `PLS`.
    """

    called: ClassVar[str] = "consistent PLS on polychoric correlations"
    others: ClassVar[tuple[str, ...]] = ("wlsmv", "ulsmv")

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        continuous, found = latent(batch)
        return with_status(super().estimate(continuous, model, targets), found)


def impossible(arrays: CompositeArrays) -> Bools:
    """Replications (R,) with loadings or explained variances beyond 1, or correlations that cannot exist together."""
    beyond: Bools = np.asarray((np.nan_to_num(np.abs(arrays.loadings)) > 1 + _SLACK).any(axis=1))
    beyond = np.asarray(beyond | (np.nan_to_num(arrays.r2) > 1 + _SLACK).any(axis=1))
    known = np.isfinite(arrays.correlations).all(axis=(1, 2))
    beyond[known] |= np.linalg.eigvalsh(arrays.correlations[known])[:, 0] < -_SLACK
    return beyond


def latent(batch: Batch) -> tuple[Batch, Polychorics]:
    """The batch with the moments of the latent variables in place of the answers, once for all ordinal methods."""

    def find() -> tuple[Batch, Polychorics]:
        found = polychorics(batch)
        moments = Moments(np.zeros(batch.retained.shape), found.correlations, batch.n)
        return replace(batch, moments_given=moments, found={}), found

    return batch.once(("latent", batch.retained.tobytes()), find)


def with_status(estimates: Estimates, found: Polychorics) -> Estimates:
    """The estimates where what befell the polychoric correlations counts."""
    worse = (found.status > Status.INADMISSIBLE) | ((found.status != Status.OK) & (estimates.status == Status.OK))
    return estimates.replaced(status=np.where(worse, found.status, estimates.status).astype(np.int8))
