"""Third and fourth moments of a population's items, told by those of its constructs: m of these, p items."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
