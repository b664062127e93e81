"""WLS of polychoric correlations, weighted by the inverse of their whole covariance matrix (Muthen 1984)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from estimators.constrained.fitting import Spread
from estimators.factors.fitindices import ModelTest
from estimators.factors.wlsmv import Correction, OrdinalLeastSquares, Robust, Squares
from estimators.fullweight.inverse import inverse_of
from estimators.polychoric import Polychorics
from estimators.weighted.fitting import FoundSquares
from estimators.weighted.squares import Places
from sim.batch import Bools, Floats
from sim.errors import InputError


@dataclass(frozen=True)
class _Whole(Squares):
    """Weights of all pairs together: the inverse of Gamma, identity where there are no answers."""

    def at(self, r: int, places: Places) -> Floats | None:
        """The weights (d, d) of data set r at the pairs, None where Gamma has no inverse."""
        if not self.effects:
            return np.eye(len(places[0]))
        p = self.weights.shape[1]
        number = np.full((p, p), -1)
        number[np.triu_indices(p, 1)] = np.arange(p * (p - 1) // 2)
        effects = self.effects[r][:, number[places]]
        return inverse_of(effects.T @ effects / len(effects), len(effects))


@dataclass(frozen=True)
class WeightedOrdinal(OrdinalLeastSquares):
    """WLS: residual correlations weighted by the inverse of Gamma, the covariance of sqrt(n) times the correlations.

    Thresholds are free, so that the weight is that of the correlations alone, as in lavaan's "WLS". chisq is
    (n - 1) r' Gamma^-1 r with the residuals r, standard errors those of (J' Gamma^-1 J)^-1 / (n - 1), both of them
    right in samples that are large against the number of correlations: thousands for 15 items (Flora & Curran 2004).
    Model and statuses: as `OrdinalLeastSquares`; SINGULAR where n is not above the number of correlations, or Gamma has
    no inverse. A population's latent correlations get equal weights.
    """

    test: Correction = "plain"

    always_general: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.test != "plain":
            raise InputError(
                f"test = '{self.test}' corrects statistics that are none of chi-square; that of wls is one"
            )

    def _squares(self, ordinal: Polychorics, retained: Bools, status: NDArray[np.int8], needed: bool) -> Squares:
        effects = self._influences(ordinal, ordinal.codes.shape[2] > 0)
        for r in np.flatnonzero(ordinal.status == Status.INADMISSIBLE):
            status[r] = Status.SINGULAR  # a correlation of +-1 has no covariance
        return _Whole(effects, np.ones((len(retained), retained.shape[1], retained.shape[1])))

    def _general_spread(self, found: FoundSquares, robust: Robust, squares: Squares) -> Spread:
        def spread(r: int) -> Floats:
            end = found.ends[r]
            assert end is not None
            return found.inverse(r, found.weighted(r).expected(end.theta)) / (len(squares.effects[r]) - 1.0)

        return spread

    def _tested(self, robust: Robust, test: ModelTest) -> ModelTest:
        return test
