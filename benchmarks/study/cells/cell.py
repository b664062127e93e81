"""Cell: one world at one sample size, and what is true of its data sets. A recipe says how the world is made.

Worlds are made when they are asked for, and the last ones are kept: a study of a thousand cells takes no more memory
than one of some dozens, and its workers are sent recipes.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim import catalogue
from sim.answers.missingness import Missingness
from sim.batch import Batch, Floats
from sim.catalogue import Level
from sim.catalogue.changes import SHAPES, changed
from sim.errors import InputError
from sim.model import Model
from sim.solving.calibrate import Calibration
from sim.streams import BLOCK, Address, content_key
from sim.targets import Target
from sim.worlds.world import World

#: Worlds that are kept.
KEPT = 32
_MADE: OrderedDict[str, World] = OrderedDict()


@dataclass(frozen=True)
class Recipe:
    """A population's content, the levels of its factors, and what the study's own factors set in it, by key.

    content_hash: of the content, which all cells of a study share.
    """

    name: str
    content: Mapping[str, Any]
    content_hash: str
    levels: Mapping[str, Level]
    settings: Mapping[str, Any]

    @cached_property
    def key(self) -> str:
        """sha256 of all that the world is made from."""
        return content_key({
            "name": self.name, "content": self.content_hash, "levels": self.levels, "settings": self.settings,
        })  # fmt: skip

    @property
    def whole(self) -> Mapping[str, Any]:
        """The content with the settings in their places. Raises InputError for a setting that has none."""
        return changed(self.content, self.settings) if self.settings else self.content

    @cached_property
    def shapes(self) -> dict[str, dict[str, Any]]:
        """By construct, how many `items` and `copies` it was given, where the levels say so."""
        told = {**catalogue.settings_by_key(self.content, self.levels), **self.settings}
        found: dict[str, dict[str, Any]] = {}
        for key in sorted(told, key=lambda key: "*" not in key):
            shape, _, named = key.partition(".")
            if shape in SHAPES:
                constructs = [block.construct for block in Model.parse(self.content["model"]).blocks]
                for construct in constructs if named == "*" else [named]:
                    found.setdefault(construct, {})[shape] = told[key]
        return found

    @property
    def world(self) -> World:
        """The world, made now or kept from before. Raises InputError where there is none of these numbers."""
        if self.key not in _MADE:
            _MADE[self.key] = catalogue.world(self.name, self.levels, self.whole)
            while len(_MADE) > KEPT:
                _MADE.popitem(last=False)
        _MADE.move_to_end(self.key)
        return _MADE[self.key]


@lru_cache(maxsize=1024)
def shared(model: Model) -> Model:
    """One object for all models that are equal."""
    return model


@dataclass(frozen=True)
class Cell:
    """One world at one sample size. `number` counts from 1 in the order of the study.

    source: the world, or how it is made. asks: what the levels set of methods, by key.
    """

    number: int
    n: int
    levels: Mapping[str, Level]
    source: World | Recipe
    asks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world that data are drawn from; one that has a recipe is made when it is asked for."""
        return self.source.world if isinstance(self.source, Recipe) else self.source

    @cached_property
    def model(self) -> Model:
        """The population's own model."""
        return shared(self.world.model)

    @property
    def label(self) -> str:
        """`n = 72, crm_correlation = 0.5`."""
        return ", ".join([f"n = {self.n}", *(f"{factor} = {level}" for factor, level in self.levels.items())])

    @property
    def population(self) -> Any:
        """The population behind the world: of answers to items, or of themes."""
        return self.world.population

    @cached_property
    def size(self) -> int | None:
        """How many firms there are; None where the population is infinite."""
        return self.world.size

    @property
    def finite(self) -> bool:
        """Whether every data set is drawn from a finite population of its own."""
        return self.size is not None

    @cached_property
    def missing(self) -> Missingness:
        """Which answers are missing."""
        return self.world.missing

    @cached_property
    def interviews(self) -> bool:
        """Whether its data are interviews."""
        return self.world.themes is not None

    @cached_property
    def categories(self) -> int:
        """The most categories of an item; 0 where answers are continuous, or data are no answers."""
        return max(self.world.categories, default=0)

    @cached_property
    def key(self) -> str:
        """sha256 of what the data depend on: the population and n."""
        return content_key(self.world.content | {"n": self.n})

    @property
    def calibration(self) -> Calibration:
        """What is behind a population that was solved from a published table."""
        assert isinstance(self.source, Recipe)
        return catalogue.calibration(self.source.name, self.source.levels, self.source.whole)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a data set: items, or themes."""
        return self.world.columns

    def draw_block(self, address: Address, block: int, size: int = BLOCK) -> Batch:
        """The first `size` data sets of a block, with the ids they have in the whole study."""
        return self.world.draw_block(self.n, address, block, size)

    def truth(self, targets: Sequence[Target], solution: str = "standardised") -> Floats:
        """True values (q,), on one of the SCALES of `sim.population.rawtruth`; of what the data decide, expected ones.

        NaN for what the population lacks. A path that its model lacks is 0 where it could be added: see
        `sim.worlds.world.World.lacking`.
        """
        asked = (tuple(targets), solution)
        if asked not in self._truths:
            self._truths[asked] = self._truth(targets, solution)
        return self._truths[asked].copy()

    @cached_property
    def _truths(self) -> dict[tuple[tuple[Target, ...], str], Floats]:
        """True values that were asked for, by targets and scale."""
        return {}

    def _truth(self, targets: Sequence[Target], solution: str) -> Floats:
        known = np.array([has(self.model, target) for target in targets], dtype=bool)
        if known.all():
            return self.world.truth(targets, self.n, solution)
        found = np.array([np.nan if there else self.world.lacking(t) for there, t in zip(known, targets, strict=True)])
        if solution != "standardised":
            found[found != 0] = np.nan  # a cross-loading has no unit that a fitted model would give it
        if known.any():
            there = [target for target, its in zip(targets, known, strict=True) if its]
            found[known] = self.world.truth(there, self.n, solution)
        return found

    def no_truth(self, target: Target) -> str | None:
        """Why a target has no true value, in words; None where it has one."""
        if has(self.model, target):
            return self.world.no_truth(target)
        lacks = np.isnan(self.world.lacking(target))
        return f"{target.name}: the population's model has no such quantity" if lacks else None

    def with_own_truth(self, targets: Sequence[Target]) -> list[Target]:
        """The targets of which every data set has a true value of its own."""
        return self.world.with_own_truth([target for target in targets if has(self.model, target)])

    def truth_of_data(self, batch: Batch, targets: Sequence[Target]) -> dict[str, Floats]:
        """The data sets' own true values (R,) by target name, for the first data sets of a block."""
        return self.world.truth_of_data(batch, [target for target in targets if has(self.model, target)])


def has(model: Model, target: Target) -> bool:
    """Whether a model has a target."""
    try:
        return model.target(target.name) == target
    except InputError:
        return False
