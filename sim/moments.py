"""Moments of the answers of R data sets, and of a population: m constructs, p items."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.kernels.moments import correlate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class HigherCumulants:
    """What items have beyond their covariances: item i is loadings[i] @ constructs and an error, errors normal.

    loadings (p, m), in the units of the items; third (m, m, m) and fourth (m, m, m, m) joint cumulants of the
    constructs, 0 where these are normal together.
    """

    loadings: Floats
    third: Floats
    fourth: Floats

    def of_items(self, places: list[int]) -> "HigherCumulants":
        """Those of some of the items, in another order."""
        return replace(self, loadings=self.loadings[places])

    def in_units(self, sds: Floats) -> "HigherCumulants":
        """Those of items with so many times the standard deviations (p,)."""
        return replace(self, loadings=sds[:, None] * self.loadings)

    def of_sums(self, weights: Floats) -> tuple[Floats, Floats]:
        """Third (R, k, k, k) and fourth (R, k, k, k, k) cumulants of weighted sums of the items, weights (R, k, p)."""
        w = weights @ self.loadings
        third = np.einsum("rai,rbj,rck,ijk->rabc", w, w, w, self.third, optimize=True)
        fourth = np.einsum("rai,rbj,rck,rdl,ijkl->rabcd", w, w, w, w, self.fourth, optimize=True)
        return np.asarray(third), np.asarray(fourth)


@dataclass(frozen=True)
class Moments:
    """First and second moments of R data sets. n is infinite for a population.

    means (R, p); covariances (R, p, p) with divisor n, in the units of the answers. higher: third and fourth moments of
    all R, where they are known of a population.
    """

    means: Floats
    covariances: Floats
    n: float
    higher: HigherCumulants | None = None

    def __post_init__(self) -> None:
        r, p = self.means.shape
        if self.covariances.shape != (r, p, p):
            raise ValueError(f"covariances have shape {self.covariances.shape}, means {self.means.shape}")

    def rows(self, some: slice | NDArray[np.integer]) -> "Moments":
        """Those of some of the data sets, with what is known of them already."""
        return _SomeMoments(self, some)

    @cached_property
    def varies(self) -> Bools:
        """Whether each item has a variance that is more than rounding error (R, p)."""
        variances = np.diagonal(self.covariances, axis1=1, axis2=2)
        # A constant float item leaves a variance of rounding error, about (1e-16 mean)^2.
        return np.asarray(variances > 1e-28 * self.means**2)

    @cached_property
    def correlations(self) -> Floats:
        """Pearson correlations (R, p, p). Rows and columns of an item that never varies are NaN."""
        correlations = np.empty_like(self.covariances)
        correlate(self.covariances, self.varies, correlations)
        return correlations


class _SomeMoments(Moments):
    """The moments of some data sets of many, taken when they are first asked for: few methods want all of them."""

    def __init__(self, whole: Moments, some: slice | NDArray[np.integer]) -> None:
        own = self.__dict__
        own["_of"], own["means"], own["n"], own["higher"] = (whole, some), whole.means[some], whole.n, whole.higher
        for name in ("varies", "correlations"):
            if name in whole.__dict__:
                known = whole.__dict__[name]
                own[name] = known[some] if isinstance(some, slice) else known.take(some, axis=0)

    @cached_property
    def covariances(self) -> Floats:
        """The covariances (R, p, p)."""
        whole, some = self.__dict__["_of"]
        return np.asarray(whole.covariances[some])
