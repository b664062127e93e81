"""Studies from Python: made of a population, sizes and methods, or read from a file; run, and written down."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from benchmarks.files import write_whole
from benchmarks.own.method_words import method_and_settings
from benchmarks.run import choices, runner
from benchmarks.study import study as studies
from benchmarks.study import written
from benchmarks.study.cells.cell import Recipe
from benchmarks.study.study import Study as Checked
from estimators import catalogue
from estimators.base import Estimator
from reports.python import html
from reports.python.population import Population, PopulationSource, diagram_of
from reports.python.results import Results
from sim.errors import InputError, counted

#: A method: settings of one that `loadstone list` shows, or an estimator, alone or under the key `estimator` of these.
MethodSource = Mapping[str, Any] | Estimator


class Study:
    """A study: what is drawn, which methods estimate what, and how they are judged.

    population: a `Population`, or what one is made of. n: respondents, one number or several. replications: data sets
    in each cell (default: 1000, or as many as the targets of `performance` need). targets: estimands under their
    lavaan names (default: all paths of the model). methods: by the names that reports give them, settings as in a study
    file, or an estimator; a list of names (`"pls"`, `"plsc[scheme=centroid]"`) or estimators will do. factors: of
    the population or of one's own, each with a list of levels. level: of intervals. models, performance: sections of a
    study file (docs/study-files.md). A study file and such a study are the same: `to_toml`, `Study.load`.

    Raises one InputError that lists every mistake, before anything is drawn.
    """

    def __init__(
        self,
        population: Population | PopulationSource,
        n: int | Sequence[int],
        *,
        replications: int | None = None,
        seed: int = 1,
        targets: Sequence[str] | None = None,
        methods: Mapping[str, MethodSource] | Sequence[str | Estimator] = ("pls", "ml"),
        factors: Mapping[str, Any] | None = None,
        models: Mapping[str, str] | None = None,
        level: float = 0.95,
        performance: Mapping[str, Any] | None = None,
        name: str = "study",
        title: str = "",
        question: str = "",
    ) -> None:
        source = population if isinstance(population, Population) else Population(population)
        asked, objects = _methods(methods)
        if replications is None and "targets" not in (performance or {}):
            replications = 1000
        content: dict[str, Any] = {
            "name": name,
            "aims": {"title": title or f"A study of {source.name}", "question": question},
            "data": {
                "population": source.given,
                "n": [n] if isinstance(n, int) else list(n),
                "seed": seed,
                "factors": {factor: [level] for factor, level in source.levels.items()} | dict(factors or {}),
            }
            | ({} if replications is None else {"replications": replications}),
            "estimands": {"targets": _targets(source) if targets is None else _listed(targets)},
            "methods": asked,
            "performance": {"level": level, **(performance or {})},
        }
        if not content["data"]["factors"]:
            del content["data"]["factors"]
        if models:
            content["models"] = dict(models)
        self._folder = Path.cwd()
        self._checked = studies.made(content, f"study {name}", self._folder, brought=objects)

    @classmethod
    def load(cls, given: str | Path, *, quick: bool = False, allow_code: bool = False) -> "Study":
        """The study of a name that `loadstone list` shows, or of a study file.

        quick: the small version of its [quick] section. allow_code: run the code (`module:Class`) that the file names.
        Raises one InputError that lists every mistake.
        """
        study = cls.__new__(cls)
        study._folder = studies.locate(str(given)).parent.absolute()
        study._checked = choices.asked(str(given), quick, allow_code)
        return study

    @property
    def checked(self) -> Checked:
        """The study as the rooms below know it: cells, estimands, methods."""
        return self._checked

    @property
    def name(self) -> str:
        """Its name, and that of its results folder."""
        return self._checked.name

    @property
    def cells(self) -> pd.DataFrame:
        """A row for each combination of levels and sizes: cell, n, and the factors' levels."""
        return pd.DataFrame([{"cell": cell.number, "n": cell.n, **cell.levels} for cell in self._checked.cells])

    @property
    def methods(self) -> dict[str, str]:
        """What each method does, by its name."""
        return {method.name: method.label for method in self._checked.methods}

    @property
    def fingerprint(self) -> str:
        """sha256 of all that stored estimates depend on, but how many replications there are."""
        return self._checked.fingerprint

    def to_toml(self, path: str | Path | None = None) -> str:
        """The study file that asks for this study, as text; written to `path` too where one is given.

        Raises InputError where a method is an object that no file can name, and where the path cannot be written.
        """
        elsewhere = path is not None and Path(path).absolute().parent != self._folder.absolute()
        told = written.as_toml(self._checked, self._folder if elsewhere else None)
        if path is not None:
            if Path(path).suffix != ".toml":
                raise InputError(f"{path}: a study file ends in .toml")
            write_whole({Path(path): told.encode()})
        return told

    def run(
        self,
        *,
        workers: int | None = None,
        processes: int | None = None,
        folder: str | Path | None = None,
        fresh: bool = False,
        strict: bool = False,
        progress: bool = True,
    ) -> Results:
        """Run the study; stop it at any time, and with a folder the same call goes on where it stopped.

        workers: threads that work at once (default: all processors), or processes; no number depends on them. folder:
        where everything is kept (default: a temporary folder). fresh: throw away what it holds. strict: stop at the
        first method that raises an error. progress: tell how far it is. Raises InputError where it cannot be run.
        """
        chosen = choices.chosen(workers, processes, None, None, None)
        if processes is not None:
            self._refuse_objects_in_processes()
        kept = None if folder is not None else tempfile.TemporaryDirectory(prefix="loadstone-")
        place = Path(kept.name if kept else str(folder)).absolute()
        console = Console(emoji=False, markup=False, quiet=not progress)
        runner.run(self._checked, place, chosen.number, console, fresh, by=chosen.workers, strict=strict)
        return Results(self._checked, place, kept)

    def _refuse_objects_in_processes(self) -> None:
        for method in self._checked.methods:
            if method.brought:
                raise InputError(
                    f"method {method.name} is an object that other processes cannot import; put its class into a "
                    "module (a .py file), or give workers in place of processes"
                )

    @property
    def _labels(self) -> Mapping[str, str]:
        """What the constructs stand for, where the population says so."""
        source = self._checked.cells[0].source
        return source.content.get("constructs", {}) if isinstance(source, Recipe) else {}

    def __repr__(self) -> str:
        study = self._checked
        return (
            f"Study {study.name}: {counted(len(study.cells), 'cell')}, {study.replications:,} replications each, "
            f"methods {', '.join(method.name for method in study.methods)}"
        )

    def _repr_html_(self) -> str:
        study = self._checked
        rows = [[name, label] for name, label in self.methods.items()]
        drawn = diagram_of(study.cells[0].population, self._labels)
        return html.shown(
            study.file.aims.title, html.paragraph(study.file.aims.question), html.paragraph(repr(self)),
            html.rows(["method", "what it does"], rows), html.frame(self.cells), html.drawing(drawn) if drawn else "",
        )  # fmt: skip


def _targets(population: Population) -> list[str]:
    """The paths of the model; of one without paths, the correlations of its constructs."""
    model = population.model
    return ["~".join(path) for path in model.paths] or ["~~".join(pair) for pair in model.pairs]


def _listed(given: Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _methods(
    given: Mapping[str, MethodSource] | Sequence[str | Estimator],
) -> tuple[dict[str, dict[str, Any]], dict[str, Estimator]]:
    """The settings of methods as a study file has them, and the estimators that no file can name."""
    settings: dict[str, dict[str, Any]] = {}
    objects: dict[str, Estimator] = {}
    for name, told in _named(given).items():
        own: dict[str, Any] = dict(told) if isinstance(told, Mapping) else {"estimator": told}
        estimator = own.get("estimator")
        if estimator is not None and not isinstance(estimator, str):
            found = catalogue.reference(estimator)
            if found is None:
                kind = type(estimator)
                objects[name] = estimator
                own["estimator"] = f"{kind.__module__}:{kind.__qualname__}"
            else:
                own = {"estimator": found[0], **found[1], **{k: v for k, v in own.items() if k != "estimator"}}
        settings[name] = own
    return settings, objects


def _named(given: Mapping[str, MethodSource] | Sequence[str | Estimator]) -> dict[str, MethodSource]:
    """Methods by name; of those in a list, the name that they have, with a number where it is taken."""
    if isinstance(given, Mapping):
        return dict(given)
    found: dict[str, MethodSource] = {}
    for each in [given] if isinstance(given, str) else given:
        base, told = method_and_settings(each) if isinstance(each, str) else (type(each).__name__, each)
        taken = sum(name == base or name.startswith(f"{base}-") for name in found)
        name = f"{base}-{taken + 1}" if taken else base
        own = {"estimator": base, **told} if isinstance(told, Mapping) and name != base else told
        found[name] = own
    return found
