"""Missing answers handled: what is done about them before a method sees the data, data set by data set."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Estimator, Status
from estimators.incomplete.forms import incomplete_form, takers
from estimators.incomplete.likelihood import without_numbers
from estimators.incomplete.pairs import pairwise_form
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.handlings import HANDLINGS, LABELS, LEAVES, complete_batches
from estimators.wrappers.hypotheses.group_test import GroupTest
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.wrapper import Asked, Wrapper, layers, plain
from sim.batch import Batch
from sim.errors import InputError, unknown
from sim.missing import BY_LIKELIHOOD
from sim.model import Model
from sim.targets import Target

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
    not. Nor does pairwise where `inner` is least squares on polychoric correlations, which finds each from those who
    answered both items.
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
        if self.handling in BY_LIKELIHOOD or getattr(plain(self.inner), "takes_gaps", False):
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


def _refuse_handling(handling: str, estimator: Estimator, asked: Asked) -> None:
    """Raise InputError for a handling that leaves the method and what is around it too little."""
    name, entry = asked.name, asked.entry
    if entry.ordinal and handling != "listwise":
        raise InputError(
            f"{name} needs answers in categories, and missing = '{handling}' leaves {LEAVES[handling]}; choose "
            "missing = 'listwise'"
        )
    around = [layer.needs_answers for layer in layers(estimator) if layer.needs_answers][::-1]
    around += [f"{key} = '{value}'" for key, value in _FROM_ANSWERS if asked.settings.get(key) == value]
    if handling == "pairwise" and (around or entry.answers):
        what = f"{name} with {' and '.join(around)}" if around else name
        raise InputError(
            f"{what} needs the answers themselves, and missing = 'pairwise' leaves {LEAVES[handling]}; choose another "
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


def _exchanged(estimator: Estimator, alone: Estimator) -> Estimator:
    """`alone` in place of the method at the core of what is around it."""
    return replace(estimator, inner=_exchanged(estimator.inner, alone)) if isinstance(estimator, Wrapper) else alone


def _told(fit: Estimates, respondents: float | NDArray[np.integer]) -> Estimates:
    """The estimates with the number of respondents they rest on, where steps have not changed it already."""
    left = np.where(fit.respondents < 0, respondents, fit.respondents).astype(np.int32)
    return fit.replaced(respondents=left)
