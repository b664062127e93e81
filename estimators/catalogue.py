"""The catalogue of methods: every estimator by name, and the way from a study file's settings to a method."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators import outside
from estimators.base import Estimator
from estimators.bootstrap import Bootstrap
from estimators.consistent import ConsistentPLS
from estimators.covariance import MaximumLikelihood
from estimators.pls import PLS, SCHEMES
from estimators.screening import Screening
from estimators.sumscores import SumScores
from sim.errors import InputError, nearest, unknown


@dataclass(frozen=True)
class Entry:
    """An estimator under its name: its class, its label in reports and one sentence on what it does."""

    estimator: type[Any]
    label: str
    description: str
    #: The values that settings with names may take.
    choices: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    #: Whether inference takes a bootstrap, because the method has no standard errors of its own.
    resampled: bool = False
    #: Whether its limit on common-factor populations is the truth.
    consistent: bool = False
    #: Whether an item in larger units counts for more.
    raw_units: bool = False
    #: Whether it needs answers in categories.
    ordinal: bool = False
    #: Whether the first item of each block counts for more, as the block's scale.
    by_first_item: bool = False
    #: How far two fits of one problem in other units or another order may lie apart: the stopping rule.
    tolerance: float = 1e-6
    #: Which code it is, for an estimator from outside the project; see `estimators.outside`.
    origin: str = ""


#: The one list of estimators. A new one is a new file in this room and a new line here.
ESTIMATORS: dict[str, Entry] = {
    "sumscores": Entry(
        SumScores,
        "Sum scores",
        "ordinary least squares on each construct's summed items, t-based inference",
        raw_units=True,
        tolerance=1e-9,
    ),
    "pls": Entry(
        PLS,
        "PLS",
        "partial least squares path modelling, mode A; inference by bootstrap",
        {"scheme": tuple(SCHEMES)},
        resampled=True,
    ),
    "plsc": Entry(
        ConsistentPLS,
        "PLSc",
        "consistent PLS: PLS corrected for unreliability by rho_A; inference by bootstrap",
        {"scheme": tuple(SCHEMES)},
        resampled=True,
        consistent=True,
    ),
    "ml": Entry(
        MaximumLikelihood,
        "ML SEM",
        "covariance structure analysis by maximum likelihood, standardised, delta-method inference",
        {"test": ("standardised", "unstandardised")},
        consistent=True,
    ),
}

#: Settings that belong to the study or to the wrappers, not to a method's own table.
_NOT_SETTINGS = ("level", "inference", "standard_errors")


@dataclass(frozen=True)
class Method:
    """One column of a comparison: an estimator with its wrappers, under the study's name for it."""

    name: str
    estimator: Estimator
    settings: Mapping[str, Any]
    entry: Entry

    @property
    def identity(self) -> Mapping[str, Any]:
        """What its numbers depend on besides the program: the settings, and the code where it is from outside."""
        return {**self.settings, "code": self.entry.origin} if self.entry.origin else self.settings

    @property
    def base(self) -> str:
        """Catalogue name of the estimator."""
        return str(self.settings["estimator"])

    @property
    def screening(self) -> Screening | None:
        """The screening around the estimator, or None."""
        return self.estimator if isinstance(self.estimator, Screening) else None

    @property
    def resamples(self) -> int | None:
        """Bootstrap resamples, or None."""
        value = self.settings.get("resamples")
        return None if value is None else int(value)

    @property
    def label(self) -> str:
        """The method's name in reports."""
        rule = self.screening
        return self.entry.label + (f", {rule.threshold:.2f} rule" if rule else "")


def find(name: object, folder: Path | None = None, what: str = "estimator") -> Entry:
    """The entry of a name: one of the catalogue, an entry point, or `package.module:Class` (also in `folder`).

    Raises InputError where there is none or it is no estimator.
    """
    if isinstance(name, str) and name in ESTIMATORS:
        return ESTIMATORS[name]
    found = outside.find(name, folder) if isinstance(name, str) else None
    if found is None:
        message = unknown(what, str(name), [*ESTIMATORS, *outside.installed()])
        raise InputError(f"{message}; one of your own is written `package.module:Class`")
    if isinstance(found.content, Entry):
        entry = dataclasses.replace(found.content, origin=found.origin)
    elif isinstance(found.content, type):
        summary = (found.content.__doc__ or found.content.__name__).strip().splitlines()[0]
        entry = Entry(found.content, found.content.__name__, summary, origin=found.origin)
    else:
        raise InputError(f"{what} '{name}' is a {type(found.content).__name__}; name a class of estimators or an Entry")
    missing = missing_methods(entry.estimator)
    if missing:
        raise InputError(f"{what} '{name}' is no estimator: it {missing}")
    return entry


def missing_methods(estimator: object) -> str | None:
    """What an object lacks of the protocol `estimators.base.Estimator` and where to read on, or None."""
    missing = [name for name in ("refusal", "fit", "without_inference") if not callable(getattr(estimator, name, None))]
    if missing:
        return f"has no {', '.join(missing)}; add what `estimators.base.Estimator` asks for (docs/own-estimators.md)"
    return None


def build(name: str, settings: Mapping[str, Any], level: float, folder: Path | None = None) -> Method:
    """A method from its settings: `estimator`, its own options, `resamples`, `screening = {threshold, minimum_items}`.

    Modules of estimators from outside may lie in `folder`. Raises InputError naming the setting, what was given and
    what is allowed.
    """
    given = dict(settings)
    base = given.pop("estimator", name)
    entry = find(base, folder)
    resamples, screening = given.pop("resamples", None), given.pop("screening", None)
    fields = (
        {f.name: f for f in dataclasses.fields(entry.estimator)} if dataclasses.is_dataclass(entry.estimator) else {}
    )
    allowed = {name: field for name, field in fields.items() if name not in _NOT_SETTINGS}
    for key, value in given.items():
        if key not in allowed:
            options = [*allowed, "estimator", "resamples", "screening"]
            raise InputError(
                f"setting '{key}' is not known for {base}{nearest(key, options)} (allowed: {', '.join(options)})"
            )
        _check_setting(key, value, entry, allowed[key].default)
    if "level" in fields:
        given["level"] = level
    estimator = _made(base, entry, given)
    if resamples is not None:
        if not _whole(resamples) or resamples < 20:
            raise InputError(f"resamples is {resamples!r}; give a whole number of at least 20")
        estimator = Bootstrap(estimator, resamples, level)
    if screening is not None:
        estimator = _screened(estimator, screening)
    return Method(name, estimator, {"estimator": base, **settings}, entry)


def _made(base: str, entry: Entry, settings: Mapping[str, Any]) -> Estimator:
    try:
        estimator: Estimator = entry.estimator(**settings)
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        raise InputError(f"{base} cannot be made with these settings ({error}); change or add settings") from error
    return estimator


def _check_setting(key: str, value: Any, entry: Entry, default: Any) -> None:
    choices = entry.choices.get(key)
    if choices and value not in choices:
        raise InputError(unknown(key, str(value), choices))
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise InputError(f"{key} is {value!r}; give true or false")
    elif isinstance(default, float | int):
        # Numbers of this project's methods are tolerances and limits; others may be anything.
        least, sort = (-math.inf, "finite") if entry.origin else (0, "positive")
        if not isinstance(value, float | int) or isinstance(value, bool) or not least < value < math.inf:
            raise InputError(f"{key} is {value!r}; give a {sort} number")
        if isinstance(default, int) and not _whole(value):
            raise InputError(f"{key} is {value!r}; give a whole number")
    elif not isinstance(value, str | int | float) or value != value:
        raise InputError(f"{key} is {value!r}; give text, a number, or true or false")
    elif isinstance(default, str) and not isinstance(value, str):
        raise InputError(f"{key} is {value!r}; give text")


def _screened(estimator: Estimator, screening: Any) -> Screening:
    if not isinstance(screening, Mapping):
        raise InputError(
            f"screening is {screening!r}; write for instance screening = {{ threshold = 0.70, minimum_items = 2 }}"
        )
    options = ("threshold", "minimum_items")
    for key in screening:
        if key not in options:
            raise InputError(unknown("screening setting", key, options))
    threshold, minimum = screening.get("threshold", 0.70), screening.get("minimum_items", 2)
    if not isinstance(threshold, float | int) or not 0 < threshold < 1:
        raise InputError(f"screening threshold is {threshold!r}; give a number between 0 and 1")
    if not _whole(minimum) or minimum < 1:
        raise InputError(f"screening minimum_items is {minimum!r}; give a whole number of at least 1")
    return Screening(estimator, float(threshold), minimum)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
