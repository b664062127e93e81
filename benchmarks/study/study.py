"""Study: a checked study file turned into cells (populations and sizes), estimands and methods."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.measures.compared.extrapolated import PARTS
from benchmarks.study import ownmeasures, studymistakes
from benchmarks.study.cells import cells
from benchmarks.study.cells.cell import Cell, has
from benchmarks.study.form import performance, studyfile
from benchmarks.study.form.performance import MOST_REPLICATIONS
from benchmarks.study.form.studyfile import StudyFile
from benchmarks.study.methods import NOTHING, Code, Methods, Own, methods_of
from benchmarks.study.named import locate, names
from benchmarks.study.program import program_code, program_version, versions_beneath
from estimators.base import Estimator
from estimators.methods import Method
from estimators.wrappers.order import WRAPPERS
from sim.errors import InputError, counted
from sim.model import Model
from sim.streams import BLOCK, Address, content_key
from sim.targets import Target

__all__ = ["Study", "load", "locate", "made", "names", "with_replications"]

#: Settings that ask for a decision to be taken from the data.
DECIDING = frozenset(key for wrapper in WRAPPERS if wrapper.decides for key in wrapper.keys)


@dataclass(frozen=True)
class Study:
    """A study ready to run. `file` is the checked file.

    models: by method, the model that it fits where that is not the population's own; these and the methods are those of
    the first cell. own: by number, the cells that have others (`at`). meanings: of factors that the study defines.
    replications: of each cell; the most where targets of [performance] decide it (`sequential`), and then `reached`
    has those of each cell by its number, as far as it has come.
    """

    file: StudyFile
    cells: tuple[Cell, ...]
    estimands: tuple[Target, ...]
    methods: tuple[Method, ...]
    replications: int
    quick: bool = False
    sequential: bool = False
    reached: Mapping[int, int] = dataclasses.field(default_factory=dict)
    #: sha256 of the whole content of the population's file, words included.
    population_file: str = ""
    models: Mapping[str, Model] = dataclasses.field(default_factory=dict)
    own: Mapping[int, Own] = dataclasses.field(default_factory=dict)
    meanings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the study and of its results folder."""
        return f"{self.file.name}-quick" if self.quick else self.file.name

    @property
    def model(self) -> Model:
        """The first population's own model, whose items its data have."""
        return self.cells[0].model

    def at(self, cell: Cell) -> "Study":
        """The study of this cell alone: its population's model, its methods, and the models that they fit."""
        own = self.own.get(cell.number)
        if own is None and cell.model == self.model:
            return self
        methods, models = own or (self.methods, self.models)
        return dataclasses.replace(self, cells=(cell,), methods=methods, models=models, own={})

    def fitted(self, method: Method) -> Model:
        """The model that a method fits: the populations' own where nothing else is said."""
        return self.models.get(method.name, self.model)

    def estimated(self, method: Method) -> tuple[Target, ...]:
        """The estimands that the model a method fits has; it does not estimate the others."""
        model = self.fitted(method)
        if model not in self._estimated:
            self._estimated[model] = tuple(target for target in self.estimands if has(model, target))
        return self._estimated[model]

    @cached_property
    def _estimated(self) -> dict[Model, tuple[Target, ...]]:
        """What models were found to have of the estimands."""
        return {}

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """Constructs with items of their own, in all the models that are fitted; the populations' come first."""
        models = [self.model, *(self.fitted(method) for method in self.methods)]
        return tuple(dict.fromkeys(block.construct for model in models for block in model.blocks))

    @cached_property
    def levels_stored(self) -> tuple[float, ...]:
        """Further levels whose intervals are stored: all of them where a method's do not follow from the others."""
        needed = any(method.needs_resamples for method in self.methods)
        return performance.further_levels(self.file.performance) if needed else ()

    @cached_property
    def parts_stored(self) -> tuple[tuple[int, int], ...]:
        """Parts of the bootstrap resamples on which inference is stored too, to extrapolate it."""
        wanted = self.file.performance.extrapolate and any(method.resamples for method in self.methods)
        return PARTS if wanted else ()

    def unscreened(self, method: Method) -> Method | None:
        """The method of the study that is the same without the decisions that it takes, such as screening, or None."""
        plain = {key: value for key, value in method.settings.items() if key not in DECIDING}
        alike = (other for other in self.methods if dict(other.settings) == plain)
        return next((other for other in alike if method.decides and self.fitted(other) == self.fitted(method)), None)

    @property
    def blocks(self) -> int:
        """Blocks of 256 replications in each cell."""
        return -(-self.replications // BLOCK)

    def replications_of(self, cell: Cell) -> int:
        """Replications of one cell."""
        return self.reached.get(cell.number, self.replications)

    def blocks_of(self, cell: Cell) -> int:
        """Blocks of one cell."""
        return -(-self.replications_of(cell) // BLOCK)

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
            **({"cells_own": self._asked} if self.own else {}),
            **({"models": {name: model.syntax for name, model in self.models.items()}} if self.models else {}),
            **({"levels": list(self.levels_stored)} if self.levels_stored else {}),
            **({"parts": list(self.parts_stored)} if self.parts_stored else {}),
        })  # fmt: skip

    @property
    def _asked(self) -> dict[str, Any]:
        """By the number of every cell with methods of its own, their settings and models."""
        return {
            str(number): [
                {method.name: method.settings for method in own.methods},
                {name: model.syntax for name, model in own.models.items()},
            ]
            for number, own in self.own.items()
        }

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


def load(given: str, quick: bool = False, code: Code = "run") -> Study:
    """The study that a name or a path means. Raises one InputError that lists every mistake with its place.

    code: what is done with methods that the file names as code of its own (`module:Class`): "run" imports them,
    "refuse" is a mistake that tells how to allow them, "leave" stands something in for them that cannot estimate.
    """
    path = locate(given)
    return made(studyfile.read(path), f"study file {path}", path.parent, quick, code)


def made(
    content: Mapping[str, Any],
    what: str,
    folder: Path,
    quick: bool = False,
    code: Code = "run",
    brought: Mapping[str, Estimator] = NOTHING,
) -> Study:
    """The study of what a study file holds, wherever that is from; `what` names it in messages.

    folder: where populations' files and modules are looked for. brought: by name, estimators given as objects. Raises
    one InputError that lists every mistake with its place.
    """
    file, mistakes = studyfile.check(content)
    study, more = _assemble(_quickened(file) if quick else file, file, folder, quick, code, brought)
    mistakes += more
    if study is not None and not mistakes:
        return study
    raise InputError(
        f"{what} has {counted(len(mistakes), 'mistake')}:\n" + "\n".join(f"  {mistake}" for mistake in mistakes)
    )


def _most(file: StudyFile) -> int:
    """Replications of a cell, the most where targets decide it."""
    return file.data.replications or file.performance.most_replications


def _quickened(file: StudyFile) -> StudyFile:
    """The file with what its [quick] section changes."""
    quick = file.quick
    changes: dict[str, Any] = {"replications": min(quick.replications, _most(file))}
    if quick.n is not None:
        changes["n"] = quick.n
    if quick.factors is not None:
        changes["factors"] = cells.quick_factors(file)
    methods = {
        name: settings | ({"resamples": quick.resamples} if "resamples" in settings else {})
        for name, settings in file.methods.items()
    }
    return file.model_copy(update={"data": file.data.model_copy(update=changes), "methods": methods})


def _assemble(
    file: StudyFile, whole: StudyFile, folder: Path, quick: bool, code: Code, brought: Mapping[str, Estimator]
) -> tuple[Study | None, list[str]]:
    """The study, or None with every mistake of meaning."""
    found = cells.cells_of(file, folder, whole)
    methods = methods_of(file, found.cells, folder, code, brought)
    mistakes, source = found.mistakes, cells.population_named(file, folder)
    estimands = _estimands(file, found.cells, methods, mistakes)
    mistakes += methods.mistakes
    if found.cells:
        mistakes += performance.mistakes_of(file.performance, estimands)
        items = dict.fromkeys(item for cell in found.cells for item in cell.model.items)
        mistakes += performance.mistakes_of_sets(file.performance, items)
    mistakes += ownmeasures.mistakes_of(file.performance, folder, code)
    mistakes += studymistakes.of_reference(file)
    mistakes += studymistakes.of_extrapolation(file, methods)
    mistakes += studymistakes.of_ordinal_methods(methods, found.cells)
    mistakes += studymistakes.of_raw_methods(methods, found.cells)
    mistakes += studymistakes.of_groups(methods, found.cells)
    mistakes += studymistakes.of_sizes(file, found.cells, methods)
    if not quick and file.quick.factors and found.content:
        mistakes += cells.quick_mistakes(file, source, found)
    mistakes += studymistakes.of_published(whole, source, found.content)
    if mistakes:
        return None, mistakes
    told = hashlib.sha256(json.dumps(found.content, sort_keys=True, default=repr).encode()).hexdigest()
    meanings = {name: factor.meaning for name, factor in found.factors.known.items() if factor.meaning}
    base, own = methods.base, methods.by_cell
    study = Study(
        file, found.cells, estimands, base.methods, _most(file), quick, file.data.replications is None,
        population_file=told, models=base.models, own=own, meanings=meanings,
    )  # fmt: skip
    return study, []


def _estimands(file: StudyFile, made: Sequence[Cell], methods: Methods, mistakes: list[str]) -> tuple[Target, ...]:
    """The targets, each of which the population has in some cell, or a model that is fitted to it."""
    own = list(dict.fromkeys(cell.model for cell in made))
    fitted = [model for each in (methods.base, *methods.by_cell.values()) for model in each.models.values()]
    targets: list[Target] = []
    for i, name in enumerate(file.estimands.targets if own else (), start=1):
        try:
            target = _first_with(name, [*own, *dict.fromkeys(fitted)])
        except InputError as error:
            mistakes.append(f"estimands.targets[{i}]: {error}")
            continue
        if target in targets:
            mistakes.append(f"estimands.targets[{i}]: {name} is named twice; name it once")
        targets.append(target)
    return tuple(targets)


def _first_with(name: str, models: Sequence[Model]) -> Target:
    """The target of the first model that has it. Raises InputError with what the first model of all says."""
    told: InputError | None = None
    for model in models:
        try:
            return model.target(name)
        except InputError as error:
            told = told or error
    assert told is not None
    raise told


def with_replications(study: Study, replications: int) -> Study:
    """The study with another number of replications, whatever its file says of that."""
    if not 2 <= replications <= MOST_REPLICATIONS:
        raise InputError(f"replications is {replications}; give at least 2 and at most {MOST_REPLICATIONS:,}")
    return dataclasses.replace(study, replications=replications, sequential=False, reached={})
