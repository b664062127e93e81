"""Methods: the columns of a comparison, made of an estimator's settings and of the wrappers around it."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from estimators import faults
from estimators.base import Estimates, Estimator
from estimators.catalogue import ESTIMATORS, entry_of, find
from estimators.checked import Checked
from estimators.decisions.steps import Made, Step, steps_of
from estimators.decisions.threshold import Threshold
from estimators.entry import Entry
from estimators.inference.intervals import WALD
from estimators.settings import check_setting
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.finite import FiniteCorrection
from estimators.wrappers.handled import Handled
from estimators.wrappers.order import WRAPPERS
from estimators.wrappers.screening import Screening
from estimators.wrappers.split import SplitSteps
from estimators.wrappers.steps import Steps
from estimators.wrappers.wrapper import Asked, Wrapper, changed, is_raw, layers, scale_of, standardised, undecided
from sim.batch import Batch
from sim.errors import InputError, nearest
from sim.model import Model
from sim.targets import Target

#: Settings that belong to the study or to the wrappers, not to a method's own table.
_NOT_SETTINGS = ("level", "inference", "standard_errors")

#: One kind of wrapper.
Around = TypeVar("Around", bound=Wrapper)


@dataclass(frozen=True)
class Method:
    """One column of a comparison: an estimator with its wrappers, under the study's name for it."""

    name: str
    estimator: Estimator
    settings: Mapping[str, Any]
    entry: Entry
    #: Whether the estimator is an object that was brought, which no file can name.
    brought: bool = False

    def fit(self, batch: Batch, model: Model, targets: Sequence[Target] | None = None) -> Estimates:
        """The estimator's estimates of data whose columns may stand in any order, if they have names."""
        return self.estimator.fit(batch.aligned(model.items), model, targets)

    @property
    def identity(self) -> Mapping[str, Any]:
        """What its numbers depend on besides the program: the settings, and the code where it is from outside."""
        return {**self.settings, "code": self.entry.origin} if self.entry.origin else self.settings

    @property
    def base(self) -> str:
        """Catalogue name of the estimator."""
        return str(self.settings["estimator"])

    @property
    def solution(self) -> str:
        """The scale of its estimates: "standardised", or "raw" in the units of the answers."""
        return "raw" if is_raw(self.estimator) else "standardised"

    @property
    def scale(self) -> str:
        """As true values are asked for: "standardised", "raw", or "raw-variances" where variances give the units."""
        return scale_of(self.estimator)

    def wrapper(self, kind: type[Around]) -> Around | None:
        """The wrapper of this kind around the estimator, or None."""
        return next((layer for layer in layers(self.estimator) if isinstance(layer, kind)), None)

    @property
    def rule(self) -> Threshold | None:
        """The rule of `screening`, by which items are dropped before the estimates, or None."""
        screening = self.wrapper(Screening)
        return screening.rule if screening else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided before the estimates, in order; none where there are no `steps`."""
        steps = self.wrapper(Steps)
        return steps.steps if steps else ()

    @property
    def selects(self) -> bool:
        """Whether items may be dropped before the estimates, by `screening` or by a step."""
        return self.rule is not None or any(step.rule.changes == "items" for step in self.steps)

    @property
    def counts_respondents(self) -> bool:
        """Whether the estimates may rest on fewer respondents than were asked."""
        fewer = any(step.rule.changes == "respondents" for step in self.steps)
        return self.missing is not None or fewer or self.wrapper(SplitSteps) is not None

    @property
    def changes_model(self) -> bool:
        """Whether its decisions may change the model."""
        return any(step.rule.changes == "model" for step in self.steps)

    @property
    def decides(self) -> bool:
        """Whether it takes a decision from the data before it estimates, such as which items to drop."""
        return any(layer.decides for layer in layers(self.estimator))

    @property
    def undecided(self) -> "Method":
        """The method without these decisions, under the same name: it takes all items, or those it is given."""
        return dataclasses.replace(self, estimator=undecided(self.estimator))

    @property
    def missing(self) -> str | None:
        """What is done about missing answers, or None where there are none to handle."""
        handled = self.wrapper(Handled)
        return handled.handling if handled else None

    @property
    def resamples(self) -> int | None:
        """Bootstrap resamples, or None."""
        bootstrap = self.wrapper(Bootstrap)
        return bootstrap.resamples if bootstrap else None

    @property
    def fpc(self) -> int | None:
        """Firms in the population for which standard errors are corrected, or None."""
        correction = self.wrapper(FiniteCorrection)
        return correction.size if correction else None

    @property
    def resampled(self) -> bool:
        """Whether inference takes many fits of each data set, by bootstrap or jackknife."""
        return any(layer.resampled for layer in layers(self.estimator))

    @property
    def needs_resamples(self) -> bool:
        """Whether its intervals at another level do not follow from estimate, SE and those at its own level.

        They do where they are estimate -+ quantile SE; percentiles of resamples are not, and an outside method's own
        may not be.
        """
        bootstrap = self.wrapper(Bootstrap)
        if bootstrap is not None:
            return bootstrap.interval not in WALD
        chosen = any(step.rule.changes == "method" for step in self.steps)
        return bool(self.entry.origin) or not self.entry.wald or chosen

    def at_level(self, level: float) -> "Method":
        """The method with its intervals at another level."""
        return dataclasses.replace(self, estimator=changed(self.estimator, level=level))

    def at_part(self, part: tuple[int, int]) -> "Method":
        """The method with its inference on a part of its bootstrap resamples: (1, 4) is the first quarter."""
        return dataclasses.replace(self, estimator=changed(self.estimator, resample_part=part))

    @property
    def label(self) -> str:
        """The method's name in reports: what is estimated, then its inference, then what happens to the data."""
        around = list(layers(self.estimator))[::-1]
        words = [w for about in ("estimates", "inference", "data") for a in around if a.about == about for w in a.words]
        scale = ["unstandardised"] if self.solution == "raw" else []
        return ", ".join([self.entry.label, *scale, *words])


def build(
    name: str,
    settings: Mapping[str, Any],
    level: float,
    folder: Path | None = None,
    model: Model | None = None,
    brought: Estimator | None = None,
) -> Method:
    """A method from its settings: `estimator`, its own options, and those of the wrappers around it.

    Which settings ask for a wrapper is said in the wrapper's file; `estimators.wrappers.order` lists them all. Modules
    of estimators from outside may lie in `folder`. Where the `model` it is for has second-order constructs, they are
    estimated in two stages. brought: the estimator itself, in place of what the name means;
    `settings` are then those of wrappers. Raises InputError naming the setting, what was given and what is allowed.
    """
    base = settings.get("estimator", name)
    if brought is None:
        entry = find(base, folder)
        alone = estimator = _made(base, entry, _own_settings(base, entry, settings, level))
    else:
        entry = entry_of(brought)
        _refuse_own_settings(base, settings)
        alone = estimator = Checked(changed(brought, level=level))
    steps = () if _own_steps(entry, settings) else _steps(settings, level, folder, model)
    asked = Asked(base, entry, alone, settings, level, model, steps)
    for wrapper in WRAPPERS:
        _refuse_unsuited(wrapper, asked)
        estimator = wrapper.around(estimator, asked)
    origins = "; ".join(filter(None, [entry.origin, *(step.origin for step in steps)]))
    entry = entry if origins == entry.origin else dataclasses.replace(entry, origin=origins)
    return Method(name, estimator, {"estimator": base, **settings}, entry, brought is not None)


def _own_steps(entry: Entry, settings: Mapping[str, Any]) -> bool:
    """Whether `steps` is a setting of the estimator itself: one from outside may have it, if it is no list."""
    fields = dataclasses.fields(entry.estimator) if dataclasses.is_dataclass(entry.estimator) else ()
    return any(field.name == "steps" for field in fields) and not isinstance(settings.get("steps"), list)


def _steps(settings: Mapping[str, Any], level: float, folder: Path | None, model: Model | None) -> tuple[Step, ...]:
    """The steps, with the methods that they name made as those of a study are; none where there are none."""
    if "steps" not in settings:
        return ()

    def make(asked: object) -> Made:
        table = {"estimator": asked} if isinstance(asked, str) else asked
        if not isinstance(table, Mapping) or not isinstance(table.get("estimator"), str):
            raise InputError(f"a method is {asked!r}; write a name, or a table: {{ estimator = 'ml' }}")
        nested = [key for key in ("steps", "screening", "missing") if key in table]
        if nested:
            raise InputError(f"a method that a step names cannot have {nested[0]} of its own; leave it out")
        made = build(table["estimator"], table, level, folder, model)
        return Made(standardised(made.estimator), made.entry.origin)

    return steps_of(settings["steps"], make, folder)


def _own_settings(base: str, entry: Entry, settings: Mapping[str, Any], level: float) -> dict[str, Any]:
    """The settings that are the estimator's own, checked, with the level where it takes one."""
    of_wrappers = ("estimator", *dict.fromkeys(key for wrapper in WRAPPERS for key in wrapper.keys))
    if _own_steps(entry, settings):
        of_wrappers = tuple(key for key in of_wrappers if key != "steps")
    own = {key: value for key, value in settings.items() if key not in of_wrappers}
    described = dataclasses.is_dataclass(entry.estimator)
    fields = {f.name: f for f in dataclasses.fields(entry.estimator)} if described else {}
    allowed = {name: field for name, field in fields.items() if name not in _NOT_SETTINGS}
    for key, value in own.items():
        if key not in allowed:
            unsuited = {key for wrapper in WRAPPERS if not wrapper.suits(entry) for key in wrapper.keys}
            options = [*allowed, *(key for key in of_wrappers if key not in unsuited)]
            if key == "solution":
                raise InputError(
                    f"{base} has no solution but the standardised one; leave out solution, or choose a method that "
                    f"has a raw one ({', '.join(_with_solution())})"
                )
            raise InputError(
                f"setting '{key}' is not known for {base}{nearest(key, options)} (allowed: {', '.join(options)})"
            )
        check_setting(key, value, entry, allowed[key].default)
    return {**own, "level": level} if "level" in fields else own


def _refuse_own_settings(base: str, settings: Mapping[str, Any]) -> None:
    """Raise InputError for settings that an estimator brought as an object has itself."""
    of_wrappers = ("estimator", *dict.fromkeys(key for wrapper in WRAPPERS for key in wrapper.keys))
    for key in settings:
        if key not in of_wrappers:
            raise InputError(f"setting '{key}' is given beside an object of {base}, which has its own; set it there")


def _with_solution() -> list[str]:
    """The methods that tell standardised and raw estimates."""
    return [name for name, entry in ESTIMATORS.items() if "solution" in entry.choices]


def _made(base: str, entry: Entry, settings: Mapping[str, Any]) -> Estimator:
    try:
        with faults.exits_noticed() if entry.origin else contextlib.nullcontext():
            estimator: Estimator = entry.estimator(**settings)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        if not entry.origin and not isinstance(error, TypeError | ValueError):
            raise
        raise InputError(f"{base} cannot be made with these settings ({error}); change or add settings") from error
    return Checked(estimator) if entry.origin else estimator


def _refuse_unsuited(wrapper: type[Wrapper], asked: Asked) -> None:
    """Raise InputError where a wrapper is asked for that the method has no use for."""
    given = asked.given(*wrapper.keys)
    if given and not wrapper.suits(asked.entry):
        suited = ", ".join(name for name, entry in ESTIMATORS.items() if wrapper.suits(entry))
        raise InputError(f"{', '.join(given)} {wrapper.purpose} ({suited}), not of {asked.name}")
