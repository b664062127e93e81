"""The contract of a method from outside, checked once for each batch: what it answers is an answer, or a fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from estimators import faults
from estimators.base import PARTS, Estimates, Estimator, Status, beyond_names, product_refusal
from sim.batch import Batch, Bools, Moments
from sim.model import Model
from sim.targets import Target

_COUNTS = ("iterations", "resamples", "inadmissible_resamples", "respondents")


class BrokenContract(Exception):
    """What a method gave that is no answer: which part, what it is, what is asked for."""


class StandIn:
    """What stands in for something from outside, `inner`, to check what it says; its settings are those of `inner`."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        """The settings of `inner`."""
        if name == "inner" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.inner, name)


def text_or_none(ask: Callable[[], object], whose: str) -> str | None:
    """A refusal from outside, which must be text or None. Raises InputError where it raises or says something else."""
    told = faults.asked(ask, f"{whose}.refusal")
    if told is None or isinstance(told, str):
        return told
    return f"{whose}.refusal gives {told!r}; it must give a text or None"


@dataclass(frozen=True)
class Checked(StandIn):
    """`inner`, a method from outside, with every answer held against what is asked of methods.

    Estimates of the wanted targets are taken by their names, in whatever order they come. Wrong shapes, missing targets
    and unknown statuses are a `BrokenContract` of the whole batch. Numbers that are none beside a usable status, such
    as NaN or infinity, fail their replications alone (status RAISED). It gets a copy of the data, so that what it
    changes there changes nothing for others.
    """

    inner: Estimator

    def refusal(self, model: Model) -> str | None:
        """What `inner` says, which must be text or None. Raises InputError where it raises or says something else."""
        fits_products, fits_terms = (getattr(self.inner, f"fits_{what}", False) for what in ("products", "terms"))
        beyond = None if fits_products else product_refusal(model, self._name)
        beyond = beyond or (None if fits_terms else beyond_names(replace(model, products=()), self._name))
        return beyond or text_or_none(lambda: self.inner.refusal(model), self._name)

    def without_inference(self) -> Self:
        """`inner` giving values only, held against the same contract."""
        plain: Any = faults.asked(self.inner.without_inference, f"{self._name}.without_inference")
        return self if plain is self.inner else replace(self, inner=plain)

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """Estimates as `inner` gives them, checked; see `Estimator.fit`."""
        wanted = tuple(model.targets if targets is None else targets)
        with faults.exits_noticed():
            if batch.has_answers:
                return self._sound(self.inner.fit(_copied(batch), model, wanted), batch, model, wanted)
            try:  # a population's moments: a method that cannot do without answers has no limit
                return self._sound(self.inner.fit(_copied(batch), model, wanted), batch, model, wanted)
            except (Exception, SystemExit) as error:
                faults.tell(faults.traceback_of(error))
                return faults.failed(batch, model, wanted, Status.RAISED)

    @property
    def _name(self) -> str:
        return type(self.inner).__name__

    def _sound(self, given: Any, batch: Batch, model: Model, wanted: tuple[Target, ...]) -> Estimates:
        """The answer with targets as wanted, replications whose numbers are none failed. Raises BrokenContract."""
        if not isinstance(given, Estimates):
            raise BrokenContract(f"{self._name}.fit gives {type(given).__name__}; it must give Estimates")
        _check_shapes(self._name, given, batch, model)
        estimates = _of_targets(self._name, given, wanted)
        broken, told = _numbers_that_are_none(estimates)
        if not broken.any():
            return estimates
        first = int(np.flatnonzero(broken)[0])
        faults.tell(
            f"{self._name}.fit gives {told} in {int(broken.sum())} of {len(batch)} data sets "
            f"(the first: replication {int(batch.replications[first])})"
        )
        status = np.where(broken, np.int8(Status.RAISED), estimates.status)
        return estimates.without(broken[:, None], status=status)


def _copied(batch: Batch) -> Batch:
    """The batch with data of its own."""
    moments = batch.moments_given
    own = None
    if moments is not None:
        own = Moments(moments.means.copy(), moments.covariances.copy(), moments.n, moments.higher)
    answers = None if batch.answers is None else batch.answers.copy()
    drawn = None if batch.drawn is None else (batch.drawn[0].copy(), batch.drawn[1])
    return replace(
        batch, answers=answers, retained=batch.retained.copy(), moments_given=own, drawn=drawn,
        replications=batch.replications.copy(), found={},
    )  # fmt: skip


def _check_shapes(name: str, given: Estimates, batch: Batch, model: Model) -> None:
    r = len(batch)
    known = {"retained": (r, len(model.items)), "short": (r, len(model.blocks)), "status": (r,), "changes": (r,)}
    known |= dict.fromkeys(_COUNTS, (r,)) | dict.fromkeys(PARTS, (r, len(given.targets)))
    for part, shape in known.items():
        array = getattr(given, part)
        if not isinstance(array, np.ndarray) or array.shape != shape:
            found = getattr(array, "shape", type(array).__name__)
            raise BrokenContract(f"{name}.fit gives {part} of shape {found}; {shape} is needed")
        if part in PARTS and array.dtype.kind not in "fiu":
            raise BrokenContract(f"{name}.fit gives {part} of type {array.dtype}; numbers are needed")
    status = given.status
    if status.dtype.kind not in "iu" or not np.isin(status, [int(each) for each in Status]).all():
        strange = sorted({str(each) for each in status.tolist()} - {str(int(each)) for each in Status})
        raise BrokenContract(f"{name}.fit gives status {', '.join(strange[:3])}; see estimators.base.Status")


def _of_targets(name: str, given: Estimates, wanted: tuple[Target, ...]) -> Estimates:
    """The columns of the wanted targets, by name, as the types that are stored."""
    names = [target.name for target in given.targets]
    lacking = [target.name for target in wanted if target.name not in names]
    if lacking:
        raise BrokenContract(f"{name}.fit gives no {', '.join(lacking[:5])}; it must estimate the targets asked for")
    columns = [names.index(target.name) for target in wanted]
    numbers = {part: np.ascontiguousarray(getattr(given, part)[:, columns], dtype=np.float64) for part in PARTS}
    counts = {part: getattr(given, part).astype(np.int32) for part in _COUNTS}
    flags = {part: getattr(given, part).astype(bool) for part in ("retained", "short")}
    parts: dict[str, Any] = {**numbers, **counts, **flags, "status": given.status.astype(np.int8)}
    parts["changes"] = given.changes.astype(np.str_)
    assert {*parts, "targets"} == {part.name for part in fields(Estimates)}
    return Estimates(targets=wanted, **parts)


def _numbers_that_are_none(given: Estimates) -> tuple[Bools, str]:
    """Usable replications (R,) whose numbers cannot be meant, and the first kind of them in words.

    A target that has NaN throughout is one that the method does not estimate, as long as it estimates another.
    """
    usable = ~given.fatal
    value = given.value
    estimated = ~np.isnan(value[usable]).all(axis=0) if usable.any() else np.zeros(value.shape[1], dtype=bool)
    nothing = usable if value.shape[1] and not estimated.any() else np.zeros_like(usable)
    kinds = {
        "only NaN beside a usable status": nothing,
        "NaN beside a usable status": usable & np.isnan(value[:, estimated]).any(axis=1),
        "an infinite value beside a usable status": usable & np.isinf(value).any(axis=1),
        "a negative or infinite standard error": usable & ((given.se < 0) | np.isinf(given.se)).any(axis=1),
        "a p-value outside 0 to 1": usable & ((given.p_value < 0) | (given.p_value > 1)).any(axis=1),
        "an interval whose lower end is above its upper one": usable & (given.lower > given.upper).any(axis=1),
    }
    broken = np.logical_or.reduce(list(kinds.values()))
    return broken, next((told for told, rows in kinds.items() if rows.any()), "")
