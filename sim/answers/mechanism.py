"""Mechanism: one departure from the plain world, in which responses are normal and answered truthfully by everyone."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import IntEnum
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from sim.answers.likert import Scale
from sim.batch import Floats
from sim.distributions.law import AnswerLaw
from sim.model import Model


class Step(IntEnum):
    """The first step of a draw that a mechanism changes, in the order in which the steps follow each other."""

    NONE = 0  # it changes the population's numbers, or only how their truth is told
    SOURCES = 1  # the random numbers that responses are made from
    RESPONSES = 2  # how responses come about
    ANSWERS = 3  # the answers to the items, in place
    PRESENCE = 4  # which of the answers there are, in place


@dataclass(frozen=True)
class Setting:
    """What a mechanism acts in: the model, the scale, and every mechanism that departs, by its section.

    distribution: values and probabilities of the answers to an item, before any go missing; known where data are drawn.
    """

    model: Model
    scale: Scale
    mechanisms: Mapping[str, "Mechanism"]
    distribution: Callable[[str], tuple[Floats, Floats]] | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the items (p,)."""
        return self.model.items

    def of(self, kind: "type[M]") -> "M":
        """The mechanism of this class: the one that departs, or one that changes nothing."""
        return next((part for part in self.mechanisms.values() if isinstance(part, kind)), kind())

    def acting(self, step: Step) -> list[tuple[str, "Mechanism"]]:
        """The mechanisms of a step with their sections, in the order in which they act."""
        return [(section, part) for section, part in self.mechanisms.items() if part.step is step]


@dataclass(frozen=True)
class Mechanism:
    """What one section of a population file says: its fields are the section's keys, their defaults no departure.

    Factors set its numbers and texts by `section.key`. `sim.population.sections` lists every mechanism. A mechanism of
    answering (`step` is `Step.ANSWERS`) defines `act`, and `on_law` where a closed form is known; without one the law
    of the answers is simulated from `act`, and marked as simulated. `words` and `examples` are always to be given.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    #: The step of a draw that it changes.
    step: ClassVar[Step] = Step.ANSWERS
    #: Whether answers depend on it, and so a cell's streams.
    changes_draws: ClassVar[bool] = True
    #: Whether it is about samples alone, and says nothing of the responses or of how they are answered.
    of_samples: ClassVar[bool] = False
    #: Whether every continuous answer stays standard normal.
    keeps_normal: ClassVar[bool] = False
    #: Whether composites of the responses stay what another `[reading]` says.
    keeps_readings: ClassVar[bool] = False
    #: Whether it goes with groups: acts within each of them, or on the answers of all.
    within_groups: ClassVar[bool] = True
    #: Whether population files have a section for it; otherwise it is told elsewhere in them.
    has_section: ClassVar[bool] = True
    #: Whether it acts on answers in categories alone.
    needs_categories: ClassVar[bool] = True
    #: Settings, by key, that the tests draw from and hold against the stated law: of the model in `tests/worlds.py`.
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuses a mechanism of answering that does not act."""
        super().__init_subclass__(**options)
        if cls.step is Step.ANSWERS and cls.act is Mechanism.act:
            raise TypeError(f"{cls.__name__} changes answers, so it needs a method `act`")

    @property
    def given(self) -> dict[str, Any]:
        """What departs from the defaults, by its key: what a cell's streams and reports know it by."""
        return {name: value for name, default in self.defaults().items() if (value := getattr(self, name)) != default}

    @property
    def words(self) -> str:
        """What departs, in words for a report; empty where nothing does."""
        return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.given.items())

    def check(self, setting: Setting) -> None:
        """Raises InputError for numbers that cannot be, and for other mechanisms that it does not go with."""

    def act(self, answers: NDArray[np.generic], setting: Setting, rng: np.random.Generator) -> None:
        """Change answers (R, n, p) in place: categories from 1, or responses where the scale is continuous.

        Replication follows replication, so that the first ones do not depend on how many there are.
        """

    def on_law(self, law: AnswerLaw, setting: Setting) -> AnswerLaw | None:
        """The law of the answers after `act`, from that before it; None where it is to be simulated from `act`."""
        return None

    def has_law(self) -> bool:
        """Whether what it makes of answers in categories has a closed form, so that nothing is simulated for it."""
        return self.step is not Step.ANSWERS or type(self).on_law is not Mechanism.on_law

    @classmethod
    @cache
    def defaults(cls) -> Mapping[str, Any]:
        """The value of every key that is not given."""
        return MappingProxyType({
            field.name: field.default if field.default_factory is MISSING else field.default_factory()
            for field in fields(cls)
        })  # fmt: skip


M = TypeVar("M", bound=Mechanism)
