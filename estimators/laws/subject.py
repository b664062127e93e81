"""The method that a law is held against: what it claims, how it is asked, how its answers are compared."""

import dataclasses
import random
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.adapters.adapter import Adapter
from estimators.base import PARTS, Estimates, Estimator, Status
from estimators.catalogue import ESTIMATORS
from estimators.constrained.bounds import ABSOLUTE
from estimators.entry import Entry
from estimators.inference.intervals import INTERVALS
from estimators.laws.worlds import Survey
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.screening import Screening
from estimators.wrappers.steps import Steps
from sim.batch import Batch, Bools
from sim.errors import InputError, unknown
from sim.model import Model
from sim.targets import Kind, Target

#: What two equivalent fits must agree on; iterations may differ with the last bit of the input.
RESULTS = (*PARTS, "status", "retained", "short")
EVERYTHING = tuple(part.name for part in fields(Estimates) if part.name != "targets")
#: Ways to fit products that multiply the first items of two constructs, the second ones, and so on.
MATCHED = (("product-indicator", "matched"), ("orthogonal", "matched"))
#: Kinds of targets that a method gives wherever it gives anything.
STEADY: tuple[Kind, ...] = ("path", "r2", "correlation", "loading")


class Breach(AssertionError):
    """A law does not hold: what was expected and what was found, in words."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"expected: {expected}\n  found: {found}")
        self.expected, self.found = expected, found

    def __reduce__(self) -> tuple[Any, ...]:
        return Breach, (self.expected, self.found)


class NotTested(Exception):
    """A survey on which the law says nothing, and why."""


@dataclass(frozen=True)
class Claims:
    """What a method says of itself; laws that follow from a claim are held where it is made, or waived.

    consistent: on the moments of a common-factor population it gives the truth. raw_units: an item in larger units
    counts for more, and a reversed one against. ordinal: it needs answers in categories. by_first_item: the first item
    of a block counts for more, as its scale. resampled: its inference depends on random resamples. own_r2: its r2 is
    not that of its paths and correlations. own_interval: its interval belongs to no test of its own. selects: it leaves
    items out by a rule. own_unit: a limit of it stands in the units of the answers, as the least residual variance of
    an outcome under `bounds`. by_place: items are taken together by their places in their blocks, as matched pairs of
    product indicators are, so that their order counts. large: it needs more respondents than its items have variances
    and covariances, so that laws of small surveys say nothing of it, and is held against fewer. approximate: its
    standard errors are not claimed to be right. biased: even without measurement error its limit is not the truth.
    tolerance: how far two fits of one problem in other units or another order may lie apart, absolutely and relatively
    (the stopping rule of an iterative method). calibrated_at: respondents from which its inference is claimed to hold.
    whole: it fits the whole model at once, the covariances of errors that a model names too, so that its limit is the
    truth with them as well.
    costly: a data set takes more than some ten milliseconds, as where data sets are estimated one at a time; it is held
    against fewer surveys and samples.
    """

    consistent: bool = False
    raw_units: bool = False
    ordinal: bool = False
    by_first_item: bool = False
    resampled: bool = False
    own_r2: bool = False
    own_interval: bool = False
    selects: bool = False
    own_unit: bool = False
    by_place: bool = False
    large: bool = False
    approximate: bool = False
    biased: bool = False
    tolerance: float = 1e-6
    calibrated_at: int = 300
    whole: bool = False
    costly: bool = False

    @classmethod
    def of(cls, estimator: Estimator) -> "Claims":
        """The claims of a method's catalogue entry, or none; what wraps an `inner` method has those of it."""
        inner = getattr(estimator, "inner", None)
        if inner is not None:
            claims = cls.of(inner)
            selects = isinstance(estimator, Screening | Steps)
            consistent = claims.consistent and not selects
            return replace(
                claims, consistent=consistent, resampled=claims.resampled or isinstance(estimator, Bootstrap),
                selects=claims.selects or selects, own_r2=claims.own_r2 or getattr(estimator, "way", "") == "csem",
                by_place=claims.by_place or (getattr(estimator, "way", ""), getattr(estimator, "pairs", "")) in MATCHED,
                own_interval=claims.own_interval or getattr(estimator, "interval", "t") in set(INTERVALS) - {"t"},
            )  # fmt: skip
        if isinstance(estimator, Adapter):
            return cls(costly=True)
        entries = [entry for entry in ESTIMATORS.values() if type(estimator) is entry.estimator]
        limited = getattr(estimator, "bounds", None) in ABSOLUTE
        return replace(cls.of_entry(entries[0]) if entries else cls(), own_unit=limited)

    @classmethod
    def of_entry(cls, entry: Entry) -> "Claims":
        """The claims of an entry."""
        return cls(
            consistent=entry.consistent, raw_units=entry.raw_units, ordinal=entry.ordinal,
            by_first_item=entry.by_first_item, own_r2=entry.own_r2, tolerance=entry.tolerance, large=entry.large,
            whole=entry.whole,
        )  # fmt: skip


def claims_written(texts: Sequence[str]) -> dict[str, Any]:
    """Claims as they are written on a command line: `consistent`, `tolerance=1e-4`. Raises InputError."""
    types: dict[str, type[Any]] = {name: type(value) for name, value in vars(Claims()).items()}
    given: dict[str, Any] = {}
    for text in texts:
        name, written, value = text.partition("=")
        if name not in types:
            raise InputError(unknown("claim", name, tuple(types)))
        try:
            given[name] = types[name](value) if written and types[name] is not bool else value != "False"
        except ValueError:
            raise InputError(f"claim {name} is {value!r}; give a number") from None
        if not written and types[name] is not bool:
            raise InputError(f"claim {name} needs a number, such as {name}={getattr(Claims(), name):g}")
    return given


@dataclass
class Tally:
    """What a law has asked of a method so far: fits, data sets, and those with numbers."""

    fits: int = 0
    data_sets: int = 0
    usable: int = 0


@dataclass(frozen=True)
class Subject:
    """A method with its claims. Its `fit` turns exceptions and malformed estimates into breaches.

    Before every fit NumPy's and Python's global random states are set to something new, which follows from the survey:
    whoever draws from them gives other numbers the second time.
    """

    estimator: Estimator
    claims: Claims
    tally: Tally = field(default_factory=Tally, compare=False)
    states: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0), compare=False)

    def anew(self, seed: int) -> "Subject":
        """The method before the first fit of a survey, random states following from its seed."""
        return replace(self, states=np.random.default_rng([seed, 99]))

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """The method's estimates, with the shapes that the protocol asks for."""
        state = int(self.states.integers(2**32))
        np.random.seed(state)  # noqa: NPY002
        random.seed(state)
        try:
            fit = self.estimator.fit(batch, model, targets)
        except (Exception, SystemExit) as error:
            raise Breach(
                "a fit that raises nothing: a data set that cannot be used gets a fatal status and NaN",
                f"{type(error).__name__}: {error}",
            ) from error
        well_formed(fit, batch, model, targets)
        self.tally.fits += 1
        self.tally.data_sets += len(fit.status)
        self.tally.usable += int((~fit.fatal).sum())
        return fit

    def of(self, survey: Survey, targets: Sequence[Target] | None = None) -> Estimates:
        """The estimates for a survey."""
        return self.fit(survey.batch, survey.model, targets)

    @property
    def plain(self) -> "Subject":
        """The method without inference."""
        return replace(self, estimator=self.estimator.without_inference())

    @property
    def renewed(self) -> "Subject | None":
        """A new object of the same settings, which has fitted nothing yet; None where the class is no dataclass."""
        estimator: Any = self.estimator
        return replace(self, estimator=replace(estimator)) if _names(estimator) else None

    def with_setting(self, name: str, value: object) -> "Subject | None":
        """The method with another value of a setting, its own or that of what it wraps; None where it has none."""
        changed = _changed(self.estimator, name, value)
        return None if changed is None else replace(self, estimator=changed)

    def setting(self, name: str) -> Any:
        """The value of a setting, its own or that of what it wraps; None where it has none."""
        return _setting(self.estimator, name)


def _names(estimator: object) -> set[str]:
    plain = dataclasses.is_dataclass(estimator) and not isinstance(estimator, type)
    return {part.name for part in fields(estimator)} if plain else set()  # type: ignore[arg-type]


def _setting(estimator: object, name: str) -> Any:
    if name in _names(estimator):
        return getattr(estimator, name)
    return _setting(estimator.inner, name) if "inner" in _names(estimator) else None  # type: ignore[attr-defined]


def _changed(estimator: Any, name: str, value: object) -> Any:
    try:
        if name in _names(estimator):
            return replace(estimator, **{name: value})
        inner = _changed(estimator.inner, name, value) if "inner" in _names(estimator) else None
        return None if inner is None else replace(estimator, inner=inner)
    except Exception:  # a setting that may not have this value is no setting to try
        return None


@contextmanager
def random_states_kept() -> Iterator[None]:
    """Global random states and warning filters afterwards are what they were before."""
    ours, theirs = np.random.get_state(), random.getstate()  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            yield
    finally:
        np.random.set_state(ours)  # noqa: NPY002
        random.setstate(theirs)


def well_formed(fit: object, batch: Batch, model: Model, targets: Sequence[Target] | None) -> None:
    """Breach unless a fit gave Estimates of the right targets, shapes and types."""
    if not isinstance(fit, Estimates):
        raise Breach("estimators.base.Estimates from fit", "None" if fit is None else type(fit).__name__)
    r, p, m = len(batch), len(model.items), len(model.blocks)
    _expect("targets", fit.targets, model.targets if targets is None else tuple(targets))
    for name, shape in (("status", (r,)), ("retained", (r, p)), ("short", (r, m))):
        _expect(f"shape of {name}", np.shape(getattr(fit, name)), shape)
    for name, kind in (*((name, "f") for name in PARTS), ("status", "iu"), ("retained", "b"), ("short", "b")):
        if getattr(fit, name).dtype.kind not in kind:
            raise Breach(f"{name} of type {_TYPES[kind]}", f"{getattr(fit, name).dtype}")
    unknown = sorted(set(fit.status.tolist()) - set(map(int, Status)))
    if unknown:
        raise Breach("statuses of estimators.base.Status", f"{unknown[0]}")


_TYPES = {"f": "float64", "iu": "int8", "b": "bool"}


def _expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Breach(f"{what} {expected}", f"{found}")


def rows(estimates: Estimates, chosen: slice | NDArray[np.generic]) -> Estimates:
    """Some replications of the estimates."""
    return estimates.replaced(**{name: getattr(estimates, name)[chosen] for name in EVERYTHING})


def part(batch: Batch, chosen: slice | NDArray[np.generic]) -> Batch:
    """Some replications of a batch, with their missing answers, under their own ids."""
    gone = None if batch.missing is None else batch.missing[chosen].copy()
    answers = batch.raw if batch.answers is None else batch.answers
    return Batch.of(answers[chosen].copy(), batch.replications[chosen], batch.address, gone)


def agree(
    one: Estimates,
    other: Estimates,
    expected: str,
    names: tuple[str, str],
    fields: Sequence[str] = EVERYTHING,
    tolerance: float = 0.0,
) -> None:
    """Breach unless both say the same: numbers up to `tolerance` (0: to the last bit), NaN where NaN."""
    for name in ("status", *fields):
        a, b = getattr(one, name), getattr(other, name)
        numeric = a.dtype.kind == "f"
        same = np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True) if numeric else a == b
        if not same.all():
            place = tuple(int(i) for i in np.argwhere(~same)[0])
            raise Breach(
                expected, f"{_where(name, place, one)}: {_shown(name, a[place])} {names[0]}, "
                f"{_shown(name, b[place])} {names[1]}",
            )  # fmt: skip


def _where(name: str, place: tuple[int, ...], estimates: Estimates) -> str:
    column = f" of {estimates.targets[place[1]].name}" if name in PARTS else "".join(f"[{i}]" for i in place[1:])
    return f"{name}{column} in data set {place[0] + 1}"


def _shown(name: str, number: Any) -> str:
    return Status(int(number)).name if name == "status" else f"{number!s}"


def demand(holds: bool | np.bool_ | Bools, expected: str, found: str) -> None:
    """Breach unless all of `holds` is true."""
    if not np.all(holds):
        raise Breach(expected, found)


def demand_each(holds: Bools, expected: str, fit: Estimates, numbers: NDArray[Any], what: str = "") -> None:
    """Breach unless all of `holds` (R, q) is true; tells the first number (R, q) of which it is not."""
    if not np.all(holds):
        r, q = (int(i) for i in np.argwhere(~holds)[0])
        number = f"{numbers[r, q]:.6g}"
        raise Breach(expected, f"{what}{' ' if what else ''}{number} for {fit.targets[q].name} in data set {r + 1}")
