"""Batch: R data sets of n answers to p items, with the moments that every estimator shares."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.kernels.moments import correlate, data_moments, delete_one_moments, resampled_moments, row_products
from sim.streams import Address

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Finding = TypeVar("Finding")


#: The address of data that belong to no study.
NOWHERE = Address(0, "0" * 64)


@dataclass(frozen=True)
class Moments:
    """First and second moments of R data sets. n is infinite for a population.

    means (R, p); covariances (R, p, p) with divisor n, in the units of the answers.
    """

    means: Floats
    covariances: Floats
    n: float

    def __post_init__(self) -> None:
        r, p = self.means.shape
        if self.covariances.shape != (r, p, p):
            raise ValueError(f"covariances have shape {self.covariances.shape}, means {self.means.shape}")

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


@dataclass(frozen=True)
class Batch:
    """R data sets of one size and one model.

    answers (R, n, p): small integers (Likert) or floats; None where only moments are known.
    replications (R,): the ids under which bootstrap streams are addressed.
    retained (R, p): the items still in the study; estimators leave the others out.
    address: where the bootstrap streams are.
    drawn: for bootstrap resamples, the respondents (N, p) they come from and the rows drawn of them (R, n).
    missing: which answers are missing (R, n, p), or None where answers are complete; methods get complete ones only.
    found: what methods have worked out on these answers, see `once`.
    """

    answers: NDArray[np.generic] | None
    replications: NDArray[np.int64]
    retained: Bools
    moments_given: Moments | None = None
    address: Address = NOWHERE
    drawn: tuple[NDArray[np.generic], NDArray[np.integer]] | None = None
    missing: Bools | None = None
    found: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        answers: NDArray[np.generic],
        replications: Sequence[int] | NDArray[np.int64] | None = None,
        address: Address = NOWHERE,
        missing: Bools | None = None,
    ) -> "Batch":
        """A batch of raw answers (R, n, p), or one data set (n, p); every item is retained."""
        data = answers[None] if answers.ndim == 2 else answers
        if data.ndim != 3:
            raise ValueError(f"answers have {answers.ndim} dimensions; give (R, n, p) or (n, p)")
        r, _, p = data.shape
        ids = np.arange(r) if replications is None else np.asarray(replications, dtype=np.int64)
        return cls(data, ids, np.ones((r, p), dtype=bool), address=address, missing=missing)

    @classmethod
    def of_moments(cls, moments: Moments) -> "Batch":
        """A batch of which only the moments are known: a population's own."""
        r, p = moments.means.shape
        return cls(None, np.arange(r), np.ones((r, p), dtype=bool), moments_given=moments)

    @classmethod
    def of_resamples(cls, answers: NDArray[np.generic], rows: NDArray[np.integer], retained: Bools) -> "Batch":
        """Resamples of one data set (n, p) or of G (G, n, p), as in `resample`, with their retained items (p,)."""
        pool = answers.reshape(-1, answers.shape[-1])
        kept = np.repeat(retained[None], len(rows), axis=0)
        return cls(None, np.arange(len(rows)), kept, resample(answers, rows), drawn=(pool, rows))

    @classmethod
    def leaving_one_out(cls, answers: NDArray[np.generic], start: int, stop: int, retained: Bools) -> "Batch":
        """One data set (n, p) without respondent `start`, ..., without `stop - 1`, with its retained items (p,)."""
        rows = delete_one_rows(len(answers), start, stop)
        kept = np.repeat(retained[None], len(rows), axis=0)
        return cls(None, np.arange(start, stop), kept, delete_one(answers, rows, start), drawn=(answers, rows))

    def __len__(self) -> int:
        return len(self.replications)

    @property
    def n(self) -> float:
        """Respondents in each data set; infinite for a population's moments."""
        return self.moments_given.n if self.answers is None else self.answers.shape[1]  # type: ignore[union-attr]

    @cached_property
    def moments(self) -> Moments:
        """Moments of every data set. Sums of integer answers are exact, so nothing depends on summation order."""
        return self.moments_given if self.moments_given is not None else sample_moments(self.raw)

    @cached_property
    def raw(self) -> NDArray[np.generic]:
        """The answers (R, n, p); those of resamples are gathered when first asked for. See `has_answers`."""
        if self.missing is not None:
            raise ValueError(
                "answers are missing in this batch; `estimators.wrappers.handled` makes complete ones of them"
            )
        if self.answers is not None:
            return self.answers
        if self.drawn is None:
            raise ValueError("this batch holds moments only; the method asks for the answers themselves")
        answers, rows = self.drawn
        gathered: NDArray[np.generic] = answers[rows]
        return gathered

    @property
    def has_answers(self) -> bool:
        """Whether there is more than moments: False for a population's."""
        return self.answers is not None or self.drawn is not None

    def once(self, key: Hashable, find: Callable[[], Finding]) -> Finding:
        """`find()`, worked out once for these answers: methods that need the same thing share it, unchanged.

        `key` names all it depends on except the answers and their address; the retained items too, where they matter.
        """
        if key not in self.found:
            self.found[key] = find()
        return self.found[key]  # type: ignore[no-any-return]

    def rows(self, some: slice | NDArray[np.integer]) -> "Batch":
        """Some of the data sets; nothing that was found on all of them comes along."""
        given, drawn = self.moments_given, self.drawn
        return replace(
            self,
            answers=None if self.answers is None else self.answers[some],
            replications=self.replications[some],
            retained=self.retained[some],
            moments_given=None if given is None else Moments(given.means[some], given.covariances[some], given.n),
            drawn=None if drawn is None else (drawn[0], drawn[1][some]),
            missing=None if self.missing is None else self.missing[some],
            found={},
        )

    def keep(self, retained: Bools) -> "Batch":
        """The same data sets with only the items of `retained` (R, p) left in the study; moments are shared."""
        return replace(self, retained=retained, moments_given=self.moments)


def pairs_of(retained: Bools) -> Bools:
    """Pairs of retained items (R, p, p)."""
    pairs: Bools = retained[:, :, None] & retained[:, None, :]
    return pairs


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
    resampled_moments(table, rows, means, covariances)
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
    row_products(answers, table)
    delete_one_moments(table, start, means, covariances)
    return Moments(means, covariances, len(answers) - 1)


def delete_one_rows(n: int, start: int, stop: int) -> NDArray[np.integer]:
    """Respondents without number `start`, ..., without number `stop - 1`: (stop - start, n - 1)."""
    left_out = np.arange(start, stop)[:, None]
    place = np.arange(n - 1)[None, :]
    return (place + (place >= left_out)).astype(np.uint16 if n < 2**16 else np.uint32)


def _settle_constants(means: Floats, covariances: Floats, n: int) -> None:
    """Set variances (R, p) that are nothing but the rounding error of n summed squares to 0, in place.

    An item that only a few answered differently is constant in resamples without them, away from the data set's mean.
    """
    r, i = np.nonzero(np.diagonal(covariances, axis1=1, axis2=2) <= 1e-15 * n * means**2)
    covariances[r, i, i] = 0.0


def _summable(answers: NDArray[np.generic]) -> tuple[NDArray[np.generic], Floats]:
    """Answers whose products can be summed safely, and what was taken off them (R, p)."""
    if np.issubdtype(answers.dtype, np.integer):
        return answers, np.zeros((len(answers), answers.shape[2]))
    data = answers.astype(np.float64)
    centre = data.mean(axis=1)
    return data - centre[:, None, :], centre


def _empty_table(answers: NDArray[np.generic], rows: int) -> NDArray[np.generic]:
    """Room for the `row_products` of so many rows of data sets (R, n, p), in the smallest type whose sums are exact."""
    _, n, p = answers.shape
    kind: type[np.generic] = np.float64
    if answers.dtype == np.int8:
        largest = n * max(int(answers.max(initial=1)), -int(answers.min(initial=0))) ** 2
        kind = np.int16 if largest < 2**15 else np.int32 if largest < 2**31 else np.float64
    return np.empty((rows, p + p * (p + 1) // 2), dtype=kind)
