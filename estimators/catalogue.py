"""The catalogue of methods: every estimator by name, and the way from a study file's settings to a method."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estimators.base import Estimator
from estimators.bootstrap import Bootstrap
from estimators.consistent import ConsistentPLS
from estimators.covariance import MaximumLikelihood
from estimators.factorscores import BartlettScores, Croon, RegressionScores
from estimators.miiv import ModelImpliedInstruments
from estimators.pls import PLS, SCHEMES
from estimators.sam import LocalSAM
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
    "regression_scores": Entry(
        RegressionScores,
        "Regression scores",
        "ordinary least squares on regression factor scores of each block's one-factor ML, t-based inference",
        {"correction": ("none", "reliability", "csem"), "metric": ("scores", "factors")},
    ),
    "bartlett_scores": Entry(
        BartlettScores,
        "Bartlett scores",
        "ordinary least squares on Bartlett factor scores of each block's one-factor ML, t-based inference",
        {"correction": ("none", "reliability", "csem"), "metric": ("scores", "factors")},
    ),
    "croon": Entry(
        Croon,
        "Croon",
        "factor score regression with Croon's correction for measurement error; inference by bootstrap",
        resampled=True,
        consistent=True,
    ),
    "sam": Entry(
        LocalSAM,
        "Local SAM",
        "structural after measurement: ML block by block, then ML of the structure, two-step inference",
        consistent=True,
    ),
    "miiv": Entry(
        ModelImpliedInstruments,
        "MIIV-2SLS",
        "two-stage least squares with the instruments the model implies, delta-method inference",
        {"scaling": ("strongest", "first")},
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
        return ESTIMATORS[self.base].label + (f", {rule.threshold:.2f} rule" if rule else "")


def build(name: str, settings: Mapping[str, Any], level: float) -> Method:
    """A method from its settings: `estimator`, its own options, `resamples`, `screening = {threshold, minimum_items}`.

    Raises InputError naming the setting, what was given and what is allowed.
    """
    given = dict(settings)
    base = given.pop("estimator", name)
    if not isinstance(base, str) or base not in ESTIMATORS:
        raise InputError(unknown("estimator", str(base), ESTIMATORS))
    resamples, screening = given.pop("resamples", None), given.pop("screening", None)
    entry = ESTIMATORS[base]
    allowed = {f.name: f for f in dataclasses.fields(entry.estimator) if f.name not in _NOT_SETTINGS}
    for key, value in given.items():
        if key not in allowed:
            options = [*allowed, "estimator", "resamples", "screening"]
            raise InputError(
                f"setting '{key}' is not known for {base}{nearest(key, options)} (allowed: {', '.join(options)})"
            )
        _check_setting(key, value, entry, allowed[key].default)
    if any(f.name == "level" for f in dataclasses.fields(entry.estimator)):
        given["level"] = level
    estimator: Estimator = entry.estimator(**given)
    if resamples is not None:
        if not _whole(resamples) or resamples < 20:
            raise InputError(f"resamples is {resamples!r}; give a whole number of at least 20")
        estimator = Bootstrap(estimator, resamples, level)
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
