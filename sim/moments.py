"""Moments of the answers of R data sets, and of a population: m constructs, p items."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.kernels.moments import (
    correlate,
    data_moments,
    delete_one_moments,
    resampled_moments,
    row_products,
)

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
        """The cumulants of some of the items, in another order."""
        return replace(self, loadings=self.loadings[places])

    def in_units(self, sds: Floats) -> "HigherCumulants":
        """The cumulants of items with so many times the standard deviations (p,)."""
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
        """The moments of some of the data sets, with what is known of them already."""
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

    @property
    def placed_correlations(self) -> tuple[Floats, NDArray[np.integer]]:
        """Correlations (N, p, p) among which are those of these data sets, and where (R,): they need no copy."""
        return self.correlations, np.arange(len(self.means))


class _SomeMoments(Moments):
    """The moments of some data sets of many, taken when they are first asked for: few methods want all of them."""

    def __init__(self, whole: Moments, some: slice | NDArray[np.integer]) -> None:
        own = self.__dict__
        own["_of"], own["means"], own["n"], own["higher"] = (whole, some), whole.means[some], whole.n, whole.higher
        if "varies" in whole.__dict__:
            own["varies"] = whole.varies[some]

    @cached_property
    def correlations(self) -> Floats:
        """Pearson correlations (R, p, p), as in `Moments`."""
        whole, some = self.__dict__["_of"]
        if "correlations" not in whole.__dict__:
            return super().correlations
        known = whole.correlations
        return np.asarray(known[some] if isinstance(some, slice) else known.take(some, axis=0))

    @property
    def placed_correlations(self) -> tuple[Floats, NDArray[np.integer]]:
        """Correlations among which these are, and where, as in `Moments`."""
        whole, some = self.__dict__["_of"]
        if "correlations" in self.__dict__ or "correlations" not in whole.__dict__:
            return super().placed_correlations
        return whole.correlations, np.ascontiguousarray(np.arange(len(whole.means))[some])

    @cached_property
    def covariances(self) -> Floats:
        """The covariances (R, p, p)."""
        whole, some = self.__dict__["_of"]
        return np.asarray(whole.covariances[some])


def sample_moments(answers: NDArray[np.generic]) -> Moments:
    """Moments of raw answers (R, n, p)."""
    r, n, p = answers.shape
    means, covariances = np.empty((r, p)), np.empty((r, p, p))
    data, centre = _summable(answers)
    data_moments(data, _empty_table(data, n), means, covariances)
    return Moments(means + centre, covariances, n)


def resample(answers: NDArray[np.generic], rows: NDArray[np.integer]) -> Moments:
    """Moments of bootstrap resamples of one data set (n, p), or of as many each of G data sets (G, n, p).

    rows (R, n): the respondents drawn, counted through all G data sets; those of the first come first.
    """
    several = answers if answers.ndim == 3 else answers[None]
    b, p = len(rows), answers.shape[-1]
    means, covariances = np.empty((b, p)), np.empty((b, p, p))
    data, centre = _summable(several)
    pool = data.reshape(-1, p)
    table = _empty_table(data, len(pool))
    row_products(pool, table)
    # Loops are compiled for one type and layout of numbers of respondents.
    resampled_moments(table, np.ascontiguousarray(rows, counted(len(pool))), means, covariances)
    if table.dtype == np.float64:
        _settle_constants(means, covariances, rows.shape[1])
    return Moments(means + np.repeat(centre, b // len(several), axis=0), covariances, rows.shape[1])


def delete_one(answers: NDArray[np.generic], rows: NDArray[np.integer], start: int) -> Moments:
    """Moments of one data set (n, p) without each respondent from `start` on; rows (k, n - 1) are those who stay."""
    table = _empty_table(answers[None], len(answers))
    if table.dtype == np.float64:
        return resample(answers, rows)  # to take floats off their sum would leave rounding error of what was taken
    k, p = len(rows), answers.shape[1]
    means, covariances = np.empty((k, p)), np.empty((k, p, p))
    row_products(np.ascontiguousarray(answers), table)
    delete_one_moments(table, start, means, covariances)
    return Moments(means, covariances, len(answers) - 1)


def delete_one_rows(n: int, start: int, stop: int) -> NDArray[np.integer]:
    """Respondents without number `start`, ..., without number `stop - 1`: (stop - start, n - 1)."""
    left_out = np.arange(start, stop)[:, None]
    place = np.arange(n - 1)[None, :]
    return (place + (place >= left_out)).astype(counted(n))


def counted(n: int) -> type[np.unsignedinteger]:
    """The type of numbers that count through n respondents."""
    return np.uint16 if n < 2**16 else np.uint32


def _settle_constants(means: Floats, covariances: Floats, n: int) -> None:
    """Set variances (R, p) that are nothing but the rounding error of n summed squares to 0, in place.

    An item that only a few answered differently is constant in resamples without them, away from the data set's mean.
    """
    r, i = np.nonzero(np.diagonal(covariances, axis1=1, axis2=2) <= 1e-15 * n * means**2)
    covariances[r, i, i] = 0.0


def _summable(answers: NDArray[np.generic]) -> tuple[NDArray[np.generic], Floats]:
    """Answers whose products can be summed safely, and what was taken off them (R, p).

    In one of two types and one layout, for which the loops are compiled.
    """
    if np.issubdtype(answers.dtype, np.integer):
        kind = np.int8 if answers.dtype == np.int8 else np.float64
        return np.ascontiguousarray(answers, kind), np.zeros((len(answers), answers.shape[2]))
    data = answers.astype(np.float64)
    centre = data.mean(axis=1)
    return np.ascontiguousarray(data - centre[:, None, :]), centre


def _empty_table(answers: NDArray[np.generic], rows: int) -> NDArray[np.generic]:
    """Room for the `row_products` of so many rows of data sets (R, n, p), in the smallest type whose sums are exact."""
    _, n, p = answers.shape
    kind: type[np.generic] = np.float64
    if answers.dtype == np.int8:
        largest = n * max(int(answers.max(initial=1)), -int(answers.min(initial=0))) ** 2
        kind = np.int16 if largest < 2**15 else np.int32 if largest < 2**31 else np.float64
    return np.empty((rows, p + p * (p + 1) // 2), dtype=kind)
