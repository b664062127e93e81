"""Wrapper: a method around a method, which resamples it, corrects it, or changes what it sees."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from estimators.base import AlignedEstimator, Estimator
from estimators.decisions.steps import Step
from estimators.entry import Entry
from sim.errors import InputError, unknown
from sim.model import Model


@dataclass(frozen=True)
class Asked:
    """What is asked of one method: its name and entry, the method alone, all the settings, the level, the model.

    settings: those of the method and of every wrapper, as the study file has them. model: what it is for, or None.
    steps: what is decided before the table, made of the settings `steps`.
    """

    name: str
    entry: Entry
    alone: Estimator
    settings: Mapping[str, Any]
    level: float
    model: Model | None
    steps: tuple[Step, ...] = ()

    def given(self, *keys: str) -> dict[str, Any]:
        """The settings called `keys`, as far as they were given."""
        return {key: self.settings[key] for key in keys if key in self.settings}

    def check_choice(self, key: str, choices: Collection[str]) -> None:
        """Raise InputError where the setting `key` is given and is none of the choices."""
        if key in self.settings and self.settings[key] not in choices:
            raise InputError(unknown(key, str(self.settings[key]), choices))


@dataclass(frozen=True)
class Wrapper(AlignedEstimator):
    """A method around `inner`. A subclass says in its own file what it does and by which settings it is asked for.

    What is about inference falls away where values alone are wanted; everything else stays around them.
    """

    inner: Estimator

    #: What `inner` does not fit, it refuses itself.
    fits_terms: ClassVar[bool] = True
    fits_products: ClassVar[bool] = True
    passes_on: ClassVar[bool] = True
    #: What it changes: what is estimated, the inference about it, or the data. Labels tell it in this order.
    about: ClassVar[Literal["estimates", "inference", "data"]]
    #: The settings that belong to it.
    keys: ClassVar[tuple[str, ...]] = ()
    #: What it is for, in words that follow its settings' names, where it does not suit every method.
    purpose: ClassVar[str] = ""
    #: Whether standard errors come from many fits of each data set.
    resampled: ClassVar[bool] = False
    #: Whether it takes a researcher's decision from the data: which items stay, for instance.
    decides: ClassVar[bool] = False
    #: A method of the catalogue, and settings that ask for this wrapper alone around it: what the tests fit.
    example: ClassVar[tuple[str, Mapping[str, Any]]]

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`estimator` with this around it, if the settings ask for it; raises InputError where they make no sense."""
        raise NotImplementedError

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """Whether its settings mean anything for the method of this entry."""
        return True

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return ()

    @property
    def needs_answers(self) -> str | None:
        """The setting for which moments are not enough, as one writes it, or None."""
        return None

    def degrees_of_freedom(self, n: float) -> float | None:
        """Degrees of freedom of the t distribution of its p-values with n respondents, where it has a rule for them."""
        return None

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses."""
        return self.inner.refusal(model)

    def without_inference(self) -> Estimator:
        """A method that gives these values only."""
        alone = self.inner.without_inference()
        return alone if self.about == "inference" else replace(self, inner=alone)


def standardised(estimator: Estimator) -> Estimator:
    """The method with its solution on the standardised scale, which rules on loadings and later stages are about."""
    if isinstance(estimator, Wrapper):
        return replace(estimator, inner=standardised(estimator.inner))
    return replace(estimator, solution="standardised") if is_raw(estimator) else estimator  # type: ignore[type-var]


def is_raw(estimator: Estimator) -> bool:
    """Whether a method of the project tells its estimates in the units of the answers."""
    while isinstance(estimator, Wrapper):
        estimator = estimator.inner
    return isinstance(estimator, AlignedEstimator) and getattr(estimator, "solution", "standardised") == "raw"


def undecided(estimator: Estimator) -> Estimator:
    """The method without the layers that decide something from the data: it takes all items, or those it is given."""
    if not isinstance(estimator, Wrapper):
        return estimator
    inner = undecided(estimator.inner)
    return inner if estimator.decides else replace(estimator, inner=inner)


def scale_of(estimator: Estimator) -> str:
    """The scale of a method's estimates, as true values are asked for: "standardised", "raw" or "raw-variances"."""
    if not is_raw(estimator):
        return "standardised"
    return "raw-variances" if getattr(plain(estimator), "scaling", "first") == "variances" else "raw"


def plain(estimator: Estimator) -> Estimator:
    """The method without anything around it."""
    while isinstance(estimator, Wrapper):
        estimator = estimator.inner
    return estimator


def layers(estimator: Estimator) -> Iterator[Wrapper]:
    """The wrappers around a method, the outermost first."""
    while isinstance(estimator, Wrapper):
        yield estimator
        estimator = estimator.inner


def changed(estimator: Any, **fields: Any) -> Any:
    """An estimator with fields of all its layers changed; one that has none of them stays as it is."""
    there = {field.name for field in dataclasses.fields(estimator)} if dataclasses.is_dataclass(estimator) else set()
    changes: dict[str, Any] = {name: value for name, value in fields.items() if name in there}
    if "inner" in there:
        changes["inner"] = changed(vars(estimator)["inner"], **fields)
    return replace(estimator, **changes) if changes else estimator
