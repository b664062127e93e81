"""Composite methods that are a model of the items' correlations, whose fit can be told and tested."""

from estimators.base import AlignedEstimator
from estimators.composites.composite import CompositeArrays
from sim.batch import Batch
from sim.model import Model


class FittedComposites(AlignedEstimator):
    """A composite method that can say which loadings, paths and construct correlations its model has."""

    def fitted_arrays(self, batch: Batch, model: Model) -> CompositeArrays:
        """The solution of every replication; loadings and correlations are those that imply the items' correlations."""
        raise NotImplementedError
