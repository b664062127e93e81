"""Study: a checked study file turned into cells (populations and sizes), estimands and methods."""

import dataclasses
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from benchmarks import schema
from benchmarks.study import studyfile, studymistakes
from benchmarks.study.cell import Cell
from benchmarks.study.program import program_code, program_version, versions_beneath
from benchmarks.study.studyfile import MOST_REPLICATIONS, StudyFile
from estimators import outside
from estimators.entry import Entry
from estimators.methods import Method, build
from estimators.outside import NotRun
from estimators.richness.catalogue import RICHNESS, build_for_interviews
from sim import catalogue
from sim.errors import InputError, counted, unknown
from sim.model import Model
from sim.streams import BLOCK, Address, content_key
from sim.targets import Target

#: Cells of a study.
MOST_CELLS = 20_000
#: Columns of the results, which no factor may have the name of.
_COLUMNS = {*schema.names(schema.MEASURES), *schema.names(schema.PUBLISHED)}

#: What is done with code that a study file names.
Code = Literal["run", "refuse", "leave"]


@dataclass(frozen=True)
class Study:
    """A study ready to run. `file` is the checked file.

    models: by method, the model that it fits where that is not the population's own.
    """

    file: StudyFile
    cells: tuple[Cell, ...]
    estimands: tuple[Target, ...]
    methods: tuple[Method, ...]
    replications: int
    quick: bool = False
    #: sha256 of the whole content of the population's file, words included.
    population_file: str = ""
    models: Mapping[str, Model] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the study and of its results folder."""
        return f"{self.file.name}-quick" if self.quick else self.file.name

    @property
    def model(self) -> Model:
        """The populations' own model, whose items the data have."""
        return self.cells[0].world.model

    def fitted(self, method: Method) -> Model:
        """The model that a method fits: the populations' own where nothing else is said."""
        return self.models.get(method.name, self.model)

    def estimated(self, method: Method) -> tuple[Target, ...]:
        """The estimands that the model a method fits has; it does not estimate the others."""
        model = self.fitted(method)
        return self.estimands if model is self.model else tuple(t for t in self.estimands if _has(model, t))

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """Constructs with items of their own, in all the models that are fitted; the populations' come first."""
        models = [self.model, *(self.fitted(method) for method in self.methods)]
        return tuple(dict.fromkeys(block.construct for model in models for block in model.blocks))

    def unscreened(self, method: Method) -> Method | None:
        """The method of the study that is the same without the screening, or None."""
        plain = {key: value for key, value in method.settings.items() if key != "screening"}
        alike = (other for other in self.methods if dict(other.settings) == plain)
        return next((other for other in alike if method.rule and self.fitted(other) == self.fitted(method)), None)

    @property
    def blocks(self) -> int:
        """Blocks of 256 replications in each cell."""
        return -(-self.replications // BLOCK)

    def block_size(self, block: int) -> int:
        """Replications in a block; the last may be smaller."""
        return min(BLOCK, self.replications - block * BLOCK)

    def address(self, cell: Cell) -> Address:
        """Where the cell's random streams are."""
        return Address(self.file.data.seed, cell.key)

    def cell(self, wanted: str) -> Cell:
        """The cell with this number or label. Raises InputError."""
        for cell in self.cells:
            if wanted in (str(cell.number), cell.label):
                return cell
        raise InputError(f"cell '{wanted}' is not in {self.name}; give a number from 1 to {len(self.cells)}")

    @cached_property
    def definition(self) -> str:
        """sha256 of what the study asks for, except how many replications: nothing of the program is in it."""
        return content_key({
            "seed": self.file.data.seed,
            "cells": [cell.key for cell in self.cells],
            "estimands": [target.name for target in self.estimands],
            "methods": {method.name: method.settings for method in self.methods},
            "level": self.file.performance.level,
            **({"models": {name: model.syntax for name, model in self.models.items()}} if self.models else {}),
        })  # fmt: skip

    @cached_property
    def code(self) -> dict[str, str]:
        """Which code its numbers come from: the project's version and source, and that of methods from outside."""
        outside = {method.name: method.entry.origin for method in self.methods if method.entry.origin}
        return {"loadstone": program_version(), "source": program_code(), **outside}

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of all that a stored block depends on, except how many replications there are."""
        return content_key({"definition": self.definition, "code": self.code, "versions": versions_beneath()})

    @cached_property
    def words(self) -> str:
        """sha256 of the whole study file and of the population it names, but for the number of replications.

        What is described and measured depends on it: titles, the rules of [performance], published figures.
        """
        file = self.file.model_dump(mode="json")
        file["data"].pop("replications")
        return content_key({"file": file, "population": self.population_file})


def _has(model: Model, target: Target) -> bool:
    """Whether a model has a target."""
    try:
        return model.target(target.name) == target
    except InputError:
        return False


def names() -> tuple[str, ...]:
    """Names of the studies that come with the project."""
    folder = files("benchmarks.studies")
    return tuple(sorted(path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")))


def locate(given: str) -> Path:
    """The study file that a name or a path means."""
    if given in names():
        return Path(str(files("benchmarks.studies") / f"{given}.toml"))
    path = Path(given)
    if path.suffix != ".toml" and not path.exists():
        raise InputError(unknown("study", given, names()) + "; or give the path of a .toml file")
    return path


def load(given: str, quick: bool = False, code: Code = "run") -> Study:
    """The study that a name or a path means. Raises one InputError that lists every mistake with its place.

    code: what is done with methods that the file names as code of its own (`module:Class`): "run" imports them,
    "refuse" is a mistake that tells how to allow them, "leave" stands something in for them that cannot estimate.
    """
    path = locate(given)
    file, mistakes = studyfile.check(studyfile.read(path))
    study, more = _assemble(_quickened(file) if quick else file, path.parent, quick, code)
    mistakes += more
    if not quick and file.quick.factors and file.data.population:
        mistakes += studymistakes.of_factors(
            "quick.factors", studymistakes.population_named(file, path.parent), file.quick.factors
        )
    mistakes += studymistakes.of_published(file, path.parent)
    if study is not None and not mistakes:
        return study
    raise InputError(
        f"study file {path} has {counted(len(mistakes), 'mistake')}:\n"
        + "\n".join(f"  {mistake}" for mistake in mistakes)
    )


def _quickened(file: StudyFile) -> StudyFile:
    """The file with what its [quick] section changes."""
    quick = file.quick
    changes: dict[str, Any] = {"replications": min(quick.replications, file.data.replications)}
    if quick.n is not None:
        changes["n"] = quick.n
    if quick.factors is not None:
        changes["factors"] = quick.factors
    methods = {
        name: settings | ({"resamples": quick.resamples} if "resamples" in settings else {})
        for name, settings in file.methods.items()
    }
    return file.model_copy(update={"data": file.data.model_copy(update=changes), "methods": methods})


def _assemble(file: StudyFile, folder: Path, quick: bool, code: Code) -> tuple[Study | None, list[str]]:
    """The study, or None with every mistake of meaning."""
    mistakes: list[str] = []
    cells = _cells(file, folder, mistakes)
    model = cells[0].world.model if cells else None
    estimands = _estimands(file, model, mistakes)
    methods = _methods(file, cells, folder, code, mistakes)
    mistakes += studymistakes.of_ordinal_methods(methods, cells)
    mistakes += studymistakes.of_sizes(file, cells, methods)
    if mistakes:
        return None, mistakes
    content = catalogue.entry(studymistakes.population_named(file, folder))
    whole = hashlib.sha256(repr(content).encode()).hexdigest()
    return Study(file, cells, estimands, methods, file.data.replications, quick, whole), []


def _cells(file: StudyFile, folder: Path, mistakes: list[str]) -> tuple[Cell, ...]:
    """Every combination of factor levels at every size; sizes vary fastest."""
    if not file.data.population:
        return ()
    source = studymistakes.population_named(file, folder)
    try:
        known = catalogue.factors(source)
    except InputError as error:
        mistakes.append(f"data.population: {error}")
        return ()
    mistakes += [
        f"data.population: {source}: factor {factor} has the name of a column of the results; rename it"
        for factor in known
        if factor in _COLUMNS
    ]
    wrong = studymistakes.of_factors("data.factors", source, file.data.factors)
    mistakes += wrong
    if wrong:
        return ()
    many = len(file.data.n) * math.prod(len(file.data.factors.get(factor, [0])) for factor in known)
    if many > MOST_CELLS:
        mistakes.append(f"data.factors: {many:,} cells (levels of every factor times sizes); at most {MOST_CELLS:,}")
        return ()
    cells: list[Cell] = []
    try:
        for levels_chosen in catalogue.combinations(source, file.data.factors):
            world = catalogue.world(source, levels_chosen)
            cells += [Cell(len(cells) + i, n, levels_chosen, world) for i, n in enumerate(file.data.n, start=1)]
    except InputError as error:
        named = source in str(error)
        mistakes.append(f"data.population: {error}" if named else f"data.population: {source}: {error}")
        return ()
    return tuple(cells)


def _estimands(file: StudyFile, model: Model | None, mistakes: list[str]) -> tuple[Target, ...]:
    targets: list[Target] = []
    for i, name in enumerate(file.estimands.targets if model else (), start=1):
        try:
            target = model.target(name)  # type: ignore[union-attr]
        except InputError as error:
            mistakes.append(f"estimands.targets[{i}]: {error}")
            continue
        if target in targets:
            mistakes.append(f"estimands.targets[{i}]: {name} is named twice; name it once")
        targets.append(target)
    return tuple(targets)


def _methods(
    file: StudyFile, cells: Sequence[Cell], folder: Path, code: Code, mistakes: list[str]
) -> tuple[Method, ...]:
    """The methods; where answers are missing, those that say nothing of it leave incomplete respondents out."""
    methods: list[Method] = []
    model = cells[0].world.model if cells else None
    worlds = [cell.world.missing for cell in cells if cell.world.missing.given]
    interviews = bool(cells) and cells[0].world.themes is not None
    for name, settings in file.methods.items():
        try:
            if code != "run" and outside.names_code(str(settings.get("estimator", name))):
                methods += _unrun(name, settings, bool(worlds), code)
                continue
            method = _method(name, settings, file.performance.level, folder, model, bool(worlds), interviews)
            refusals = [method.estimator.refusal(model)] if model else []
        except InputError as error:
            mistakes.append(f"methods.{name}: {error}")
            continue
        refusals += [world.refusal(model.items, method.missing) for world in worlds if model and method.missing]
        mistakes += [f"methods.{name}: {refusal}" for refusal in dict.fromkeys(refusals) if refusal]
        methods.append(method)
    return tuple(methods)


def _unrun(name: str, settings: Mapping[str, Any], missing: bool, code: Code) -> list[Method]:
    """What stands in for a method whose code is not run. Raises InputError where it is not to be left out."""
    base = str(settings.get("estimator", name))
    if code == "refuse":
        raise InputError(
            f"'{base}' is code of somebody's own, which would be run with your rights; read it, then give --allow-code"
        )
    given = {"estimator": base, **({"missing": "listwise"} if missing else {}), **settings}
    return [Method(name, NotRun(), given, Entry(NotRun, base, "code that is not run here"))]


def _method(
    name: str,
    settings: Mapping[str, Any],
    level: float,
    folder: Path,
    model: Model | None,
    missing: bool,
    interviews: bool,
) -> Method:
    """A method of the kind that the data need; where no population can be read, of the kind that has the name."""
    if settings.get("estimator", name) in RICHNESS if model is None else interviews:
        return build_for_interviews(name, settings, level)
    return build(name, {"missing": "listwise", **settings} if missing else settings, level, folder, model)


def with_replications(study: Study, replications: int) -> Study:
    """The same study with another number of replications."""
    if not 2 <= replications <= MOST_REPLICATIONS:
        raise InputError(f"replications is {replications}; give at least 2 and at most {MOST_REPLICATIONS:,}")
    return dataclasses.replace(study, replications=replications)
