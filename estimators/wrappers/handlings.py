"""What is done about missing answers before a method sees them: every handling, and the data sets that it leaves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from estimators.base import Status
from sim import missing
from sim.batch import Batch, Floats, Moments
from sim.missing import FEWEST, FIML, TWO_STAGE

#: What a study may ask for; `refuse` is for one's own data.
HANDLINGS = tuple(handling for handling in missing.HANDLINGS if handling != "refuse")
#: What a method is called that has such a handling.
LABELS = {
    "listwise": "listwise",
    "mean": "mean imputation",
    "regression": "regression imputation",
    "pairwise": "pairwise",
    FIML: "FIML",
    TWO_STAGE: "two-stage",
}
#: What is left of answers where it is not the answers themselves.
LEAVES = {"mean": "averages among them", "regression": "predictions among them", "pairwise": "covariances only"}
#: A data set after its missing answers were handled: answers, or moments; or why nothing is left to estimate from.
_Data = NDArray[np.generic] | Moments | Status


def complete_batches(
    batch: Batch, handling: str, fewest: int, by_group: bool = False
) -> Iterator[tuple[NDArray[np.intp], Batch | Status, int]]:
    """The data sets after the handling, those alike in one batch: their places, the batch, and its respondents.

    In place of the batch stands a status where fewer than `fewest` respondents, or nothing of use, is left. by_group:
    within each group, and the batches tell who is of which; groups that nobody is left of count too.
    """
    alike: dict[tuple[int, str], list[tuple[int, _Data]]] = {}
    grouped = by_group and batch.members is not None
    for r in range(len(batch)):
        data, respondents = (_within_groups if grouped else _handled)(batch, r, handling)
        if respondents < fewest and not isinstance(data, Status):
            data = Status.TOO_FEW_ANSWERS
        kind = data.dtype.name if isinstance(data, np.ndarray) else repr(data) if isinstance(data, Status) else ""
        alike.setdefault((respondents, kind), []).append((r, data))
    for (respondents, _), members in alike.items():
        places, first = np.array([r for r, _ in members]), members[0][1]
        found = first if isinstance(first, Status) else _joined(batch, places, [data for _, data in members])
        if grouped and isinstance(found, Batch):
            found = replace(found, members=np.stack([_stay(batch, r, handling)[1] for r in places]))
        yield places, found, respondents


def _joined(batch: Batch, places: NDArray[np.intp], data: Sequence[_Data]) -> Batch:
    """Data sets of one size as a batch, under the replications they are."""
    ids, retained = batch.replications[places], batch.retained[places]
    if isinstance(data[0], Moments):
        means, covariances = (np.concatenate([getattr(one, part) for one in data]) for part in ("means", "covariances"))
        moments = Moments(means, covariances, data[0].n)
        return replace(
            Batch.of_moments(moments, batch.items), replications=ids, retained=retained, address=batch.address
        )
    answers = np.stack(data)  # type: ignore[arg-type]
    return replace(Batch.of(answers, ids, batch.address, items=batch.items), retained=retained)


def _handled(batch: Batch, r: int, handling: str) -> tuple[_Data, int]:
    """Data set r after the handling, and the number of respondents it then rests on."""
    answers, gone = batch.answers[r], batch.missing[r]  # type: ignore[index]
    whole = ~gone.any(axis=1)
    if whole.all():
        return answers, len(answers)
    if handling == "listwise":
        return answers[whole], int(whole.sum())
    return _HANDLED[handling](np.where(gone, np.nan, answers)[~gone.all(axis=1)])


def _stay(batch: Batch, r: int, handling: str) -> tuple[NDArray[np.bool_], NDArray[np.integer]]:
    """Who of data set r stays (n,), and the groups of those."""
    gone, members = batch.missing[r], batch.members[r]  # type: ignore[index]
    stay = ~gone.any(axis=1) if handling == "listwise" else ~gone.all(axis=1)
    return stay, members[stay]


def _within_groups(batch: Batch, r: int, handling: str) -> tuple[_Data, int]:
    """Data set r after the handling of each group for itself, respondents in their old order."""
    if handling == "listwise":
        return _handled(batch, r, handling)
    gone, answers = batch.missing[r], batch.answers[r]  # type: ignore[index]
    if not gone.any():
        return answers, len(answers)
    stay, members = _stay(batch, r, handling)
    given = np.where(gone, np.nan, answers)[stay]
    whole = np.empty(given.shape)
    for group in np.unique(members):
        own = members == group
        data, _ = _HANDLED[handling](given[own])
        if not isinstance(data, np.ndarray):
            return data, len(given)
        whole[own] = data
    return whole, len(given)


def _mean(answers: Floats) -> tuple[_Data, int]:
    """Answers (n, p) of those who gave any, with item means in place of missing ones."""
    if np.isnan(answers).all(axis=0).any():
        return Status.TOO_FEW_ANSWERS, len(answers)
    return missing.with_item_means(answers), len(answers)


def _regression(answers: Floats) -> tuple[_Data, int]:
    """Answers (n, p) with predictions from the respondent's other answers in place of missing ones."""
    if missing.complete(answers).sum() < answers.shape[1] + 2:
        return Status.TOO_FEW_ANSWERS, len(answers)
    return missing.with_predictions(answers), len(answers)


def _pairwise(answers: Floats) -> tuple[_Data, int]:
    """Moments of available pairs."""
    fewest = int(missing.pairwise_counts(answers).min()) if len(answers) else 0
    if fewest < FEWEST:
        return Status.TOO_FEW_ANSWERS, fewest
    moments = missing.pairwise_moments(answers)
    if moments.varies.all() and not missing.smallest_eigenvalue(moments) > missing.IMPOSSIBLE:
        return Status.CONTRADICTORY, fewest
    return moments, fewest


_HANDLED: dict[str, Callable[[Floats], tuple[_Data, int]]] = {
    "mean": _mean,
    "regression": _regression,
    "pairwise": _pairwise,
}
