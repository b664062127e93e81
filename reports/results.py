"""Stored results of a study, read and checked. Nothing here estimates."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from benchmarks import schema
from benchmarks.measures.basis.samples import ALL, POPULATION, USABLE
from benchmarks.stored import checksums, machine
from benchmarks.stored.store import read_table
from reports.record import Levels, Study
from reports.vocabulary import Wording, worded
from sim.errors import InputError, unknown
from sim.targets import read_target

Key = tuple[int, str, str, str, str]
#: What counts as a path in a report.
_EFFECTS = ("path", "indirect", "product", "slope")
#: What a report is made of.
FILES = ("study.json", "measures.parquet", "published.parquet", "replications.parquet", "README.md")
#: More cells than these are many for one page.
MANY = 120
_AGAIN = "run the study again with `loadstone run`: finished blocks are kept"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One stored number: value, Monte Carlo standard error, replications used and run, and the truth (NaN if none).

    lower, upper: of a rate, or a difference of two rates, its 95% interval; NaN of anything else. of: cell, method and
    target, where it is a stored one. doubtful: whether it is shown in grey, since something else makes it mislead.
    """

    value: float
    mcse: float
    n_used: int
    n_total: int
    truth: float
    lower: float = math.nan
    upper: float = math.nan
    doubtful: bool = field(default=False, kw_only=True)
    of: tuple[int, str, str] | tuple[()] = field(default=(), kw_only=True)

    @property
    def certain(self) -> bool:
        """Whether it is a rate of 0 or 1, or no difference: its standard error is 0, but its interval has a length."""
        return self.value in (0.0, 1.0) and self.mcse == 0 and math.isfinite(self.lower)


@dataclass(frozen=True)
class Results:
    """A study's facts and its measures, tidy, one row per (cell, method, target, measure, over).

    `published` holds what `benchmarks.evaluation.comparison` makes of published figures; None where there are none.
    `told` holds replications that show something (`schema.TOLD`); None of results that an older program stored.
    `runs`: on what machine the blocks were computed, and in how many seconds.
    """

    study: Study
    measures: pd.DataFrame
    published: pd.DataFrame | None = None
    told: pd.DataFrame | None = None
    runs: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def words(self) -> dict[str, Wording]:
        """What every measure is called and means in this study, by its name."""
        return worded(self.study)

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
    def numbered_cells(self) -> list[tuple[int, int, int]]:
        """(number of the population in `populations`, n, cell) of every cell, in the order of `all_cells`."""
        place = {_levels_key(levels): number for number, levels in enumerate(self.populations)}
        return [(place[_levels_key(levels)], n, cell) for levels, n, cell in self.all_cells]

    @property
    def many_cells(self) -> bool:
        """Whether there are so many cells that a page shows only some rows of its tables, and loads figures in part."""
        return len(self.study.cells) > MANY

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
        targets = m["target"].where(m["group"] == "", m["group"])
        keys = list(zip(m["cell"], m["method"], targets, m["measure"], m["over"], strict=True))
        columns = (m[name] for name in ("value", "mcse", "n_used", "n_total", "truth", "lower", "upper"))
        numbers = zip(*columns, strict=True)
        return {key: Estimate(*row, of=key[:3]) for key, row in zip(keys, numbers, strict=True)}

    @cached_property
    def worst(self) -> dict[tuple[int, str, str], int]:
        """By cell, method and target, the replication whose estimate lies farthest from the truth."""
        return self._first_told("worst")

    @cached_property
    def typical(self) -> dict[tuple[int, str, str], int]:
        """By cell, method and target, the replication whose estimate is the median."""
        return self._first_told("typical")

    def _first_told(self, why: str) -> dict[tuple[int, str, str], int]:
        if self.told is None:
            return {}
        rows = self.told[self.told["why"] == why]
        keys = zip(rows["cell"], rows["method"], rows["target"], strict=True)
        return dict(zip(keys, rows["replication"].tolist(), strict=True))

    def estimate(self, cell: int, method: str, target: str, measure: str, over: str = USABLE) -> Estimate | None:
        """The stored number, or None. A group of items is a target by its key.

        A measure that no method has over this denominator is found under another: where others have it, a method
        without a usable fit has no number, and not one over all of its replications.
        """
        if (measure, over) in self._kept:
            return self.over(cell, method, target, measure, over)
        found = (self.over(cell, method, target, measure, each) for each in (over, POPULATION, USABLE, ALL))
        return next((estimate for estimate in found if estimate), None)

    def over(self, cell: int, method: str, target: str, measure: str, over: str) -> Estimate | None:
        """The stored number over exactly this denominator, or None."""
        return self._stored.get((cell, method, target, measure, over))

    @cached_property
    def _kept(self) -> set[tuple[str, str]]:
        """Measures with the denominators over which some method has them."""
        return {(measure, over) for _, _, _, measure, over in self._stored}

    def rejections(self, cell: int, method: str, target: str, over: str = USABLE) -> Estimate | None:
        """How often the path is called significant: the power, or the type I error where the truth is zero."""
        return self.estimate(cell, method, target, "power", over) or self.estimate(
            cell, method, target, "type_1_error", over
        )

    def truth(self, cell: int, target: str) -> float:
        """The true value of `target` in the cell, NaN where none is stored."""
        return self.truths.get((cell, target), float("nan"))

    def judged_by(self, cell: int, method: str, target: str) -> float:
        """The true value that a method is judged by: on its own scale, or its own limit; NaN where there is none."""
        return self._judging.get((cell, method, target), self.truth(cell, target))

    @cached_property
    def _judging(self) -> dict[tuple[int, str, str], float]:
        """True values as stored with the measures, by (cell, method, target)."""
        known = self.measures.dropna(subset=["truth"])
        places = zip(known["cell"], known["method"], known["target"], strict=True)
        return dict(zip(places, known["truth"], strict=True))

    @cached_property
    def truths(self) -> dict[tuple[int, str], float]:
        """True values by (cell, target): as stored with the measures, where all methods are judged by one value.

        Otherwise, and where nothing was measured, as stored with the populations, standardised.
        """
        found: dict[tuple[int, str], float] = {}
        of_levels = {_levels_key(population.levels): population.truth for population in self.study.populations}
        for levels, _, cell in self.all_cells:
            told = of_levels.get(_levels_key(levels), {})
            found |= {(cell, name): value for name, value in told.items() if value is not None}
        by_place: dict[tuple[int, str], set[float]] = {}
        for (cell, _, target), value in self._judging.items():
            by_place.setdefault((cell, target), set()).add(value)
        return found | {place: min(values) for place, values in by_place.items() if len(values) == 1}

    @cached_property
    def paths(self) -> list[str]:
        """The estimands that are paths, direct or indirect, products or slopes, in the study's order."""
        kinds = {name: read_target(name) for name in self.study.estimands}
        return [name for name, target in kinds.items() if target and target.kind in _EFFECTS]

    @cached_property
    def screened(self) -> list[str]:
        """Methods that drop items by a rule, the PLS ones first: the report's answer is about the first."""
        names = [name for name, method in self.study.methods.items() if method.rule]
        return sorted(names, key=lambda name: self.study.methods[name].estimator != "pls")

    @cached_property
    def deciding(self) -> list[str]:
        """Methods that take decisions from the data: those that drop items by a rule first, then the others."""
        others = (name for name, method in self.study.methods.items() if method.decides and not method.rule)
        return [*self.screened, *others]

    def null_cell(self, cell: int, path: str) -> int | None:
        """The cell of the same n that differs in one factor and in which the path is truly zero; None without one."""
        own = next(each for each in self.study.cells if each.cell == cell)
        for other in self.study.cells:
            changed = sum(own.levels[factor] != other.levels[factor] for factor in self.study.factors)
            if other.n == own.n and changed == 1 and self.truth(other.cell, path) == 0:
                return other.cell
        return None

    def size(self, cell: int, method: str, path: str) -> Estimate | None:
        """The type I error that stands beside a power: that of the same path where it is zero, all else being equal."""
        zero = self.null_cell(cell, path) if self.truth(cell, path) else cell
        return None if zero is None else self.over(zero, method, path, "type_1_error", USABLE)

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
    told, runs = _read_told(folder / "replications.parquet"), machine.read(folder)
    there = {
        "published.parquet": study.published is not None,
        "replications.parquet": told is not None,
        "README.md": (folder / "README.md").is_file(),
    }
    checksums.check(folder, [name for name in FILES if there.get(name, True)])
    return Results(study, measures, published, told, tuple(runs))


def _read_study(path: Path) -> Study:
    content = _bytes_of(path)
    try:
        study = Study.model_validate(json.loads(content))
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
    if missing := schema.missing(schema.MEASURES, stored.columns):
        needed = ", ".join(schema.names(schema.MEASURES))
        raise InputError(f"{path} has no column {', '.join(missing)}; needed are {needed}; {_AGAIN}")
    if stored.empty:
        raise InputError(f"{path} holds no measures; {_AGAIN}")
    try:
        return _typed(stored)
    except (TypeError, ValueError) as fault:
        raise InputError(f"{path} is damaged: a column has the wrong type ({fault}); {_AGAIN}") from None


def _read_published(path: Path) -> pd.DataFrame:
    _bytes_of(path, 4)
    stored: pd.DataFrame = read_table(path).replace_schema_metadata(None).to_pandas()
    if missing := schema.missing(schema.PUBLISHED, stored.columns):
        raise InputError(f"{path} has no column {', '.join(missing)}; {_AGAIN}")
    return stored


def _read_told(path: Path) -> pd.DataFrame | None:
    """Replications that show something; None where an older program stored none."""
    if not path.is_file():
        return None
    stored: pd.DataFrame = read_table(path).replace_schema_metadata(None).to_pandas()
    if missing := schema.missing(schema.TOLD, stored.columns):
        raise InputError(f"{path} has no column {', '.join(missing)}; {_AGAIN}")
    return stored


def _typed(stored: pd.DataFrame) -> pd.DataFrame:
    """Plain Python numbers and text in every column, so that a row's key can be looked up."""
    typed = stored.copy()
    for column in schema.MEASURES:
        values = typed[column.name]
        typed[column.name] = values.fillna("").astype(str) if column.type == "string" else values.astype(column.type)
    return typed


def _bytes_of(path: Path, size: int = -1) -> bytes:
    """The file's bytes (the first `size`); InputError where it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as fault:
        give = "give the folder of a finished study (`loadstone run` makes one)"
        if path.parent.is_file():
            raise InputError(f"{path.parent} is a file, and no folder of results; {give}") from None
        reason = "is not there" if isinstance(fault, FileNotFoundError) else f"cannot be read ({fault.strerror})"
        near = Path("results") / path.parent
        hint = f"; did you mean {near}?" if path.parent.name and (near / path.name).is_file() else ""
        raise InputError(f"{path} {reason}; {give}{hint}") from None


def _check_known(path: Path, what: str, given: Iterable[Any], allowed: Iterable[Any]) -> None:
    known = list(allowed)
    strange = sorted(set(given) - set(known))
    if strange:
        names, known_names = (", ".join(map(str, some)) for some in (strange[:5], known[:30]))
        raise InputError(f"{path} has {what} {names}; study.json names {known_names}; {_AGAIN}")


def _levels_key(levels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(levels.items()))
