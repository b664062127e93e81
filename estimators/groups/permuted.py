"""Groups as they are and as chance would make them: one batch for each group holds all permutations of one data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Estimator
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.streams import Address
from sim.targets import Target

#: The word of the streams that permute.
PURPOSE = "permutation"


@dataclass(frozen=True)
class Permuted:
    """One data set (n, p) split in G groups, by the true membership first and then by P random ones of equal sizes.

    rows (1 + P, n): respondents, those of the first group before those of the second and so on; sizes (G,); retained
    (p,). Every statistic of the groups has 1 + P values, the first of which is the data's own.
    """

    answers: NDArray[np.generic]
    rows: NDArray[np.intp]
    sizes: tuple[int, ...]
    retained: Bools
    items: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        answers: NDArray[np.generic],
        members: NDArray[np.integer],
        permutations: int,
        generator: np.random.Generator,
        retained: Bools,
        items: tuple[str, ...] | None = None,
    ) -> "Permuted":
        """The groups that `members` (n,) names, 0 to G - 1, and random ones; more permutations begin with the same."""
        truly = np.argsort(members, kind="stable")
        drawn = [generator.permutation(len(members)) for _ in range(permutations)]
        sizes = tuple(np.bincount(members).tolist())
        return cls(answers, np.stack([truly, *drawn]), sizes, retained, items)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def batches(self) -> list[Batch]:
        """Every group in the data and in every permutation, as a batch (R = 1 + P)."""
        ends = np.cumsum(self.sizes)
        rows = [self.rows[:, end - size : end] for end, size in zip(ends, self.sizes, strict=True)]
        return [Batch.of_resamples(self.answers, own, self.retained, self.items) for own in rows]

    def fits(self, method: Estimator, model: Model, targets: Sequence[Target]) -> list[Estimates]:
        """What a method says of every group."""
        return [method.fit(batch, model, targets) for batch in self.batches]

    def parts(self, values: Floats) -> list[Floats]:
        """Values of the respondents (n, ..) as each group has them (1 + P, n_g, ..)."""
        ends = np.cumsum(self.sizes)
        return [values[self.rows[:, end - size : end]] for end, size in zip(ends, self.sizes, strict=True)]


def generator_of(address: Address, replication: int) -> np.random.Generator:
    """The stream that permutes the respondents of a replication, shared by all methods and tests."""
    return address.generator(PURPOSE, replication)


def upper_share(statistic: Floats) -> Floats:
    """p (k,) of statistics (1 + P, k) that grow as groups differ: the share at least as large as the data's own.

    The data count among the permutations, so that the test holds its level exactly (Phipson & Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9). Permutations without a value are left out; NaN where the data
    have none.
    """
    known = ~np.isnan(statistic)
    with np.errstate(invalid="ignore"):
        beyond = (statistic >= statistic[0] - _TIE * np.abs(statistic[0])) & known
    return np.where(known[0], beyond.sum(axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)


#: Permutations that only swap like respondents or groups differ by rounding: they tie.
_TIE = 1e-12
