"""Missing answers handled: what is done about them before a method sees the data, data set by data set."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Estimator, Status
from estimators.incomplete.forms import incomplete_form, takers
from estimators.incomplete.likelihood import without_numbers
from estimators.incomplete.pairs import pairwise_form
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.hypotheses.group_test import GroupTest
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.wrapper import Asked, Wrapper, layers
from sim import missing
from sim.batch import Batch, Floats, Moments
from sim.errors import InputError, unknown
from sim.missing import BY_LIKELIHOOD, FEWEST, FIML, TWO_STAGE
from sim.model import Model
from sim.targets import Target

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
#: A data set after its missing answers were handled: answers, or moments; or why nothing is left to estimate from.
_Data = NDArray[np.generic] | Moments | Status
_LEAVES = {"mean": "averages among them", "regression": "predictions among them", "pairwise": "covariances only"}
#: A method's own settings that rest on the answers.
_FROM_ANSWERS = (("errors", "hc3"),)


@dataclass(frozen=True)
class Handled(Wrapper):
    """`inner` on complete answers: missing ones are handled first, in each data set for itself (`sim.missing`).

    listwise leaves the respondents out who left any answer out; mean and regression fill answers in; pairwise leaves
    moments only. Data sets without any missing answer are estimated as they are. Those that keep the same number of
    respondents are estimated together, so that resamples are those of the replication for the answers it then has.
    `Estimates.respondents` tells how many there were. TOO_FEW_ANSWERS: under 4 respondents or the predictors of a
    construct + 2, for regression under p + 2 complete ones, an item that nobody answered, or, pairwise, a pair that
    fewer than 3 did. CONTRADICTORY: pairwise covariances that cannot all hold together.
    by_group: answers are filled in within each group (`Batch.members`), as tests of groups ask for.
    fiml and two-stage handle nothing: `inner` is then a method that takes missing answers as they are, resampled or
    not. Nor does pairwise where
    `inner` is least squares on polychoric correlations, which finds each from those who answered both items.
    """

    handling: str
    by_group: bool = False

    about: ClassVar = "data"
    keys: ClassVar = ("missing",)
    example: ClassVar = ("ml", {"missing": "listwise"})

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`missing` says what is done about missing answers before anything else."""
        handling = asked.settings.get("missing")
        if handling is None:
            return estimator
        if handling in BY_LIKELIHOOD:
            return cls(_by_likelihood(estimator, asked, str(handling)), str(handling))
        if handling not in HANDLINGS:
            raise InputError(unknown("handling of missing answers", str(handling), (*HANDLINGS, *BY_LIKELIHOOD)))
        if handling == "pairwise" and (form := pairwise_form(asked.alone)):
            _refuse_around(estimator, asked, handling)
            return cls(_exchanged(estimator, form), handling)
        _refuse_handling(handling, estimator, asked)
        return cls(estimator, handling, any(isinstance(layer, GroupTest) for layer in layers(estimator)))

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (LABELS[self.handling],)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates from what the handling leaves; see `Estimator.fit`. A population's moments are complete."""
        if batch.missing is None:
            fit = self.inner.fit(batch, model, targets)
            return _told(fit, batch.n) if np.isfinite(batch.n) else fit
        if self.handling in BY_LIKELIHOOD or getattr(_core(self.inner), "takes_gaps", False):
            fit = self.inner.fit(batch, model, targets)
            return _told(fit, (~batch.missing.all(axis=2)).sum(axis=1))
        fewest = max(4, 2 + max(int(row.sum()) for row in model.path_matrix))

        def find() -> list[tuple[NDArray[np.intp], Batch | Status, int]]:
            return list(complete_batches(batch, self.handling, fewest, self.by_group))

        groups = batch.once(("handled", self.handling, fewest, self.by_group), find)
        parts = []
        for places, group, respondents in groups:
            if isinstance(group, Status):
                fit = without_numbers(batch.rows(places), model, targets, group)
            else:
                fit = self.inner.fit(group, model, targets)
            parts.append(_told(fit, respondents))
        order = np.argsort(np.concatenate([places for places, _, _ in groups]))
        return Estimates.joined(parts).rows(order)


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


def _refuse_handling(handling: str, estimator: Estimator, asked: Asked) -> None:
    """Raise InputError for a handling that leaves the method and what is around it too little."""
    name, entry = asked.name, asked.entry
    if entry.ordinal and handling != "listwise":
        raise InputError(
            f"{name} needs answers in categories, and missing = '{handling}' leaves {_LEAVES[handling]}; choose "
            "missing = 'listwise'"
        )
    around = [layer.needs_answers for layer in layers(estimator) if layer.needs_answers][::-1]
    around += [f"{key} = '{value}'" for key, value in _FROM_ANSWERS if asked.settings.get(key) == value]
    if handling == "pairwise" and (around or entry.answers):
        what = f"{name} with {' and '.join(around)}" if around else name
        raise InputError(
            f"{what} needs the answers themselves, and missing = 'pairwise' leaves {_LEAVES[handling]}; choose another "
            f"handling ({', '.join(other for other in HANDLINGS if other != handling)})"
        )


def _by_likelihood(estimator: Estimator, asked: Asked, handling: str) -> Estimator:
    """The method, and what is around it, for answers of which some are missing. Raises InputError where there is none.

    Resamples are of respondents with their gaps. Decisions, and tests that turn data, ask for complete ones.
    """
    alone = incomplete_form(asked.alone, tuple(asked.settings), handling)
    if alone is None:
        raise InputError(
            f"missing = '{handling}' is maximum likelihood of the answers that there are ({takers(handling)}), not of "
            f"{asked.name}; choose one of them, or another handling ({', '.join(HANDLINGS)})"
        )
    _refuse_around(estimator, asked, handling, (Bootstrap, Jackknife))
    return _exchanged(estimator, alone)


def _refuse_around(estimator: Estimator, asked: Asked, handling: str, may: tuple[type[Wrapper], ...] = ()) -> None:
    """Raise InputError for resamples, but for those that `may`, and decisions around a method that takes gaps."""
    around = [
        layer
        for layer in layers(estimator)
        if layer.decides or ((layer.needs_answers or layer.resampled) and not isinstance(layer, may))
    ]
    if around:
        keys = [key for layer in around[::-1] for key in layer.keys if key in asked.settings]
        keys = keys or [layer.needs_answers for layer in around[::-1] if layer.needs_answers]
        raise InputError(
            f"missing = '{handling}' does not go with {', '.join(keys)}: that works on complete answers; leave out "
            f"{', '.join(keys)}, or choose missing = 'listwise'"
        )


def _core(estimator: Estimator) -> Estimator:
    """The method at the core of what is around it."""
    return _core(estimator.inner) if isinstance(estimator, Wrapper) else estimator


def _exchanged(estimator: Estimator, alone: Estimator) -> Estimator:
    """`alone` in place of the method at the core of what is around it."""
    return replace(estimator, inner=_exchanged(estimator.inner, alone)) if isinstance(estimator, Wrapper) else alone


def _told(fit: Estimates, respondents: float | NDArray[np.integer]) -> Estimates:
    """The estimates with the number of respondents they rest on, where steps have not changed it already."""
    left = np.where(fit.respondents < 0, respondents, fit.respondents).astype(np.int32)
    return fit.replaced(respondents=left)
