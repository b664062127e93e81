"""Stored results of a study, read and checked. Nothing here estimates."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from benchmarks.run.store import read_table
from benchmarks.stored import checksums
from sim.errors import InputError, unknown
from sim.targets import read_target

#: Denominators of a number: usable replications, all of them, or none (population moments: a limit without sampling).
USABLE, ALL, POPULATION = "usable", "all", "population"
Level = Annotated[str, BeforeValidator(str)]
Levels = dict[str, Level]
Key = tuple[int, str, str, str, str]
_COLUMNS = ("cell", "n", "method", "target", "measure", "over", "truth", "value", "mcse", "n_used", "n_total")
_COMPARED = (
    "cell", "n", "method", "target", "measure", "published", "decimals", "published_replications", "own", "mcse",
    "own_replications", "difference", "z", "exactly", "tolerance", "beyond",
)  # fmt: skip
#: What a report is made of.
FILES = ("study.json", "measures.parquet", "published.parquet")
_AGAIN = "run the study again with `loadstone run`: finished blocks are kept"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Factor(_Stored):
    """What a factor varies and its levels, the baseline first."""

    meaning: str = ""
    levels: list[Level] = Field(min_length=1)


class Cell(_Stored):
    """One cell of the study: a number of respondents and one level of each factor."""

    cell: int
    n: int = Field(gt=0)
    levels: Levels = {}
    label: str = ""


class Method(_Stored):
    """One method, and the same method without screening where it screens."""

    label: str
    estimator: str = ""
    screened: bool = False
    unscreened: str | None = None
    resamples: int | None = None
    description: str = ""


class Calibrated(_Stored):
    """One quantity of the published table and what the calibrated population gives."""

    quantity: str
    published: float
    achieved: float
    solved: bool = True


class Calibration(_Stored):
    """The population solved for one combination of factor levels."""

    levels: Levels = {}
    rows: list[Calibrated] = []
    loadings: dict[str, float] = {}
    paths: dict[str, float] = {}


class Truth(_Stored):
    """The true parameters of one combination of factor levels, and what the cut leaves of those about items."""

    levels: Levels = {}
    truth: dict[str, float | None] = {}
    after_cut: dict[str, float | None] = {}


class Publication(_Stored):
    """What the study sets beside its own figures: the source, remarks, and how many figures it prints."""

    source: str
    notes: list[str] = []
    figures: int


class EstimateOfTable(_Stored):
    """What one method says of the interviews that were held."""

    method: str
    target: str
    value: float
    se: float | None = None
    lower: float | None = None
    upper: float | None = None


class HeldInterviews(_Stored):
    """The interviews behind a study of themes: how many, what they told, and what the methods say of that."""

    held: int = 0
    found: int = 0
    mentions: list[int] = []
    estimates: list[EstimateOfTable] = []


class Study(_Stored):
    """What was asked and how: the facts of study.json."""

    name: str
    title: str
    question: str
    aims: list[str] = []
    population: str = ""
    source: str = ""
    notes: list[str] = []
    model: str = ""
    constructs: dict[str, str] = {}
    seed: int
    replications: int = Field(gt=0)
    level: float = Field(default=0.95, gt=0, lt=1)
    many_dropped: int = 5
    items: int = 0
    loading_rule: float | None = None
    estimands: list[str] = Field(min_length=1)
    factors: dict[str, Factor] = {}
    sizes: list[int] = Field(min_length=1)
    cells: list[Cell] = Field(min_length=1)
    methods: dict[str, Method] = Field(min_length=1)
    populations: list[Truth] = []
    calibration: list[Calibration] | None = None
    published: Publication | None = None
    interviews: HeldInterviews | None = None
    versions: dict[str, str] = {}
    command: str = ""
    replay: str = ""

    @property
    def alpha(self) -> float:
        """The significance level that goes with the level of the intervals: 0.05 for 0.95."""
        return round(1 - self.level, 10)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One stored number: value, Monte Carlo standard error, replications used and run, and the truth (NaN if none)."""

    value: float
    mcse: float
    n_used: int
    n_total: int
    truth: float


@dataclass(frozen=True)
class Results:
    """A study's facts and its measures, tidy, one row per (cell, method, target, measure, over).

    `published` holds what `benchmarks.measures.comparison` makes of published figures; None where there are none.
    """

    study: Study
    measures: pd.DataFrame
    published: pd.DataFrame | None = None

    @cached_property
    def populations(self) -> list[Levels]:
        """The combinations of factor levels that were run; the baseline (first level of every factor) first."""
        distinct = {
            _levels_key(cell.levels): {f: cell.levels[f] for f in self.study.factors} for cell in self.study.cells
        }
        baseline = _levels_key({name: factor.levels[0] for name, factor in self.study.factors.items()})
        return [distinct[key] for key in sorted(distinct, key=lambda key: key != baseline)]

    @cached_property
    def sizes(self) -> list[int]:
        """The numbers of respondents, ascending."""
        return sorted({cell.n for cell in self.study.cells})

    @cached_property
    def _cells(self) -> dict[tuple[tuple[tuple[str, str], ...], int], int]:
        return {(_levels_key(cell.levels), cell.n): cell.cell for cell in self.study.cells}

    def cell(self, population: Levels, n: int) -> int | None:
        """The number of the cell with these levels and this n; None where it was not run."""
        return self._cells.get((_levels_key(population), n))

    @cached_property
    def all_cells(self) -> list[tuple[Levels, int, int]]:
        """(levels, n, cell) of every cell: by population, the baseline first, then by n."""
        found = ((levels, n, self.cell(levels, n)) for levels in self.populations for n in self.sizes)
        return [(levels, n, cell) for levels, n, cell in found if cell is not None]

    @cached_property
    def baseline_cells(self) -> list[tuple[int, int]]:
        """(n, cell) of the baseline population, n ascending."""
        return [(n, cell) for levels, n, cell in self.all_cells if levels == self.populations[0]]

    @cached_property
    def first_cells(self) -> list[tuple[Levels, int]]:
        """(levels, cell) of every population at its smallest n."""
        smallest: dict[tuple[tuple[str, str], ...], tuple[Levels, int]] = {}
        for levels, _, cell in self.all_cells:
            smallest.setdefault(_levels_key(levels), (levels, cell))
        return list(smallest.values())

    @cached_property
    def baseline_cell(self) -> int:
        """The smallest n at the first level of every factor."""
        return self.baseline_cells[0][1]

    @cached_property
    def baseline_n(self) -> int:
        """The number of respondents of the baseline cell."""
        return self.baseline_cells[0][0]

    @cached_property
    def _stored(self) -> dict[Key, Estimate]:
        m = self.measures
        keys = zip(m["cell"], m["method"], m["target"], m["measure"], m["over"], strict=True)
        numbers = zip(m["value"], m["mcse"], m["n_used"], m["n_total"], m["truth"], strict=True)
        return {key: Estimate(*row) for key, row in zip(keys, numbers, strict=True)}

    def estimate(self, cell: int, method: str, target: str, measure: str, over: str = USABLE) -> Estimate | None:
        """The stored number, or None. A measure that is not kept over this denominator is found under another."""
        found = (self.over(cell, method, target, measure, each) for each in (over, POPULATION, USABLE, ALL))
        return next((estimate for estimate in found if estimate), None)

    def over(self, cell: int, method: str, target: str, measure: str, over: str) -> Estimate | None:
        """The stored number over exactly this denominator, or None."""
        return self._stored.get((cell, method, target, measure, over))

    def rejections(self, cell: int, method: str, target: str, over: str = USABLE) -> Estimate | None:
        """How often the path is called significant: the power, or the type I error where the truth is zero."""
        return self.estimate(cell, method, target, "power", over) or self.estimate(
            cell, method, target, "type_1_error", over
        )

    def truth(self, cell: int, target: str) -> float:
        """The true value of `target` in the cell, NaN where none is stored."""
        return self.truths.get((cell, target), float("nan"))

    @cached_property
    def truths(self) -> dict[tuple[int, str], float]:
        """True values by (cell, target): as stored with the populations, else with the measures."""
        known = self.measures.dropna(subset=["truth"])
        found = dict(zip(zip(known["cell"], known["target"], strict=True), known["truth"], strict=True))
        for levels, _, cell in self.all_cells:
            for population in self.study.populations:
                if population.levels == levels:
                    found |= {(cell, name): value for name, value in population.truth.items() if value is not None}
        return found

    @cached_property
    def paths(self) -> list[str]:
        """The estimands that are paths, direct or indirect, in the study's order."""
        kinds = {name: read_target(name) for name in self.study.estimands}
        return [name for name, target in kinds.items() if target and target.kind in ("path", "indirect")]

    @cached_property
    def screened(self) -> list[str]:
        """Methods that screen items, the PLS ones first: the first is the one that the report's answer is about."""
        names = [name for name, method in self.study.methods.items() if method.screened]
        return sorted(names, key=lambda name: self.study.methods[name].estimator != "pls")

    def has(self, measure: str) -> bool:
        """Whether any number of this measure is stored."""
        return bool((self.measures["measure"] == measure).any())


def read(folder: Path) -> Results:
    """The results in `folder`. Raises InputError where a file is missing, damaged, or does not fit the other.

    Every file must be the one that was written, by the folder's list of checksums.
    """
    study = _read_study(folder / "study.json")
    measures = _read_measures(folder / "measures.parquet")
    path = folder / "measures.parquet"
    _check_known(path, "cell", measures["cell"], [cell.cell for cell in study.cells])
    _check_known(path, "method", measures["method"], study.methods)
    published = _read_published(folder / "published.parquet") if study.published else None
    checksums.check(folder, [name for name in FILES if study.published or name != "published.parquet"])
    return Results(study, measures, published)


def _read_study(path: Path) -> Study:
    try:
        stored: Any = json.loads(_bytes_of(path))
        study = Study.model_validate(stored)
    except ValidationError as fault:
        places = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg'].lower()}" for e in fault.errors()[:5])
        raise InputError(f"{path} is not a study's record ({places}); {_AGAIN}") from None
    except ValueError as fault:
        raise InputError(f"{path} is damaged: not valid JSON ({fault}); {_AGAIN}") from None
    for cell in study.cells:
        if set(cell.levels) != set(study.factors):
            given, wanted = ", ".join(cell.levels) or "none", ", ".join(study.factors) or "none"
            raise InputError(
                f"{path}: cell {cell.cell} gives levels for {given}; the study's factors are {wanted}; {_AGAIN}"
            )
    for name, method in study.methods.items():
        if method.unscreened is not None and method.unscreened not in study.methods:
            raise InputError(f"{path}: method {name}: " + unknown("unscreened", method.unscreened, study.methods))
    return study


def _read_measures(path: Path) -> pd.DataFrame:
    _bytes_of(path, 4)
    stored: pd.DataFrame = read_table(path).replace_schema_metadata(None).to_pandas()
    missing = [column for column in _COLUMNS if column not in stored]
    if missing:
        raise InputError(f"{path} has no column {', '.join(missing)}; needed are {', '.join(_COLUMNS)}; {_AGAIN}")
    if stored.empty:
        raise InputError(f"{path} holds no measures; {_AGAIN}")
    try:
        return _typed(stored)
    except (TypeError, ValueError) as fault:
        raise InputError(f"{path} is damaged: a column has the wrong type ({fault}); {_AGAIN}") from None


def _read_published(path: Path) -> pd.DataFrame:
    _bytes_of(path, 4)
    stored: pd.DataFrame = read_table(path).replace_schema_metadata(None).to_pandas()
    missing = [column for column in _COMPARED if column not in stored]
    if missing:
        raise InputError(f"{path} has no column {', '.join(missing)}; {_AGAIN}")
    return stored


def _typed(stored: pd.DataFrame) -> pd.DataFrame:
    """Plain Python numbers and text in every column, so that a row's key can be looked up."""
    typed = stored.copy()
    for column in ("cell", "n", "n_used", "n_total"):
        typed[column] = typed[column].astype("int64")
    for column in ("truth", "value", "mcse"):
        typed[column] = typed[column].astype("float64")
    for column in ("method", "target", "measure", "over"):
        typed[column] = typed[column].fillna("").astype(str)
    return typed


def _bytes_of(path: Path, size: int = -1) -> bytes:
    """The file's bytes (the first `size`); InputError where it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as fault:
        reason = "is not there" if isinstance(fault, FileNotFoundError) else f"cannot be read ({fault.strerror})"
        raise InputError(f"{path} {reason}; give the folder of a finished study (`loadstone run` makes one)") from None


def _check_known(path: Path, what: str, given: Iterable[Any], allowed: Iterable[Any]) -> None:
    known = list(allowed)
    strange = sorted(set(given) - set(known))
    if strange:
        names, known_names = (", ".join(map(str, some)) for some in (strange[:5], known[:30]))
        raise InputError(f"{path} has {what} {names}; study.json names {known_names}; {_AGAIN}")


def _levels_key(levels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(levels.items()))
