"""The methods of a study, as its cells need them: with the settings and the fitted models that factors give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from benchmarks.study import models, oracles
from benchmarks.study.cells import factors
from benchmarks.study.cells.cell import Cell
from benchmarks.study.form.studyfile import StudyFile
from estimators import outside
from estimators.base import Estimator
from estimators.decisions import steps
from estimators.entry import Entry
from estimators.methods import Method, build
from estimators.outside import NotRun
from estimators.richness.catalogue import RICHNESS, build_for_interviews
from sim.errors import InputError
from sim.model import Model
from sim.streams import content_key

#: What is done with code that a study file names.
Code = Literal["run", "refuse", "leave"]
#: Where no estimator is brought as an object.
NOTHING: Mapping[str, Estimator] = {}


class Own(NamedTuple):
    """What is a cell's own: its methods, and the models that they fit where that is not the population's."""

    methods: tuple[Method, ...]
    models: Mapping[str, Model]


@dataclass
class Methods:
    """The methods of a study's first cell, what other cells have of their own, and every mistake on the way."""

    base: Own = field(default_factory=lambda: Own((), {}))
    by_cell: dict[int, Own] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    @property
    def every(self) -> list[Own]:
        """What the first cell has, and what others have of their own, each once."""
        return [self.base, *{id(own): own for own in self.by_cell.values()}.values()]

    def of(self, cell: Cell) -> Own:
        """What a cell has."""
        return self.by_cell.get(cell.number, self.base)


def methods_of(
    file: StudyFile, cells: Sequence[Cell], folder: Path, code: Code, brought: Mapping[str, Estimator] = NOTHING
) -> Methods:
    """The methods; where answers are missing, those that say nothing of it leave incomplete respondents out.

    brought: by their names, estimators that are given as objects.
    """
    maker = _Maker(file, cells, folder, code, brought)
    found = Methods()
    if not cells:
        found.base = maker.own(None)
    for cell in cells:
        own = maker.own(cell)
        if cell.number == 1:
            found.base = own
        elif own is not found.base:
            found.by_cell[cell.number] = own
    found.mistakes = maker.mistakes
    return found


class _Maker:
    """Makes methods for cells; the same settings on the same model are made once."""

    def __init__(
        self, file: StudyFile, cells: Sequence[Cell], folder: Path, code: Code, brought: Mapping[str, Estimator]
    ) -> None:
        self.file, self.folder, self.code, self.brought = file, folder, code, brought
        self.missing = any(cell.missing.given for cell in cells)
        self.interviews = bool(cells) and cells[0].interviews
        self.models = models.parsed(file)
        self._told = {mistake: mistake for mistake in self.models.mistakes}
        self._own: dict[str, Own] = {}
        self._made: dict[str, Method] = {}

    @property
    def mistakes(self) -> list[str]:
        """What is wrong, each told once, with the first cell where it is."""
        return list(self._told.values())

    def _tell(self, mistake: str, at: str) -> None:
        """Of mistakes that differ in nothing but what would be allowed, the first is told."""
        self._told.setdefault(mistake.partition(" (allowed: ")[0], mistake + at)

    def own(self, cell: Cell | None) -> Own:
        """The methods of a cell, and their models."""
        asks, model = (cell.asks, cell.model) if cell else ({}, None)
        patterns = repr(cell.missing.given) if cell else ""
        content = {"asks": asks, "model": model.syntax if model else "", "missing": patterns}
        if cell and any(oracles.asked_in(settings) for settings in self.file.methods.values()):
            content["true"] = oracles.true_items(cell)
        key = content_key(content)
        if key not in self._own:
            self._own[key] = self._all(cell, asks, model)
        return self._own[key]

    def _all(self, cell: Cell | None, asks: Mapping[str, Any], model: Model | None) -> Own:
        methods: list[Method] = []
        fitted: dict[str, Model] = {}
        for name, given in self.file.methods.items():
            settings = {**given, **factors.method_settings(asks, name)}
            named = settings.pop("model", models.OWN)
            at = f" (in cell {cell.number}: {cell.label})" if cell and cell.number > 1 else ""
            try:
                other = self.models.of(named, model, cell.source if cell else None)
                settings = self.models.with_other(settings, model, cell.source if cell else None)
                settings = oracles.told(settings, cell, other)
                method = self._method(name, settings, other or model)
                refusals = self._refusals(method, other or model, cell)
            except InputError as error:
                self._tell(f"methods.{name}: {error}", at)
                continue
            if other is not None:
                fitted[name] = other
            for refusal in refusals:
                self._tell(f"methods.{name}: {refusal}", at)
            methods.append(method)
        return Own(tuple(methods), fitted)

    def _method(self, name: str, settings: Mapping[str, Any], model: Model | None) -> Method:
        key = content_key({"name": name, "settings": repr(settings), "model": model.syntax if model else ""})
        if key not in self._made:
            own = self.code != "run" and name not in self.brought and own_code(name, settings)
            self._made[key] = (
                unrun(name, settings, self.missing, self.code) if own else self._built(name, settings, model)
            )
        return self._made[key]

    def _built(self, name: str, settings: Mapping[str, Any], model: Model | None) -> Method:
        """A method of the kind that the data need; where no population can be read, of the kind that has the name."""
        level = self.file.performance.level
        if settings.get("estimator", name) in RICHNESS if model is None else self.interviews:
            return build_for_interviews(name, settings, level)
        whole = {"missing": "listwise", **settings} if self.missing else settings
        return build(name, whole, level, self.folder, model, self.brought.get(name))

    def _refusals(self, method: Method, model: Model | None, cell: Cell | None) -> list[str]:
        if model is None or cell is None or isinstance(method.estimator, NotRun):
            return []
        found = [method.estimator.refusal(model)]
        if method.missing and cell.missing.given:
            found.append(cell.missing.refusal(model.items, method.missing))
        return [refusal for refusal in found if refusal]


def own_code(name: str, settings: Mapping[str, Any]) -> list[str]:
    """The references to code of somebody's own among a method's settings: its estimator, and rules among its steps."""
    base = str(settings.get("estimator", name))
    return [*([base] if outside.names_code(base) else []), *steps.names_code(settings.get("steps"))]


def unrun(name: str, settings: Mapping[str, Any], missing: bool, code: Code) -> Method:
    """What stands in for a method whose code is not run. Raises InputError where it is not to be left out."""
    base = str(settings.get("estimator", name))
    if code == "refuse":
        named = own_code(name, settings)[0]
        raise InputError(
            f"'{named}' is code of somebody's own, which would be run with your rights; read it, then give "
            "--allow-code (in Python allow_code=True)"
        )
    given = {"estimator": base, **({"missing": "listwise"} if missing else {}), **settings}
    return Method(name, NotRun(), given, Entry(NotRun, base, "code that is not run here"))
