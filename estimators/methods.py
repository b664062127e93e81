"""Methods: the columns of a comparison, made of an estimator's settings and of the wrappers around it."""

import contextlib
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators import exits
from estimators.base import Estimator
from estimators.catalogue import ESTIMATORS, Entry, find
from estimators.checked import Checked
from estimators.decisions.rule import Rule
from estimators.decisions.rules import rule_of
from estimators.factors.covariance import LikelihoodMethod
from estimators.inference.intervals import FEWEST, INTERVALS, MOST_RESAMPLES
from estimators.inference.signs import SIGN_CHANGES
from estimators.wrappers.bollenstine import BollenStine
from estimators.wrappers.bootstrap import INADMISSIBLE_RULES, Bootstrap
from estimators.wrappers.finite import FiniteCorrection
from estimators.wrappers.handled import LABELS, Handled, refuse_handling
from estimators.wrappers.jackknife import Jackknife
from estimators.wrappers.recast import KINDS, Recast
from estimators.wrappers.screening import Screening
from estimators.wrappers.second_order import TwoStage
from sim.errors import InputError, nearest, unknown
from sim.model import Model

#: Settings that belong to the study or to the wrappers, not to a method's own table.
_NOT_SETTINGS = ("level", "inference", "standard_errors")
#: The bootstrap's settings with names, and the values they may take.
_BOOTSTRAP_CHOICES = {
    "interval": tuple(INTERVALS),
    "sign_changes": SIGN_CHANGES,
    "inadmissible": INADMISSIBLE_RULES,
}
#: Iterations and the like that a setting of the catalogue's methods may ask for.
_MOST_STEPS = 1_000_000
_INFERENCE = ("bootstrap", "jackknife")
_WRAPPER_SETTINGS = (
    *("estimator", "inference", "resamples", *_BOOTSTRAP_CHOICES),
    *("fpc", "bollen_stine", "screening", "missing", "blocks"),
)


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
    def rule(self) -> Rule | None:
        """The rule by which items are dropped before the estimates, or None."""
        within = self.estimator.inner if isinstance(self.estimator, Handled) else self.estimator
        return within.rule if isinstance(within, Screening) else None

    @property
    def missing(self) -> str | None:
        """What is done about missing answers, or None where there are none to handle."""
        value = self.settings.get("missing")
        return None if value is None else str(value)

    @property
    def resamples(self) -> int | None:
        """Bootstrap resamples, or None."""
        value = self.settings.get("resamples")
        return None if value is None else int(value)

    @property
    def fpc(self) -> int | None:
        """Firms in the population for which standard errors are corrected, or None."""
        value = self.settings.get("fpc")
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
        rule = self.rule
        blocks = f", all blocks {self.settings['blocks']}" if "blocks" in self.settings else ""
        return self.entry.label + blocks + (f", {rule.label}" if rule else "") + self._inference_label

    @property
    def _inference_label(self) -> str:
        """What sets the method's inference apart from its default, and what it does about missing answers."""
        given = {key: self.settings[key] for key in _BOOTSTRAP_CHOICES if key in self.settings}
        words = {
            "jackknife": self.jackknifed,
            f"fpc {self.fpc}": self.fpc is not None,
            f"{given.get('interval')} intervals": given.get("interval", "percentile") != "percentile",
            f"{given.get('sign_changes')} sign changes": given.get("sign_changes", "none") != "none",
            "inadmissible resamples dropped": given.get("inadmissible") == "drop",
            "inadmissible resamples replaced": given.get("inadmissible") == "replace",
            LABELS.get(self.missing or "", ""): self.missing is not None,
        }
        return "".join(f", {word}" for word, holds in words.items() if holds)


def build(
    name: str,
    settings: Mapping[str, Any],
    level: float,
    folder: Path | None = None,
    model: Model | None = None,
) -> Method:
    """A method from its settings: `estimator`, its own options, inference, `screening = {threshold, minimum_items}`.

    Inference is by bootstrap with `resamples` (and `interval`, `sign_changes`, `inadmissible`), by the jackknife with
    `inference = "jackknife"`, otherwise the method's own; `fpc` is the size of the finite population for which it is
    corrected; `bollen_stine` is the number of resamples that give the p-value of a likelihood method's chisq. `missing`
    says what is done about missing answers before all of this; `blocks` makes all blocks reflective or composite.
    Modules of estimators from outside may lie in `folder`. Where the `model` it is for has second-order constructs,
    they are estimated in two stages. Raises InputError naming the setting, what was given and what is allowed.
    """
    given = dict(settings)
    base = given.pop("estimator", name)
    entry = find(base, folder)
    screening, bollen_stine, fpc = (given.pop(key, None) for key in ("screening", "bollen_stine", "fpc"))
    handling, blocks = given.pop("missing", None), given.pop("blocks", None)
    inference = {key: given.pop(key) for key in _WRAPPER_SETTINGS if key in given}
    fields = (
        {f.name: f for f in dataclasses.fields(entry.estimator)} if dataclasses.is_dataclass(entry.estimator) else {}
    )
    allowed = {name: field for name, field in fields.items() if name not in _NOT_SETTINGS}
    for key, value in given.items():
        if key not in allowed:
            likelihood = issubclass(entry.estimator, LikelihoodMethod)
            options = [*allowed, *(key for key in _WRAPPER_SETTINGS if key != "bollen_stine" or likelihood)]
            raise InputError(
                f"setting '{key}' is not known for {base}{nearest(key, options)} (allowed: {', '.join(options)})"
            )
        check_setting(key, value, entry, allowed[key].default)
    if "level" in fields:
        given["level"] = level
    alone = estimator = _made(base, entry, given)
    if blocks is not None:
        estimator = _recast(estimator, blocks, bollen_stine)
    if model is not None and model.second_order:
        estimator = TwoStage(estimator, entry.consistent, entry.ordinal)
    estimator = _with_inference(estimator, inference, level)
    if fpc is not None:
        estimator = _corrected(estimator, fpc, level)
    if bollen_stine is not None:
        estimator = _tested_by_bootstrap(base, estimator, alone, bollen_stine)
    if screening is not None:
        estimator = Screening(estimator, rule_of(screening))
    if handling is not None:
        refuse_handling(handling, base, entry, settings)
        estimator = Handled(estimator, handling)
    return Method(name, estimator, {"estimator": base, **settings}, entry)


def _made(base: str, entry: Entry, settings: Mapping[str, Any]) -> Estimator:
    try:
        with exits.noticed() if entry.origin else contextlib.nullcontext():
            estimator: Estimator = entry.estimator(**settings)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        if not entry.origin and not isinstance(error, TypeError | ValueError):
            raise
        raise InputError(f"{base} cannot be made with these settings ({error}); change or add settings") from error
    return Checked(estimator) if entry.origin else estimator


def _recast(estimator: Estimator, blocks: Any, bollen_stine: Any) -> Estimator:
    if blocks not in KINDS:
        raise InputError(unknown("blocks", str(blocks), KINDS))
    if bollen_stine is not None:
        raise InputError("bollen_stine tests the model as it is written; leave out bollen_stine or blocks")
    return Recast(estimator, blocks)


def check_setting(key: str, value: Any, entry: Entry, default: Any) -> None:
    choices = entry.choices.get(key)
    if isinstance(value, Mapping) and key in entry.by_construct:
        choices = entry.by_construct[key]
        for construct, one in value.items():
            if one not in choices:
                raise InputError(unknown(f"{key} of {construct}", str(one), choices))
        return
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
        if isinstance(default, int) and (not _whole(value) or (not entry.origin and value > _MOST_STEPS)):
            raise InputError(f"{key} is {value!r}; give a whole number of at most {_MOST_STEPS:,}")
    elif not isinstance(value, str | int | float) or value != value:
        raise InputError(f"{key} is {value!r}; give text, a number, or true or false")
    elif isinstance(default, str) and not isinstance(value, str):
        raise InputError(f"{key} is {value!r}; give text")


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
    _check_resamples("resamples", resamples)
    return Bootstrap(estimator, resamples, level, **{key: given[key] for key in _BOOTSTRAP_CHOICES if key in given})


def _corrected(estimator: Estimator, firms: Any, level: float) -> FiniteCorrection:
    if not _whole(firms) or firms < 2:
        raise InputError(f"fpc is {firms!r}; give the number of firms in the population, a whole number of at least 2")
    return FiniteCorrection(estimator, firms, level)


def _tested_by_bootstrap(base: str, estimator: Estimator, alone: Estimator, resamples: Any) -> BollenStine:
    if not isinstance(alone, LikelihoodMethod):
        likelihood = ", ".join(
            name for name, entry in ESTIMATORS.items() if issubclass(entry.estimator, LikelihoodMethod)
        )
        raise InputError(f"bollen_stine tests the chi-square of maximum likelihood ({likelihood}), not of {base}")
    _check_resamples("bollen_stine", resamples)
    return BollenStine(estimator, alone, resamples)


def _check_resamples(key: str, given: Any) -> None:
    if not _whole(given) or not FEWEST <= given <= MOST_RESAMPLES:
        raise InputError(
            f"{key} is {given!r}; give a whole number of resamples, at least {FEWEST} and at most {MOST_RESAMPLES:,}"
        )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
