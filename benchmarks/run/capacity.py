"""What a study takes of memory and time, told and held against the machine before anything is drawn."""

import contextlib
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks.evaluation.precision import Furthest, precision
from benchmarks.run.enough import FIRST, expected
from benchmarks.run.estimating import Fitting, block_table, compile_for, fit_all
from benchmarks.run.progress import clock
from benchmarks.stored.blocks import as_file
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from sim.errors import InputError, counted
from sim.streams import BLOCK

#: Workers that one machine may be asked for.
MOST_WORKERS = 1024
#: Seconds of work that are told before they begin.
LONG = 24 * 3600.0
#: Copies of the covariances and of the answers of a block that are held at once (measured: draw, moments, estimates).
_COPIES = 4


def bytes_of_block(study: Study, cell: Cell) -> int:
    """About how much memory one block of a cell takes while it is estimated."""
    size, columns = min(BLOCK, study.replications), len(cell.columns)
    answers = size * cell.n * columns * 9
    moments = 0 if cell.world.themes is not None else size * columns * columns * 8
    estimates = size * len(study.estimands) * len(study.methods) * 5 * 8
    resamples = max((method.resamples or 0 for method in study.methods), default=0)
    drawn = resamples * (cell.n * 4 + (0 if cell.world.themes is not None else columns * columns * 16))
    firms = (cell.world.size or 0) * columns * 16
    return _COPIES * (answers + moments) + 2 * estimates + drawn + firms


def check(study: Study, workers: int) -> None:
    """Raises InputError where workers, cells or the memory of a block are more than the machine has."""
    if not 1 <= workers <= MOST_WORKERS:
        raise InputError(f"--workers is {workers}; give at least 1 and at most {MOST_WORKERS}")
    largest = max(study.cells, key=lambda cell: bytes_of_block(study, cell))
    blocks = min(workers, study.blocks * len(study.cells))
    needed, there = bytes_of_block(study, largest) * blocks, memory()
    if there is not None and needed > there:
        raise InputError(
            f"a block of {min(BLOCK, study.replications)} replications of cell {largest.number} ({largest.label}, "
            f"{counted(len(largest.columns), 'column')}) takes about {gigabytes(needed // blocks)} of memory for each "
            f"of {counted(blocks, 'worker')}, and {gigabytes(there)} are free; give fewer --workers, a smaller n or a "
            "smaller model"
        )


def gigabytes(size: float) -> str:
    """`1.5 GB`."""
    return f"{size / 1e9:.1f} GB"


def memory() -> int | None:
    """Bytes of memory that are free, within the limit of this process's group; None where that is not known."""
    found = []
    with contextlib.suppress(OSError, ValueError, StopIteration, IndexError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) * 1024)
    with contextlib.suppress(OSError, ValueError):
        limit, used = (Path(f"/sys/fs/cgroup/memory.{name}").read_text() for name in ("max", "current"))
        found.append(int(limit) - int(used))
    if not found:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found) if found else None


def tell_if_long(study: Study, waiting: Sequence[tuple[Cell, int]], workers: int, console: Console) -> None:
    """Say how long the work will take where that is more than a day, from a few replications of its largest cell."""
    cells = {cell.number: cell for cell, _ in waiting}
    largest = max(cells.values(), key=lambda cell: cell.n)
    replications = sum(study.block_size(block) for _, block in waiting)
    if replications < 100_000 and len(study.methods) * replications * _resamples(study) < 1e7:
        return
    seconds = _seconds(study, largest)
    mean = sum(study.block_size(b) * (cell.n + 200.0) for cell, b in waiting) / (replications * (largest.n + 200.0))
    total = seconds * mean * replications / workers
    if total > LONG:
        console.print(
            f"This will take about {total / 86400:,.1f} days on {counted(workers, 'worker')} "
            f"({clock(seconds * 1000)} for 1,000 replications of cell {largest.number} on one, measured just now). "
            "Stop it at any time: the same command goes on where it stopped. --shard and --scheduler share it among "
            "machines.",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip


def _resamples(study: Study) -> int:
    return max((method.resamples or 1 for method in study.methods), default=1)


def _seconds(study: Study, cell: Cell) -> float:
    """Seconds that one replication of a cell takes on one worker."""
    took = float("inf")
    for _ in range(2):  # the first may still read compiled code
        began = time.perf_counter()
        fit_all(study, cell.draw_block(study.address(cell), 0, 2))
        took = min(took, time.perf_counter() - began)
    return took / 2


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
    content = as_file(study, cell, 0, table, {})
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
    check(study, workers)
    compile_for(study)
    with threadpool_limits(1):
        return [expect(study, cell) for cell in study.cells]


def free_disk(folder: Path) -> int:
    """Bytes that are free where a folder would stand."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir())
    return shutil.disk_usage(there).free
