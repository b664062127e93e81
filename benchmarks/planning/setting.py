"""What is planned for: a world, the methods with the models that they fit, and the level of tests and intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.own.method_words import method_and_settings, parted
from benchmarks.planning.nulls import Origin
from benchmarks.portraits.portrait import levels_of
from benchmarks.study.cells.cell import Cell, Recipe
from benchmarks.study.named import names as study_names
from benchmarks.study.study import Study, load
from estimators import faults
from estimators.base import Estimates, Estimator
from estimators.catalogue import ESTIMATORS, find
from estimators.methods import Method, build
from sim import catalogue
from sim.batch import Batch
from sim.catalogue import Level
from sim.errors import InputError, unknown, unknown_file
from sim.form import read_toml
from sim.model import Model
from sim.streams import Address, content_key
from sim.targets import Target
from sim.worlds.world import World

#: The methods of a population that names none.
DEFAULT_METHODS = ("pls", "sumscores", "ml")
#: Bootstrap resamples of methods that need them and are told no number.
RESAMPLES = 500


@dataclass(frozen=True)
class Planned:
    """A method with the model that it fits."""

    method: Method
    model: Model

    @property
    def name(self) -> str:
        """The method's name."""
        return self.method.name

    @property
    def label(self) -> str:
        """The method's label in reports, with settings that stand in its name."""
        told = self.name.partition("[")[2].removesuffix("]")
        return f"{self.method.label} ({told})" if told else self.method.label

    def data(self, batch: Batch) -> Batch:
        """The items of the model, out of those of the world."""
        return batch if batch.items == self.model.items else batch.only(self.model.items)

    def fit(self, batch: Batch, targets: tuple[Target, ...], estimator: Estimator | None = None) -> Estimates:
        """Estimates of data sets that have the items of the model; where the method raises, a status says so.

        estimator: the method with other settings, such as fewer resamples.
        """
        used = estimator or self.method.estimator
        return faults.fitted(used, batch, self.model, targets, bool(self.method.entry.origin))[0]

    def has(self, target: Target) -> bool:
        """Whether the model has the target."""
        try:
            return self.model.target(target.name) == target
        except InputError:
            return False


@dataclass(frozen=True)
class Setting:
    """A world at chosen levels, and what is done with its data. `level`: of intervals; tests are at 1 - level.

    origin: what the world is made from, where the same with a path 0 may be asked for.
    """

    name: str
    world: World
    methods: tuple[Planned, ...]
    levels: Mapping[str, Level]
    level: float
    seed: int
    origin: Origin | None = None

    @property
    def alpha(self) -> float:
        """The level of the tests."""
        return 1 - self.level

    def without(self, target: Target) -> "Setting | None":
        """The setting with a path made 0; None where there is no such world."""
        try:
            return replace(self, world=self.origin.without(target)) if self.origin else None
        except InputError:
            return None

    def draw(self, n: int, visit: str, size: int) -> Batch:
        """`size` data sets (at most 256) of n respondents; another `visit` has streams of its own.

        The streams' address is made of the seed, the world, n and the visit, and of the word planning: no study has it.
        """
        return self.world.draw_block(n, self.address({"n": n, "visit": visit}), 0, size)

    def address(self, content: Mapping[str, Any]) -> Address:
        """The address of streams of planning for some content."""
        return Address(self.seed, content_key({"planning": self._world_key, **content}))

    @cached_property
    def _world_key(self) -> str:
        return content_key(self.world.content)

    def truth(self, target: Target, n: int, method: Method) -> float:
        """The true value of a target on the scale of the method's estimates."""
        return float(self.world.truth([target], n, method.scale)[0])


def setting_of(given: str, level: Sequence[str] = (), methods: str = "", seed: int = 1) -> Setting:
    """The setting that a study or a population means, by its name or file.

    level: words `factor=level`; what is not named stays at its first level. methods: as in `loadstone fit`, and of a
    study the names of its own; all of them where it is empty, but for those that decide something from the data, such
    as which items to drop. Raises InputError for anything that is not known or does not fit.
    """
    if is_study(given):
        return _of_study(load(given, code="refuse"), level, methods, seed)
    chosen = levels_of(given, level)
    world = catalogue.world(given, chosen)
    if world.themes is not None:
        raise InputError(f"population {given} is one of themes that interviews tell; give one with constructs")
    built = [_built(words, world) for words in parted(methods)] if methods else _default(world)
    levels = catalogue.check_levels(given, chosen)
    origin = Origin(given, catalogue.entry(given), levels)
    return Setting(Path(given).name.removesuffix(".toml"), world, _checked(built, world), levels, 0.95, seed, origin)


def is_study(given: str) -> bool:
    """Whether a name or a path means a study."""
    if given.endswith(".toml"):
        return "aims" in read_toml(Path(given), "file", "; give a study or a population file, or a name")
    if given in study_names():
        return True
    if given in (*catalogue.names(), *catalogue.theme_names()):
        return False
    raise InputError(unknown_file("study or population", given, dict.fromkeys([*study_names(), *catalogue.names()])))


def _of_study(study: Study, words: Sequence[str], methods: str, seed: int) -> Setting:
    cell = _cell(study, words)
    own = study.at(cell)
    if cell.interviews:
        raise InputError(f"study {study.name} is one of interviews; give one of questionnaires")
    plain = [method for method in own.methods if not method.decides]
    chosen = [_named(own, name, cell) for name in parted(methods)] if methods else plain
    planned = [Planned(method, own.fitted(method)) for method in chosen]
    level = study.file.performance.level
    made = cell.source
    origin = Origin(made.name, made.whole, made.levels) if isinstance(made, Recipe) else None
    return Setting(study.file.name, cell.world, _checked(planned, cell.world), cell.levels, level, seed, origin)


def _cell(study: Study, words: Sequence[str]) -> Cell:
    """The first cell of the study that has these levels."""
    cells = list(study.cells)
    for word in words:
        factor, equals, text = (part.strip() for part in word.partition("="))
        if not (factor and equals and text):
            raise InputError(f"--level '{word}' is not understood; write --level factor=level")
        if factor not in study.cells[0].levels:
            raise InputError(unknown(f"factor of {study.name}", factor, study.cells[0].levels))
        there = dict.fromkeys(str(cell.levels[factor]) for cell in study.cells)
        cells = [cell for cell in cells if str(cell.levels[factor]) == text]
        if not cells:
            raise InputError(f"--level {word}: {unknown(f'level of {factor}', text, there)}, or not with the others")
    return cells[0]


def _named(study: Study, words: str, cell: Cell) -> Method:
    """A method of the study, or one of the catalogue."""
    own = {method.name: method for method in study.methods}
    return own[words] if words in own else _built(words, cell.world, study.file.performance.level).method


def _built(words: str, world: World, level: float = 0.95, resamples: int = RESAMPLES) -> Planned:
    """A method of the catalogue; one that takes its inference from a bootstrap has one."""
    name, settings = method_and_settings(words)
    needed = find(name, None, "method").resampled and "inference" not in settings
    given: dict[str, Any] = {"resamples": resamples} if needed or world.model.second_order else {}
    given |= {"missing": "listwise"} if world.missing.given else {}
    return Planned(build(words, {"estimator": name, **given, **settings}, level, model=world.model), world.model)


def _default(world: World) -> list[Planned]:
    """The methods of a population that can estimate it."""
    built = [_built(name, world) for name in DEFAULT_METHODS]
    return [each for each in built if each.method.estimator.refusal(each.model) is None] or built


def named_methods(words: Sequence[str], world: World, resamples: int = RESAMPLES) -> tuple[Planned, ...]:
    """Methods of the catalogue as they are named. Raises InputError where one is not known or cannot estimate."""
    return _checked([_built(each, world, resamples=resamples) for each in words], world)


def fitting_methods(world: World, resamples: int = RESAMPLES) -> tuple[list[Planned], tuple[str, ...]]:
    """Every method of the catalogue that can estimate the world's model from its answers, and why others cannot."""
    found: list[Planned] = []
    refused: list[str] = []
    for name, entry in ESTIMATORS.items():
        if entry.ordinal and not any(world.categories):
            refused.append(f"{entry.label} needs answers in categories")
            continue
        each = _built(name, world, resamples=resamples)
        refusal = each.method.estimator.refusal(each.model)
        if refusal:
            refused.append(f"{each.method.label}: {refusal}")
        else:
            found.append(each)
    return found, tuple(refused)


def _checked(methods: Sequence[Planned], world: World) -> tuple[Planned, ...]:
    """The methods, each named once, all of which can estimate. Raises InputError."""
    names = [each.name for each in methods]
    for each in methods:
        if names.count(each.name) > 1:
            raise InputError(f"method {each.name} is named twice; name it once")
        refusal = each.method.estimator.refusal(each.model)
        if refusal:
            raise InputError(f"{each.method.label}: {refusal}")
        if each.method.entry.ordinal and not any(world.categories):
            raise InputError(f"{each.method.label} needs answers in categories, and those of {world.name} have none")
    return tuple(methods)
