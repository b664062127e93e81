"""The cells of a study: every combination of levels and sizes that its file asks for, each population tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import schema
from benchmarks.study.cells import design, factors
from benchmarks.study.cells.cell import Cell, Recipe
from benchmarks.study.cells.design import Combination
from benchmarks.study.cells.factors import Factors
from benchmarks.study.form.studyfile import FactorTable, StudyFile
from sim import catalogue
from sim.catalogue import Level
from sim.errors import InputError
from sim.streams import content_key

#: Columns of the results, which no factor may have the name of.
_COLUMNS = {*schema.names(schema.MEASURES), *schema.names(schema.PUBLISHED)}


@dataclass
class Cells:
    """A study's cells (with mistakes: those that could be made) and factors, and every mistake on the way to them."""

    cells: tuple[Cell, ...] = ()
    factors: Factors = field(default_factory=Factors)
    content: Mapping[str, Any] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def population_named(file: StudyFile, folder: Path) -> str:
    """The population's name, or the path of a file beside the study file; one that is written out has the study's."""
    name = file.data.population
    if not isinstance(name, str):
        return file.name
    return str(folder / name) if name.endswith(".toml") else name


def _content(file: StudyFile, folder: Path) -> dict[str, Any]:
    """The content of the population, from the catalogue, from its file, or out of the study file."""
    given = file.data.population
    if isinstance(given, str):
        return catalogue.entry(population_named(file, folder))
    return catalogue.entry_of(given, file.name, file.aims.title, folder)


def cells_of(file: StudyFile, folder: Path, whole: StudyFile) -> Cells:
    """The cells of a file, or of its quick version; `whole` is the file as it is written."""
    found = Cells()
    if file.data.population == "":
        return found
    source = population_named(file, folder)
    try:
        found.content = _content(file, folder)
    except InputError as error:
        found.mistakes.append(f"data.population: {error}")
        return found
    found.factors = factors.read("data.factors", source, found.content, file.data.factors)
    every = found.factors if file is whole else factors.read("data.factors", source, found.content, whole.data.factors)
    found.mistakes += _named_as_columns(source, found) + found.factors.mistakes
    if not found.factors.mistakes:
        found.mistakes += factors.mistakes_of_methods("data.factors", every, list(file.methods), list(file.models))
        found.mistakes += design.mistakes_of(whole.data, every.levels)
    if not found.factors.mistakes:
        found.cells = _made(source, found, _chosen(file, found, every))
    return found


def _chosen(file: StudyFile, found: Cells, every: Factors) -> list[Combination]:
    """The combinations that are run; where that cannot be said, every level beside the first ones of other factors."""
    levels = found.factors.levels
    if not found.mistakes:
        try:
            return design.combinations(file.data, levels, every.levels)
        except InputError as error:
            found.mistakes.append(str(error))
    first = {name: options[0] for name, options in levels.items()}
    one_changed = [{**first, name: option} for name, options in levels.items() for option in options[1:]]
    return [Combination(each, file.data.n[0]) for each in (first, *one_changed)]


def _named_as_columns(source: str, found: Cells) -> list[str]:
    own = found.content.get("factors", {})
    return [
        f"data.population: {source}: factor {name} has the name of a column of the results; rename it"
        if name in own
        else f"data.factors.{name}: a column of the results has this name; give another"
        for name in found.factors.known
        if name in _COLUMNS
    ]


def _made(source: str, found: Cells, chosen: Sequence[Combination]) -> tuple[Cell, ...]:
    """Every cell, its population made once. A level with a mistake is told, and the rest is tried without it."""
    maker = _Worlds(source, found)
    maker.try_keys()
    cells: list[Cell] = []
    for number, (levels, n) in enumerate(chosen, start=1):
        recipe = maker.recipe(levels)
        if recipe is None:
            continue
        settings = found.factors.settings(levels)
        asks = {key: value for key, value in settings.items() if key.partition(".")[0] in factors.OF_METHODS}
        cell = Cell(number, n, levels, recipe, asks)
        _ = (
            cell.key,
            cell.model,
            cell.size,
            cell.missing,
            cell.categories,
            cell.interviews,
        )  # while its world is at hand
        cells.append(cell)
    found.mistakes += maker.wrong.values()
    return tuple(cells)


class _Worlds:
    """Makes the worlds of a study's combinations, each once, and gathers what is wrong, by what is told of it."""

    def __init__(self, source: str, found: Cells) -> None:
        self.source, self.content, self.factors = source, found.content, found.factors
        self.content_hash = content_key({"content": repr(found.content)})
        self.wrong: dict[str, str] = {}
        self._bad: set[tuple[str, Level]] = set()
        self._made: dict[tuple[Level, ...], Recipe | None] = {}

    def try_keys(self) -> None:
        """Tell every level that sets something by a key that is none."""
        for name, factor in self.factors.known.items():
            for level in factor.settings or {}:
                try:
                    _ = self._recipe({name: level}).whole
                except InputError as error:
                    self._blame(name, level, str(error))

    def recipe(self, levels: Mapping[str, Level]) -> Recipe | None:
        """How the world of these levels is made; None where it cannot be."""
        place = tuple(levels.values())
        if place not in self._made:
            self._made[place] = self._tried(levels)
        return self._made[place]

    def _tried(self, levels: Mapping[str, Level]) -> Recipe | None:
        recipe = self._recipe(levels)
        while True:
            try:
                _ = recipe.world
                return recipe
            except InputError as error:
                if not (blamed := self._to_blame(levels, str(error))):
                    self.wrong.setdefault(str(error), self._told(levels, str(error)))
                    return None
                self._blame(blamed, levels[blamed], str(error))
                recipe = self._recipe(levels)

    def _recipe(self, levels: Mapping[str, Level]) -> Recipe:
        """What these levels make, those with a mistake left out."""
        sound = {name: level for name, level in levels.items() if (name, level) not in self._bad}
        settings = factors.population_settings(self.factors.settings(sound))
        named = self.factors.of_population(levels)
        return Recipe(self.source, self.content, self.content_hash, named, settings)

    def _to_blame(self, levels: Mapping[str, Level], text: str) -> str | None:
        """The study's own factor whose level alone, the others left out, brings the mistake; None where none does."""
        of_population = self.factors.of_population(levels)
        for name, level in levels.items():
            alone = self._recipe({**of_population, name: level})
            if name not in of_population and alone.settings:
                try:
                    _ = alone.world
                except InputError as error:
                    if str(error) == text:
                        return name
        return None

    def _blame(self, name: str, level: Level, text: str) -> None:
        place = self.factors.known[name].levels.index(level) + 1
        told = text.removeprefix(f"{name}: ")
        self.wrong.setdefault(f"{name}: {told}", f"data.factors.{name}[{place}]: {told}")
        self._bad.add((name, level))

    def _told(self, levels: Mapping[str, Level], text: str) -> str:
        """A mistake of a whole combination, or of the population itself."""
        if any(factor.settings for factor in self.factors.known.values()):
            told = ", ".join(f"{name} = {level}" for name, level in levels.items() if (name, level) not in self._bad)
            return f"data.factors: {text} (with {told})"
        return f"data.population: {text}" if self.source in text else f"data.population: {self.source}: {text}"


def quick_factors(whole: StudyFile) -> Mapping[str, FactorTable | list[Level]]:
    """What a quick version varies: levels that it names, and the first level of other factors that the study sets."""
    asked = whole.quick.factors or {}
    found: dict[str, FactorTable | list[Level]] = {}
    for name, given in whole.data.factors.items():
        by_key = isinstance(given, FactorTable) or "." in name or "~" in name or name == "model"
        if name in asked or by_key:
            found[name] = _only(given, asked.get(name))
    return found | {name: levels for name, levels in asked.items() if name not in found}


def _only(given: FactorTable | list[Level], levels: list[Level] | None) -> FactorTable | list[Level]:
    """A factor with these of its levels, or with its first."""
    if not isinstance(given, FactorTable):
        return given[:1] if levels is None else levels
    if not isinstance(given.levels, dict):
        return given.model_copy(update={"levels": given.levels[:1] if levels is None else levels})
    chosen = [*given.levels][:1] if levels is None else [str(level) for level in levels if level in given.levels]
    return given.model_copy(update={"levels": {name: given.levels[name] for name in chosen}})


def quick_mistakes(file: StudyFile, source: str, found: Cells) -> list[str]:
    """What is wrong with the factors of a quick version, where the study is checked whole."""
    asked, wrong = file.quick.factors or {}, list[str]()
    for name, levels in asked.items():
        if name in found.factors.known and found.factors.known[name].settings is not None:
            known = [str(level) for level in found.factors.known[name].levels]
            strange = [str(level) for level in levels if str(level) not in known]
            wrong += [
                f"quick.factors.{name}: {each} is no level of it; give some of {', '.join(known)}" for each in strange
            ]
        else:
            wrong += factors.read("quick.factors", source, found.content, {name: levels}).mistakes
    return wrong
