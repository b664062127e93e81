"""The cells of a study: every combination of levels and sizes that its file asks for, each population tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import schema
from benchmarks.study import design, factors
from benchmarks.study.cell import Cell
from benchmarks.study.factors import Factors
from benchmarks.study.recipe import Recipe
from benchmarks.study.studyfile import FactorTable, StudyFile
from sim import catalogue
from sim.catalogue import Level
from sim.errors import InputError
from sim.streams import content_key

#: Columns of the results, which no factor may have the name of.
_COLUMNS = {*schema.names(schema.MEASURES), *schema.names(schema.PUBLISHED)}


@dataclass
class Cells:
    """A study's cells and factors, with every mistake that was found on the way to them."""

    cells: tuple[Cell, ...] = ()
    factors: Factors = field(default_factory=Factors)
    content: Mapping[str, Any] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)


def population_named(file: StudyFile, folder: Path) -> str:
    """The population's name, or the path of a file beside the study file."""
    name = file.data.population
    return str(folder / name) if name.endswith(".toml") else name


def cells_of(file: StudyFile, folder: Path, whole: StudyFile) -> Cells:
    """The cells of a file, or of its quick version; `whole` is the file as it is written."""
    found = Cells()
    if not file.data.population:
        return found
    source = population_named(file, folder)
    try:
        found.content = catalogue.entry(source)
    except InputError as error:
        found.mistakes.append(f"data.population: {error}")
        return found
    found.factors = factors.read("data.factors", source, found.content, file.data.factors)
    every = found.factors if file is whole else factors.read("data.factors", source, found.content, whole.data.factors)
    found.mistakes += _named_as_columns(source, found) + found.factors.mistakes
    if not found.factors.mistakes:
        found.mistakes += factors.mistakes_of_methods("data.factors", every, list(file.methods), list(file.models))
        found.mistakes += design.mistakes_of(whole.data, every.levels)
    if not found.mistakes:
        found.cells = _made(file, source, found, every)
    return found


def _named_as_columns(source: str, found: Cells) -> list[str]:
    own = found.content.get("factors", {})
    return [
        f"data.population: {source}: factor {name} has the name of a column of the results; rename it"
        if name in own
        else f"data.factors.{name}: a column of the results has this name; give another"
        for name in found.factors.known
        if name in _COLUMNS
    ]


def _made(file: StudyFile, source: str, found: Cells, every: Factors) -> tuple[Cell, ...]:
    """Every cell, its population made once; mistakes are told where they are first met, level by level."""
    try:
        chosen = design.combinations(file.data, found.factors.levels, every.levels)
    except InputError as error:
        found.mistakes.append(str(error))
        return ()
    told_hash = content_key({"content": repr(found.content)})
    cells: list[Cell] = []
    wrong: dict[str, str] = {}
    sources: dict[tuple[Level, ...], Recipe] = {}
    for number, (levels, n) in enumerate(chosen, start=1):
        place = tuple(levels.values())
        settings = found.factors.settings(levels)
        if place not in sources:
            of_population = factors.population_settings(settings)
            named = found.factors.of_population(levels)
            recipe = sources[place] = Recipe(source, found.content, told_hash, named, of_population)
            try:
                _ = recipe.world
            except InputError as error:
                wrong.setdefault(_told(source, found, levels, error), "")
        asks = {key: value for key, value in settings.items() if key.partition(".")[0] in factors.OF_METHODS}
        cell = Cell(number, n, levels, sources[place], asks)
        if not wrong:
            _ = cell.key, cell.model, cell.size, cell.missing, cell.categories
        cells.append(cell)
        if len(wrong) >= 20:
            break
    found.mistakes += wrong
    return () if wrong else tuple(cells)


def _told(source: str, found: Cells, levels: Mapping[str, Level], error: InputError) -> str:
    """A mistake with its place: that of the factor whose level alone brings it, or of the population."""
    text = str(error)
    blamed = _to_blame(source, found, levels, text)
    if blamed:
        name = blamed
        place = list(found.factors.known[name].levels).index(levels[name]) + 1
        shown = text.removeprefix(f"{name}: ")
        return f"data.factors.{name}[{place}]: {shown}"
    return f"data.population: {text}" if source in text else f"data.population: {source}: {text}"


def _to_blame(source: str, found: Cells, levels: Mapping[str, Level], text: str) -> str | None:
    """The study's own factor whose level alone, the others left out, brings the mistake; None where it is no one's."""
    for name, level in levels.items():
        settings = factors.population_settings((found.factors.known[name].settings or {}).get(level, {}))
        if settings:
            named = found.factors.of_population(levels)
            try:
                _ = catalogue.world(source, named, Recipe(source, found.content, "", named, settings).whole)
            except InputError as error:
                if str(error) == text:
                    return name
    return None


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
