"""Communalities, as a principal component analysis of all the items prints them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.decisions.scales.components import component_loadings
from estimators.decisions.scales.lowest import Lowest
from sim.batch import Batch, Floats
from sim.model import Model


@dataclass(frozen=True)
class Communality(Lowest):
    """The item with the lowest communality goes if that is under `threshold`; then a new analysis, until none is.

    The communality is the share of the item's variance that as many principal components as there are blocks explain
    (Hair, Black, Babin & Anderson 2010: 0.50); no rotation changes it. No model is fitted. An item that never varies
    has none, and stays.
    """

    threshold: float = 0.50

    name: ClassVar[str] = "communality"
    proceeds: ClassVar[str] = "the worst one first, with a new component analysis after each"
    measure: ClassVar[str] = "communality"

    def measured(self, batch: Batch, model: Model) -> Floats:
        """See `Lowest.measured`."""
        return communalities(batch, len(model.blocks))


def communalities(batch: Batch, components: int) -> Floats:
    """Share of each retained item's variance that so many principal components explain (R, p)."""
    loadings, _ = component_loadings(batch.moments.correlations, batch.retained)
    return np.asarray((loadings[:, :, :components] ** 2).sum(axis=2))
