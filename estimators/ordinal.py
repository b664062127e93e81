"""PLS for ordinal answers: the usual algorithms on polychoric correlations (Schuberth, Henseler & Dijkstra 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from estimators.base import Estimates, Status
from estimators.consistent import ConsistentPLS
from estimators.pls import PLS
from estimators.polychoric import Polychorics, polychorics
from sim.batch import Batch, Moments
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class OrdinalPLS(PLS):
    """PLS on polychoric correlations: composites of the continuous variables behind the answers ("OrdPLS").

    Everything else, reliabilities included, is as in `PLS`, and so are the settings (Schuberth, Henseler & Dijkstra
    2018, Quality & Quantity 52(1), sec. 3). Answers that are not in categories are NOT_ORDINAL; a pair of items whose
    correlation runs to +-1 makes the replication INADMISSIBLE. Moments without answers count as those of the latent
    variables.
    """

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        found = polychorics(batch)
        return with_status(super().fit(latent(batch, found), model, targets), found)


@dataclass(frozen=True)
class OrdinalConsistentPLS(ConsistentPLS):
    """Consistent PLS on polychoric correlations ("OrdPLSc"): consistent for common factors cut into categories.

    As `OrdinalPLS`, with the correction of `ConsistentPLS`; settings are those of `PLS`.
    """

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Values of the targets; see `Estimator.fit`."""
        found = polychorics(batch)
        return with_status(super().fit(latent(batch, found), model, targets), found)


def latent(batch: Batch, found: Polychorics) -> Batch:
    """The batch with the moments of the standardised latent variables in place of the answers'."""
    moments = Moments(np.zeros(batch.retained.shape), found.correlations, batch.n)
    return replace(batch, moments_given=moments)


def with_status(estimates: Estimates, found: Polychorics) -> Estimates:
    """The estimates where what befell the polychoric correlations counts."""
    worse = (found.status > Status.INADMISSIBLE) | ((found.status != Status.OK) & (estimates.status == Status.OK))
    return estimates.replaced(status=np.where(worse, found.status, estimates.status).astype(np.int8))
