"""Plans of a prediction: into how many parts respondents are put, how often, and from what items are predicted."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from estimators.settings import check_count
from sim.batch import Batch
from sim.errors import InputError, unknown

#: "direct": a construct is predicted from the scores of those that act on it; "earliest": from exogenous ones alone.
Antecedents = Literal["direct", "earliest"]
ANTECEDENTS: tuple[Antecedents, ...] = get_args(Antecedents)
#: What a loss over all is the mean of: squared errors of all items, or losses of constructs, whatever their items are.
LossOver = Literal["items", "constructs"]
LOSSES: tuple[LossOver, ...] = get_args(LossOver)
#: The stream of the parts: one of each replication, so that all methods of a cell predict the same respondents.
STREAM = "folds of a prediction"
#: More than anybody needs, and as much as memory holds.
MOST_FOLDS, MOST_REPETITIONS = 1000, 1000


@dataclass(frozen=True)
class Plan:
    """k folds of the respondents, drawn anew for each repetition, the antecedents that predict, and what is a loss."""

    folds: int = 10
    repetitions: int = 1
    antecedents: Antecedents = "direct"
    loss: LossOver = "items"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Plan":
        """The plan of a table with some of the settings. Raises InputError for a value that is none."""
        check_count("predict.folds", given.get("folds", 10), "a whole number of", 2, MOST_FOLDS)
        check_count("predict.repetitions", given.get("repetitions", 1), "a whole number of", 1, MOST_REPETITIONS)
        choices: dict[str, tuple[str, ...]] = {"antecedents": ANTECEDENTS, "loss": LOSSES}
        for key, allowed in choices.items():
            if key in given and given[key] not in allowed:
                raise InputError(unknown(f"predict.{key}", str(given[key]), allowed))
        return cls(**{key: given[key] for key in ("folds", "repetitions", *choices) if key in given})


@dataclass(frozen=True)
class Folds:
    """g folds of one size f in each of R data sets: respondents (R, g, f) who are left out and predicted."""

    left_out: NDArray[np.intp]

    def pieces(self, most: int) -> Iterator["Folds"]:
        """The folds in pieces: so many respondents of a data set at a time at the most, or one fold."""
        step = max(1, most // self.left_out.shape[2])
        for start in range(0, self.left_out.shape[1], step):
            yield Folds(self.left_out[:, start : start + step])

    def others(self, n: int) -> NDArray[np.intp]:
        """The respondents (R, g, n - f) on whom the model is estimated, in their order."""
        r, g, f = self.left_out.shape
        stay = np.ones((r, g, n), dtype=bool)
        np.put_along_axis(stay, self.left_out, False, axis=2)
        return np.nonzero(stay)[2].reshape(r, g, n - f)


def drawn(batch: Batch, plan: Plan) -> list[Folds]:
    """Folds of every data set from its own stream; their sizes differ by one where n is no multiple of k."""
    n, k = batch.raw.shape[1], plan.folds
    orders = np.empty((len(batch), plan.repetitions, n), dtype=np.intp)
    for r, replication in enumerate(batch.replications.tolist()):
        generator = batch.address.generator(STREAM, int(replication))
        for repetition in range(plan.repetitions):
            orders[r, repetition] = generator.permutation(n)
    ends = np.cumsum([0] + [n // k + (j < n % k) for j in range(k)])
    parts = [orders[:, :, start:stop] for start, stop in itertools.pairwise(ends)]
    return _by_size(parts)


def of_one(numbers: Sequence[int] | NDArray[np.integer]) -> list[Folds]:
    """Folds of one data set from the number of the fold that each respondent is in (n,)."""
    given = np.asarray(numbers)
    return _by_size([np.flatnonzero(given == number)[None, None] for number in np.unique(given)])


def _by_size(parts: list[NDArray[np.intp]]) -> list[Folds]:
    """Folds (R, repetitions, f) put together where they have one size."""
    sizes = sorted({part.shape[2] for part in parts})
    return [Folds(np.concatenate([part for part in parts if part.shape[2] == size], axis=1)) for size in sizes]
