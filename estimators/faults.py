"""Methods that raise, or answer what is no answer: their replications fail alone, and the first traceback is kept."""

import os
import re
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

import numpy as np

from estimators.base import Estimates, Estimator, Status
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target

#: Characters of a traceback that are kept, its end.
_KEPT = 4000
#: Faults of one batch that are kept.
_MOST = 20
_told: ContextVar[list[str] | None] = ContextVar("_told", default=None)


@contextmanager
def collected() -> Iterator[list[str]]:
    """What is wrong with the answers of methods that are fitted inside, in words, in order."""
    told: list[str] = []
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)


def tell(what: str) -> None:
    """Say what is wrong with a method's answer, to whoever collects it."""
    told = _told.get()
    if told is not None and len(told) < _MOST:
        told.append(what)


def fitted(
    estimator: Estimator, batch: Batch, model: Model, targets: Sequence[Target] | None, outside: bool = False
) -> tuple[Estimates, str]:
    """Estimates of a batch, and the first fault (a traceback, or words), empty where there is none.

    Where the method raises anything, every replication is estimated alone; those that raise again have the status
    RAISED. Memory that runs out is the machine's fault, unless the method is from `outside`: InputError.
    """
    with collected() as told:
        try:
            fit = estimator.fit(batch, model, targets)
        except BaseException as error:
            _of_the_method(error, outside)
            told.insert(0, traceback_of(error))
            fit = _one_by_one(estimator, batch, model, targets, outside)
    return fit, told[0] if told else ""


def _one_by_one(
    estimator: Estimator, batch: Batch, model: Model, targets: Sequence[Target] | None, outside: bool
) -> Estimates:
    if len(batch) == 1:
        return failed(batch, model, targets, Status.RAISED)
    parts = []
    for r in range(len(batch)):
        alone = batch.rows(slice(r, r + 1))
        try:
            parts.append(estimator.fit(alone, model, targets))
        except BaseException as error:
            _of_the_method(error, outside)
            parts.append(failed(alone, model, targets, Status.RAISED))
    return Estimates.joined(parts)


def _of_the_method(error: BaseException, outside: bool) -> None:
    """Raises on what is no fault of the method: the end of a generator, the user's Ctrl-C, the end of the memory."""
    interrupted = isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()
    if interrupted or isinstance(error, GeneratorExit):
        raise error
    if isinstance(error, MemoryError) and not outside:
        raise InputError(f"the memory does not suffice ({error}); give fewer --workers, or a smaller study") from error


def failed(batch: Batch, model: Model, targets: Sequence[Target] | None, status: Status) -> Estimates:
    """Estimates that are none: every replication of the batch has the fatal status."""
    wanted = tuple(model.targets if targets is None else targets)
    return Estimates(
        targets=wanted,
        value=np.full((len(batch), len(wanted)), np.nan),
        status=np.full(len(batch), status, dtype=np.int8),
        retained=batch.retained.copy(),
        short=np.zeros((len(batch), len(model.blocks)), dtype=bool),
    )


def traceback_of(error: BaseException) -> str:
    """An error with its traceback, without addresses in memory, so that the same fault gives the same text."""
    shown = "".join(traceback.format_exception(error, limit=-6, chain=False))
    return re.sub(r"0x[0-9a-f]+", "0x...", shown)[-_KEPT:].strip()


def last_line(fault: str) -> str:
    """The line of a traceback that says what happened."""
    return (fault.strip().splitlines() or [""])[-1]


def asked(what: Callable[[], object], name: str) -> object:
    """The answer of a question to a method from outside. Raises InputError where it raises anything."""
    try:
        with exits_noticed():
            return what()
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(f"{name} fails ({type(error).__name__}: {error}); mend the method first") from error


_real = os._exit
_inside = 0
_counting = threading.Lock()


def _refused(status: int) -> NoReturn:
    raise SystemExit(f"os._exit({status}) was called")


@contextmanager
def exits_noticed() -> Iterator[None]:
    """Inside, in any thread, os._exit raises SystemExit. Code that ends the process in another way is not held."""
    global _inside
    with _counting:
        _inside += 1
        os._exit = _refused
    try:
        yield
    finally:
        with _counting:
            _inside -= 1
            if not _inside:
                os._exit = _real
