"""A number as a paper prints it: its value, and how far rounding may have moved it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

#: Rounding error of the arithmetic, which is no rounding of the print.
SLACK = 1e-9


def half_unit(decimals: int) -> float:
    """Half a unit of the last of so many decimals: how far rounding to them may move a number."""
    return 0.5 * 10.0**-decimals


@dataclass(frozen=True)
class Printed:
    """A printed number: what was rounded to it lies within half a unit of its last decimal, both ends included."""

    value: float
    decimals: int

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"

    @property
    def half(self) -> float:
        """Half a unit of the last decimal."""
        return half_unit(self.decimals)

    @property
    def lower(self) -> float:
        """The smallest number that is rounded to this one."""
        return self.value - self.half

    @property
    def upper(self) -> float:
        """The largest number that is rounded to this one."""
        return self.value + self.half

    def miss(self, number: float) -> float:
        """How far a number is from this one, in half units: -1 to 1 are rounded to it."""
        return (number - self.value) / self.half

    def holds(self, number: float) -> bool:
        """Whether the number is rounded to this one."""
        return abs(number - self.value) <= self.half + SLACK

    def with_at_least(self, decimals: int) -> "Printed":
        """This number, taken as printed with at least so many decimals."""
        return Printed(self.value, max(self.decimals, decimals))


def read_printed(given: Any) -> Printed:
    """The printed number that a file gives: its decimals are those it is written with, `0.60` has two.

    Raises ValueError where it is no finite number.
    """
    if isinstance(given, Printed):
        return given
    if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
        raise ValueError('give a number as it is printed, such as 0.60 or "0.60"')
    try:
        number = Decimal(repr(given) if isinstance(given, float) else given)
    except InvalidOperation:
        if isinstance(given, str) and re.fullmatch(r"\s*[-−]?\d*,\d+\s*", given):
            raise ValueError(f'write the decimal comma as a point: "{given.strip().replace(",", ".")}"') from None
        raise ValueError('give a number as it is printed, such as 0.60 or "0.60"') from None
    if not number.is_finite():
        raise ValueError("give a finite number")
    return Printed(float(number), max(0, -int(number.as_tuple().exponent)))


def listed(numbers: Iterable[Printed]) -> str:
    """`0.71, 0.80`."""
    return ", ".join(map(str, numbers))
