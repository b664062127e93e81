"""What a study would take, from one block of every cell: replications, time and disk. Nothing is stored."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.evaluation.precision import Furthest, precision
from benchmarks.run import capacity
from benchmarks.run.compilation import compile_for
from benchmarks.run.enough import FIRST, expected
from benchmarks.run.estimating import Fitting, block_table
from benchmarks.stored import blocks
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.streams import BLOCK


@dataclass(frozen=True)
class Expected:
    """What a cell would take. seconds: of one worker. furthest: what decides the replications, where targets do."""

    cell: Cell
    replications: int
    seconds: float
    size: float
    furthest: Furthest | None = None


def expect(study: Study, cell: Cell) -> Expected:
    """Draw and estimate the first block of a cell, and take all others to be like it.

    Where targets decide, the replications are those at which the error that is furthest would be small enough, from the
    errors of this block: at least as many as a cell begins with, at the most those allowed.
    """
    began = time.perf_counter()
    table = block_table(study, cell, 0, Fitting())
    content = blocks.as_file(study, cell, 0, table, {})
    seconds = time.perf_counter() - began
    number, furthest = study.replications, None
    if study.sequential:
        estimates = dict(iter(table.to_pandas().groupby("method", sort=False)))
        furthest = precision(study, cell, estimates).furthest
        least = min(FIRST * BLOCK, study.replications)
        needed = least if furthest is None else expected(furthest, study.block_size(0))
        number = study.replications if needed >= study.replications else max(-(-int(needed) // BLOCK) * BLOCK, least)
    share = number / study.block_size(0)
    return Expected(cell, number, seconds * share, len(content) * share, furthest)


def dry_run(study: Study, workers: int) -> list[Expected]:
    """What every cell would take, in order. Raises InputError where the machine has not the memory."""
    capacity.check(study, workers)
    compile_for(study)
    with threadpool_limits(1):
        return [expect(study, cell) for cell in study.cells]


def free_disk(folder: Path) -> int:
    """Bytes that are free where a folder would stand."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
    return shutil.disk_usage(there).free
