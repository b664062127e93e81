"""Replications until the Monte Carlo errors are small enough: blocks go to the cells that need them, round by round.

Which blocks a cell gets next follows from its own blocks so far and from nothing else: not from workers, other cells,
or how often the run was interrupted. A run that goes on takes the same rounds again over what is stored. A cell begins
with two blocks. Where an error is r times the one wanted, about r^2 times the blocks are needed, and half of what is
missing is computed, at least one block: so an early error that is too large by chance does no harm, and a cell stops
within a block of the first number that is enough. A cell at the most replications allowed stops too, and says so.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.evaluation.precision import Furthest, Precision, precision
from benchmarks.measures.catalogue import find
from benchmarks.stored import store
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.errors import InputError
from sim.streams import BLOCK

#: Blocks that every cell begins with.
FIRST = 2


@dataclass(frozen=True)
class Stopped:
    """Where a cell stopped: its replications, and the measure whose error is furthest (None: nothing to measure)."""

    cell: Cell
    replications: int
    furthest: Furthest | None

    @property
    def met(self) -> bool:
        """Whether every error is as small as wanted."""
        return self.furthest is None or self.furthest.met

    @property
    def words(self) -> str:
        """How a user is told."""
        head = f"cell {self.cell.number} ({self.cell.label}): {self.replications:,} replications"
        if self.furthest is None:
            return f"{head}; none of the targets can be measured there"
        return f"{head}, {'every target met' if self.met else 'the most allowed'}; furthest is {self.furthest.words}"

    @property
    def facts(self) -> dict[str, Any]:
        """What study.json says of it."""
        told = dataclasses.asdict(self.furthest) if self.furthest else None
        if told is not None and not math.isfinite(told["error"]):
            told["error"] = None
        return {"cell": self.cell.number, "replications": self.replications, "met": self.met, "furthest": told}


def enough(
    study: Study, folder: Path, console: Console, compute: Callable[[Study], None]
) -> tuple[Study, list[Stopped]]:
    """Run rounds until every cell has stopped; the study with the replications of each, and why each stopped.

    compute: computes and stores the blocks of a study that are not there. Raises InputError after the first round where
    a target is of a measure that no method gives.
    """
    reached = {cell.number: min(FIRST * BLOCK, study.replications) for cell in study.cells}
    stopped: dict[int, Stopped] = {}
    there: set[str] = set()
    while len(stopped) < len(study.cells):
        now = dataclasses.replace(study, reached=dict(reached))
        compute(now)
        for cell in (each for each in study.cells if each.number not in stopped):
            found = _look(now, cell, folder)
            there |= found.there
            number = reached[cell.number]
            further = following(found.furthest, number, study.replications)
            if further == number:
                stopped[cell.number] = Stopped(cell, number, found.furthest)
                console.print(stopped[cell.number].words, highlight=False, markup=False, soft_wrap=True)
            reached[cell.number] = further
        _refuse_unmeasured(study, there)
    return dataclasses.replace(study, reached=reached), [stopped[cell.number] for cell in study.cells]


def following(furthest: Furthest | None, number: int, most: int) -> int:
    """Replications of a cell in the next round, from those it has: the same where it has enough, or the most."""
    if furthest is None or furthest.met or number >= most:
        return number
    blocks = -(-number // BLOCK)
    missing = expected(furthest, number) / BLOCK - blocks
    more = blocks if not math.isfinite(missing) else max(1, math.ceil(missing / 2))
    return min((blocks + more) * BLOCK, most)


def expected(furthest: Furthest, number: int) -> float:
    """Replications at which the error will be the one wanted; infinite where nothing is known of it."""
    return number * furthest.ratio**2


def _look(study: Study, cell: Cell, folder: Path) -> Precision:
    return precision(study, cell, store.ByMethod(folder, study, cell))


def _refuse_unmeasured(study: Study, there: set[str]) -> None:
    """Raises InputError where a target is of a measure that nobody gives: it would count as met."""
    for name in study.file.performance.targets:
        measure = find(name)
        if name not in there and measure is not None:
            raise InputError(
                f"performance.targets.{name}: no method gives it in any cell: it needs {measure.needs}; leave it out"
            )
