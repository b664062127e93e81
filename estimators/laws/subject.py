"""The method that a law is held against: what it claims, how it is asked, how its answers are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.base import Estimates, Estimator, Status
from estimators.catalogue import ESTIMATORS
from estimators.entry import Entry
from estimators.laws.strategies import Survey
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.screening import Screening
from sim.batch import Batch, Bools
from sim.model import Model
from sim.targets import Kind, Target

NUMBERS = ("value", "se", "lower", "upper", "p_value")
#: What two equivalent fits must agree on; iterations may differ with the last bit of the input.
RESULTS = (*NUMBERS, "status", "retained", "short")
EVERYTHING = tuple(field.name for field in fields(Estimates) if field.name != "targets")
#: Kinds of targets that a method gives wherever it gives anything.
STEADY: tuple[Kind, ...] = ("path", "r2", "correlation", "loading")


class Breach(AssertionError):
    """A law does not hold: what was expected and what was found, in words."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected: {expected}\n  found: {found}")


@dataclass(frozen=True)
class Claims:
    """What a method says of itself; laws that follow from a claim are held where it is made.

    consistent: on the moments of a common-factor population it gives the truth. raw_units: an item in larger units
    counts for more, and a reversed one against. ordinal: it needs answers in categories. by_first_item: the first item
    of a block counts for more, as its scale. resampled: its inference depends on random resamples. tolerance: how far
    two fits of one problem in other units or another order may lie apart, absolutely and relatively (the stopping rule
    of an iterative method).
    """

    consistent: bool = False
    raw_units: bool = False
    ordinal: bool = False
    by_first_item: bool = False
    resampled: bool = False
    tolerance: float = 1e-6

    @classmethod
    def of(cls, estimator: Estimator) -> "Claims":
        """The claims of a method's catalogue entry, or none; what wraps an `inner` method has those of it."""
        inner = getattr(estimator, "inner", None)
        if inner is not None:
            claims = cls.of(inner)
            consistent = claims.consistent and not isinstance(estimator, Screening)
            return replace(
                claims, consistent=consistent, resampled=claims.resampled or isinstance(estimator, Bootstrap)
            )
        entries = [entry for entry in ESTIMATORS.values() if type(estimator) is entry.estimator]
        return cls.of_entry(entries[0]) if entries else cls()

    @classmethod
    def of_entry(cls, entry: Entry) -> "Claims":
        """The claims of an entry."""
        return cls(
            entry.consistent, entry.raw_units, entry.ordinal, entry.by_first_item, tolerance=entry.tolerance
        )  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A method with its claims. Its `fit` turns exceptions and malformed estimates into breaches."""

    estimator: Estimator
    claims: Claims

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """The method's estimates, with the shapes that the protocol asks for."""
        try:
            fit = self.estimator.fit(batch, model, targets)
        except Exception as error:
            raise Breach(
                "a fit that raises nothing: a data set that cannot be used gets a fatal status and NaN",
                f"{type(error).__name__}: {error}",
            ) from error
        if not isinstance(fit, Estimates):
            raise Breach("estimators.base.Estimates from fit", f"{type(fit).__name__}")
        r, p, m = len(batch), len(model.items), len(model.blocks)
        _expect("targets", fit.targets, model.targets if targets is None else tuple(targets))
        for field, shape in (("status", (r,)), ("retained", (r, p)), ("short", (r, m))):
            _expect(f"shape of {field}", getattr(fit, field).shape, shape)
        return fit

    def of(self, survey: Survey, targets: Sequence[Target] | None = None) -> Estimates:
        """The estimates for a survey."""
        return self.fit(survey.batch, survey.model, targets)

    @property
    def plain(self) -> "Subject":
        """The same method without inference."""
        return replace(self, estimator=self.estimator.without_inference())


def _expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Breach(f"{what} {expected}", f"{found}")


def rows(estimates: Estimates, chosen: slice | NDArray[np.generic]) -> Estimates:
    """Some replications of the estimates."""
    return estimates.replaced(**{field: getattr(estimates, field)[chosen] for field in EVERYTHING})


def part(batch: Batch, chosen: slice | NDArray[np.generic]) -> Batch:
    """Some replications of a batch, under their own ids."""
    return Batch.of(batch.raw[chosen].copy(), batch.replications[chosen], batch.address)


def agree(
    one: Estimates,
    other: Estimates,
    expected: str,
    names: tuple[str, str],
    fields: Sequence[str] = EVERYTHING,
    tolerance: float = 0.0,
) -> None:
    """Breach unless both say the same: numbers up to `tolerance` (0: to the last bit), NaN where NaN."""
    for field in ("status", *fields):
        a, b = getattr(one, field), getattr(other, field)
        numeric = a.dtype.kind == "f"
        same = np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True) if numeric else a == b
        if not same.all():
            place = tuple(int(i) for i in np.argwhere(~same)[0])
            raise Breach(
                expected, f"{_where(field, place, one)}: {_shown(field, a[place])} {names[0]}, "
                f"{_shown(field, b[place])} {names[1]}",
            )  # fmt: skip


def _where(field: str, place: tuple[int, ...], estimates: Estimates) -> str:
    column = f" of {estimates.targets[place[1]].name}" if field in NUMBERS else "".join(f"[{i}]" for i in place[1:])
    return f"{field}{column} in data set {place[0] + 1}"


def _shown(field: str, number: Any) -> str:
    return Status(int(number)).name if field == "status" else f"{number!s}"


def demand(holds: bool | np.bool_ | Bools, expected: str, found: str) -> None:
    """Breach unless all of `holds` is true."""
    if not np.all(holds):
        raise Breach(expected, found)
