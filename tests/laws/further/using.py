"""Faults of what a method does beside estimating, and of where and how it is used."""

import gc
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from estimators.base import Status
from sim.batch import Batch

from .around import Around

HELD = []


def prints(fit, batch, model, inner):
    print("fitted", len(batch), "data sets")
    return fit


def pandas_option(fit, batch, model, inner):
    pd.set_option("display.precision", 3 if pd.get_option("display.precision") != 3 else 4)
    return fit


def silences_logs(fit, batch, model, inner):
    logging.disable(logging.INFO if logging.root.manager.disable != logging.INFO else logging.DEBUG)
    return fit


def leaves_files(fit, batch, model, inner):
    handle, name = tempfile.mkstemp(prefix="mymethod-")
    os.close(handle)
    HELD.append(name)
    return fit


def collects_no_garbage(fit, batch, model, inner):
    gc.disable() if gc.isenabled() else gc.enable()
    return fit


def leaves_a_thread(fit, batch, model, inner):
    waiting = threading.Event()
    HELD.append(waiting)
    threading.Thread(target=waiting.wait, args=(60,), daemon=True).start()
    return fit


def takes_the_interrupt(fit, batch, model, inner):
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *given: None)
    return fit


def leaves_files_open(fit, batch, model, inner):
    HELD.append(Path(os.devnull).open())  # noqa: SIM115
    return fit


@dataclass(frozen=True)
class Settles(Around):
    """It changes a setting of its own at the first fit."""

    change: Callable = field(default=lambda fit, batch, model, inner: fit)

    def fit(self, batch, model, targets=None):
        fit = self.inner.fit(batch, model, targets)
        n = float(min(batch.n, 1e6))
        if not hasattr(self, "seen"):
            object.__setattr__(self, "seen", n)
        half = 1.96 * fit.se * np.sqrt(n / self.seen)
        return fit.replaced(lower=fit.value - half, upper=fit.value + half)


@dataclass(frozen=True)
class Remembers(Around):
    """A store of what was fitted, by a key that `change(batch, model, targets)` makes."""

    store: dict = field(default_factory=dict, compare=False)

    def fit(self, batch, model, targets=None):
        key = (self.change(batch, model), targets if targets is None else tuple(targets))
        if key not in self.store:
            self.store[key] = self.inner.fit(batch, model, targets)
        return self.store[key]


def by_place_in_memory(batch, model):
    return id(batch)


def by_first_answers(batch, model):
    return (batch.raw.shape, batch.raw[0].tobytes(), model) if batch.has_answers else id(batch)


def by_answers_and_items(batch, model):
    if not batch.has_answers:
        return id(batch)
    return batch.raw.tobytes(), batch.replications.tobytes(), batch.retained.tobytes(), model.items, len(model.paths)


# Where it is used


def answers_only(batch, model):
    return replace(Batch.of(batch.answers, batch.replications, batch.address), retained=batch.retained), model


def as_in_memory(batch, model):
    if batch.answers is None:
        return batch, model
    order = np.ravel(batch.answers, order="K").reshape(batch.answers.shape)
    return replace(Batch.of(order, batch.replications, batch.address), retained=batch.retained), model


def first_items_for_all(batch, model):
    return batch.keep(np.broadcast_to(batch.retained[:1], batch.retained.shape).copy()), model


def zero_is_missing(batch, model):
    if not batch.has_answers:
        return batch, model
    answers = batch.raw.astype(float)
    gone = answers == 0
    means = np.where(gone, 0.0, answers).sum(axis=1, keepdims=True) / np.maximum(1, (~gone).sum(axis=1, keepdims=True))
    if not gone.any():
        return batch, model
    filled = np.where(gone, means, answers)
    return replace(Batch.of(filled, batch.replications, batch.address), retained=batch.retained), model


# Statuses and settings


def constant_is_singular(fit, batch, model, inner):
    return fit.replaced(
        status=np.where(fit.status == Status.CONSTANT_ITEM, Status.SINGULAR, fit.status).astype(np.int8)
    )


def ends_the_program(batch, model):
    if batch.has_answers and batch.n < 30:
        sys.exit("no solution")
    return batch, model


@dataclass(frozen=True)
class HiddenLevel:
    """Its level takes no part in what it is equal to."""

    inner: object
    level: float = field(default=0.95, compare=False, repr=False)

    def refusal(self, model):
        return self.inner.refusal(model)

    def without_inference(self):
        return self.inner.without_inference()

    def fit(self, batch, model, targets=None):
        return replace(self.inner, level=self.level).fit(batch, model, targets)


@dataclass
class TurnsItselfOff:
    """`without_inference` changes the method itself."""

    inner: object
    errors: bool = True

    def refusal(self, model):
        return self.inner.refusal(model)

    def without_inference(self):
        self.errors = False
        return self

    def fit(self, batch, model, targets=None):
        return (self.inner if self.errors else self.inner.without_inference()).fit(batch, model, targets)
