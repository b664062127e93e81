"""What a paper leaves open, and which answers hang on what of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.auditing.answers import Answers, Key
from benchmarks.auditing.nearing import functionals
from benchmarks.auditing.search import Fitting
from sim.batch import Floats
from sim.tables.reading.table import Table

#: A part of the answer's variance, by ranks, from which it hangs on something.
HANGS = 0.15
#: Kinds of answers that are looked at.
_LOOKED_AT = ("power", "bias", "coverage", "type I error", "n for 80%", "as many of each", "a good item dropped",
              "two repeats agree", "same set as printed")  # fmt: skip


@dataclass(frozen=True)
class Open:
    """Something that the table leaves open: its mean and SD over the prior, and over the populations that fit.

    low, high: the ends of the 95 % range over these. left: SD over that of the prior, 1 where the table tells nothing.
    """

    name: str
    before: tuple[float, float]
    mean: float
    spread: float
    low: float
    high: float
    left: float


@dataclass(frozen=True)
class Hangs:
    """An answer and what it hangs on most: names and parts of its variance, by ranks, largest first."""

    key: Key
    on: tuple[tuple[str, float], ...]


def left_open(fitting: Fitting, table: Table) -> tuple[Open, ...]:
    """What is left open of each functional of the populations, most of all first."""
    names, values = functionals(fitting.many, table)
    found = []
    for name, own, before in zip(names, values.T, fitting.before.T, strict=True):
        mean = float(fitting.weights @ own)
        spread = float(np.sqrt(fitting.weights @ (own - mean) ** 2))
        order = np.argsort(own)
        low, high = np.interp((0.025, 0.975), np.cumsum(fitting.weights[order]), own[order])
        sd = float(before.std())
        found.append(
            Open(
                name, (float(before.mean()), sd), mean, spread, float(low), float(high), spread / sd if sd > 0 else 0.0
            )
        )
    return tuple(sorted(found, key=lambda each: -each.left))


def hanging(
    answers: Answers,
    fitting: Fitting,
    rows: np.ndarray,
    weights: Floats,
    table: Table,
    kinds: Sequence[str] = _LOOKED_AT,
) -> tuple[Hangs, ...]:
    """For each answer what of the populations explains its spread."""
    names, values = functionals(fitting.many.rows(rows), table)
    found = []
    for key, given in answers.items():
        if key.kind not in kinds:
            continue
        known = ~np.isnan(given.value)
        if known.sum() < 20:
            continue
        weight = weights[known] / weights[known].sum()
        answer = _ranks(given.value[known])
        parts = [
            (name, _squared(answer, _ranks(column[known]), weight))
            for name, column in zip(names, values.T, strict=True)
        ]
        most = sorted((part for part in parts if part[1] >= HANGS), key=lambda part: -part[1])
        found.append(Hangs(key, tuple(most[:3])))
    return tuple(found)


def _ranks(values: Floats) -> Floats:
    """Ranks, equal values sharing their mean one."""
    _, back, times = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(times)
    return np.asarray((ends - (times - 1) / 2)[back], dtype=float)


def _squared(a: Floats, b: Floats, weight: Floats) -> float:
    """The squared weighted correlation."""
    a, b = a - weight @ a, b - weight @ b
    size = float((weight @ a**2) * (weight @ b**2))
    return float((weight @ (a * b)) ** 2 / size) if size > 0 else 0.0
