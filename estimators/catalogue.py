"""The catalogue of methods: every estimator by name, and the way from a study file's settings to a method."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estimators.base import Estimator
from estimators.bootstrap import INADMISSIBLE_RULES, Bootstrap
from estimators.consistent import ConsistentPLS
from estimators.covariance import MaximumLikelihood
from estimators.intervals import FEWEST, INTERVALS
from estimators.jackknife import Jackknife
from estimators.pls import PLS, SCHEMES
from estimators.screening import Screening
from estimators.signs import SIGN_CHANGES
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


#: The one list of estimators. A new one is a new file in this room and a new line here.
ESTIMATORS: dict[str, Entry] = {
    "sumscores": Entry(
        SumScores,
        "Sum scores",
        "ordinary least squares on each construct's summed items, t-based inference",
        raw_units=True,
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
#: The bootstrap's settings with names, and the values they may take.
_BOOTSTRAP_CHOICES = {
    "interval": tuple(INTERVALS),
    "sign_changes": SIGN_CHANGES,
    "inadmissible": INADMISSIBLE_RULES,
}
_INFERENCE = ("bootstrap", "jackknife")
_WRAPPER_SETTINGS = ("estimator", "inference", "resamples", *_BOOTSTRAP_CHOICES, "screening")


@dataclass(frozen=True)
class Method:
    """One column of a comparison: an estimator with its wrappers, under the study's name for it."""

    name: str
    estimator: Estimator
    settings: Mapping[str, Any]

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
    def resampled(self) -> bool:
        """Whether inference takes many fits of each data set, by bootstrap or jackknife."""
        return self.resamples is not None or self.jackknifed

    @property
    def jackknifed(self) -> bool:
        """Whether inference is by the jackknife."""
        return self.settings.get("inference") == "jackknife"

    @property
    def label(self) -> str:
        """The method's name in reports."""
        rule = self.screening
        return ESTIMATORS[self.base].label + (f", {rule.threshold:.2f} rule" if rule else "") + self._inference_label

    @property
    def _inference_label(self) -> str:
        """What sets the method's inference apart from its default."""
        given = {key: self.settings[key] for key in _BOOTSTRAP_CHOICES if key in self.settings}
        words = {
            "jackknife": self.jackknifed,
            f"{given.get('interval')} intervals": given.get("interval", "percentile") != "percentile",
            f"{given.get('sign_changes')} sign changes": given.get("sign_changes", "none") != "none",
            "inadmissible resamples dropped": given.get("inadmissible") == "drop",
            "inadmissible resamples replaced": given.get("inadmissible") == "replace",
        }
        return "".join(f", {word}" for word, holds in words.items() if holds)


def build(name: str, settings: Mapping[str, Any], level: float) -> Method:
    """A method from its settings: `estimator`, its own options, inference, `screening = {threshold, minimum_items}`.

    Inference is by bootstrap with `resamples` (and `interval`, `sign_changes`, `inadmissible`), by the jackknife with
    `inference = "jackknife"`, otherwise the method's own.
    Raises InputError naming the setting, what was given and what is allowed.
    """
    given = dict(settings)
    base = given.pop("estimator", name)
    if not isinstance(base, str) or base not in ESTIMATORS:
        raise InputError(unknown("estimator", str(base), ESTIMATORS))
    screening = given.pop("screening", None)
    inference = {key: given.pop(key) for key in _WRAPPER_SETTINGS if key in given}
    entry = ESTIMATORS[base]
    allowed = {f.name: f for f in dataclasses.fields(entry.estimator) if f.name not in _NOT_SETTINGS}
    for key, value in given.items():
        if key not in allowed:
            options = [*allowed, *_WRAPPER_SETTINGS]
            raise InputError(
                f"setting '{key}' is not known for {base}{nearest(key, options)} (allowed: {', '.join(options)})"
            )
        _check_setting(key, value, entry, allowed[key].default)
    if any(f.name == "level" for f in dataclasses.fields(entry.estimator)):
        given["level"] = level
    estimator = _with_inference(entry.estimator(**given), inference, level)
    if screening is not None:
        estimator = _screened(estimator, screening)
    return Method(name, estimator, {"estimator": base, **settings})


def _check_setting(key: str, value: Any, entry: Entry, default: Any) -> None:
    choices = entry.choices.get(key)
    if choices and value not in choices:
        raise InputError(unknown(key, str(value), choices))
    if isinstance(default, float | int) and (
        not isinstance(value, float | int) or isinstance(value, bool) or not 0 < value < math.inf
    ):
        raise InputError(f"{key} is {value!r}; give a positive number")
    if isinstance(default, int) and not _whole(value):
        raise InputError(f"{key} is {value!r}; give a whole number")


def _with_inference(estimator: Estimator, given: Mapping[str, Any], level: float) -> Estimator:
    """The estimator with the wrapper that its settings of inference ask for, if any."""
    for key, choices in {"inference": _INFERENCE, **_BOOTSTRAP_CHOICES}.items():
        if key in given and given[key] not in choices:
            raise InputError(unknown(key, str(given[key]), choices))
    if given.get("inference") == "jackknife":
        foreign = ", ".join(key for key in given if key != "inference")
        if foreign:
            raise InputError(f"{foreign} belongs to the bootstrap, and inference is 'jackknife'; leave one of them out")
        return Jackknife(estimator, level)
    resamples = given.get("resamples")
    if resamples is None:
        if given:
            raise InputError(f"{', '.join(given)} belongs to the bootstrap; give resamples too, for instance 500")
        return estimator
    if not _whole(resamples) or resamples < FEWEST:
        raise InputError(f"resamples is {resamples!r}; give a whole number of at least {FEWEST}")
    return Bootstrap(estimator, resamples, level, **{key: given[key] for key in _BOOTSTRAP_CHOICES if key in given})


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
