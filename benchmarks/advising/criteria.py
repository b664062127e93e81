"""The criteria that a method is to keep, and whether it does as far as the data sets drawn can tell."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from math import isfinite
from typing import NamedTuple

from benchmarks.measures.basis.formulas import Measured
from benchmarks.planning.curve import Count, Z
from sim.errors import InputError


class Verdict(Enum):
    """Whether a criterion is kept: for certain, for certain not, or not clear within the Monte Carlo error."""

    KEPT = "kept"
    OPEN = "not clear"
    BROKEN = "broken"


@dataclass(frozen=True)
class Criteria:
    """What a method is to keep on every path and population.

    bias: the largest |relative bias|. coverage, type_1: lowest and highest of the rates. usable: the least share of
    data sets with numbers. Raises InputError for limits that no rate can lie within.
    """

    bias: float = 0.10
    coverage: tuple[float, float] = (0.93, 0.97)
    type_1: tuple[float, float] = (0.035, 0.065)
    usable: float = 0.95

    def __post_init__(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            low, high = given if isinstance(given, tuple) else (0.0, given)
            if not (0 <= low < high <= 1):
                raise InputError(f"criterion {field.name} is {given}; give numbers from 0 to 1, the lower one first")


def limits_of(option: str, given: str) -> tuple[float, float]:
    """`0.93-0.97` as two numbers. Raises InputError where it is not so written."""
    low, dash, high = given.partition("-")
    try:
        if dash:
            return float(low), float(high)
    except ValueError:
        pass
    raise InputError(f"{option} is '{given}'; write the lowest and the highest, such as 0.93-0.97")


class Judged(NamedTuple):
    """One criterion on one path and population: what was found, with its error and interval, and the verdict."""

    criterion: str
    value: float
    mcse: float
    verdict: Verdict

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return isfinite(self.value)


def of_bias(relative: Measured, criteria: Criteria) -> Judged:
    """The verdict on a relative bias."""
    reach = Z * relative.mcse
    limits = (-criteria.bias, criteria.bias)
    return Judged(
        "bias", relative.value, relative.mcse, _within(relative.value - reach, relative.value + reach, limits)
    )


def of_rate(criterion: str, count: Count, limits: tuple[float, float]) -> Judged:
    """The verdict on a rate, by Wilson's interval."""
    return Judged(criterion, count.share, count.mcse, _within(*count.interval(), limits))


def _within(low: float, high: float, limits: tuple[float, float]) -> Verdict:
    """Whether an interval lies within the limits, outside them, or across one."""
    if high < limits[0] or low > limits[1]:
        return Verdict.BROKEN
    # a rate's limit of 0 or 1 is no limit, and no interval crosses it
    inside = low >= limits[0] and (high <= limits[1] or limits[1] == 1)
    return Verdict.KEPT if inside else Verdict.OPEN


def worst(judged: Iterator[Judged] | list[Judged]) -> Verdict:
    """Broken where any is, otherwise not clear where any is."""
    verdicts = {each.verdict for each in judged}
    return next((each for each in (Verdict.BROKEN, Verdict.OPEN) if each in verdicts), Verdict.KEPT)
