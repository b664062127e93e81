"""The runner: every cell in blocks of 256 replications, on workers of any kind, resumable at any moment."""

import contextlib
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks import schema
from benchmarks.evaluation.comparison import compare
from benchmarks.evaluation.described import describe
from benchmarks.files import write_whole
from benchmarks.run import capacity
from benchmarks.run.enough import Stopped, enough
from benchmarks.run.estimating import block_table, compile_for, fit_all
from benchmarks.run.measuring import measured_cells
from benchmarks.run.progress import Steps, Tracker
from benchmarks.run.workers import Done, Threads, Watch, Workers, keep_freed_memory
from benchmarks.stored import checksums, machine, readme, store
from benchmarks.stored.blocks import GROUP, block_path
from benchmarks.stored.lock import Lock
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from estimators import faults
from sim.errors import InputError

__all__ = ["block_table", "fit_all", "keep_freed_memory", "measure", "pending", "run"]

#: Which share of the blocks is computed: (3, 20) is the third of twenty.
Share = tuple[int, int]


def run(
    study: Study,
    folder: Path,
    workers: int,
    console: Console,
    fresh: bool = False,
    *,
    by: Workers | None = None,
    strict: bool = False,
    share: Share | None = None,
) -> None:
    """Estimate every block that is not stored yet, then measure. Numbers depend on neither workers nor interruptions.

    by: who computes the blocks (default: so many threads). strict: stop at the first method that fails. share: compute
    only this share of the blocks, and measure nothing. Raises InputError where the folder cannot be used.
    """
    place = folder.absolute()
    if study.sequential and share is not None:
        raise InputError(
            "--shard does not go with performance.targets: which blocks a cell needs follows from all of its blocks; "
            "give --scheduler to share the work, or --replications for a number"
        )
    capacity.check(study, workers)
    with Lock(place) as lock:
        store.claim(place, study, fresh, "" if share is None else f"{share[0]}/{share[1]}")
        _tell_of_the_run_before(lock, console)
        keep_freed_memory()
        chosen, stopped = by or Threads(workers), None
        if study.sequential:
            study, stopped = enough(
                study, place, console, lambda now: _estimate(now, place, lock, chosen, workers, console, strict, None)
            )
        else:
            _estimate(study, place, lock, chosen, workers, console, strict, share)
        if share is None:
            with console.status("measuring bias, power and coverage ..."):
                measure(study, place, stopped, workers)


def _estimate(
    study: Study,
    folder: Path,
    lock: Lock,
    by: Workers,
    workers: int,
    console: Console,
    strict: bool,
    share: Share | None,
) -> None:
    """Compute and store the blocks that are not there."""
    waiting = pending(study, folder, share)
    pairs = shared(study, share)
    total = sum(study.block_size(block) for _, block in pairs)
    left = sum(study.block_size(block) for _, block in waiting)
    work = sum(_work(study, cell, block) for cell, block in waiting)
    if waiting:
        with Steps(console, "preparing the compiled loops (about a minute, once after installation) ...") as steps:
            compile_for(study, steps.tell)
        capacity.tell_if_long(study, waiting, workers, console)
    started = time.monotonic()
    open_groups = Counter((cell.number, block // GROUP) for cell, block in waiting)
    told: set[str] = set()
    with Tracker(total, total - left, work, console, _counted(study)) as tracker, threadpool_limits(1):
        for done in by.compute(study, waiting, strict, _watch(study, lock)):
            lock.check()
            write_whole({block_path(folder, done.cell.number, done.block): done.content}, folder)
            if done.note:
                console.print(done.note, highlight=False, markup=False, soft_wrap=True)
            _tell_faults(done, told, console)
            tracker.advance(study.block_size(done.block), _work(study, done.cell, done.block))
            group = (done.cell.number, done.block // GROUP)
            open_groups[group] -= 1
            if not open_groups[group]:
                store.cell_blocks(folder, study, done.cell).compact(group[1])
    lock.check()
    if waiting:
        machine.record(folder, workers, left, time.monotonic() - started)
    for cell in study.cells:
        store.cell_blocks(folder, study, cell).compact_all()


def _counted(study: Study) -> str:
    """What progress counts: where targets decide how many there will be, a round of them."""
    if not study.sequential:
        return "replications"
    return f"replications of this round (at most {len(study.cells) * study.replications:,} in all)"


def _watch(study: Study, lock: Lock) -> Watch:
    """Writes into the lock which methods from outside are being fitted here: one may end this process."""
    outside = {method.name for method in study.methods if method.entry.origin}
    now: dict[tuple[int, int], str] = {}
    one_at_a_time = threading.Lock()

    def watch(cell: Cell, block: int, method: str) -> None:
        place = (cell.number, block)
        with one_at_a_time:
            before = now.pop(place, "")
            if method in outside:
                now[place] = method
            if now.get(place, "") == before:
                return
            with contextlib.suppress(OSError):  # a full disk: whoever stores the blocks tells of it
                lock.sign("; ".join(f"method {m} was fitted (block {b} of cell {c})" for (c, b), m in now.items()))

    return watch


def _tell_of_the_run_before(lock: Lock, console: Console) -> None:
    """Say that the last run was ended, and by which method where one from outside may have done it."""
    told = lock.ended_before()
    if not told:
        return
    assert lock.left_by is not None
    again = "; if this one ends there too, --processes tells whether that method ends its process"
    console.print(
        f"note: {told}; what it finished is stored" + (again if "doing" in lock.left_by else ""),
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


def _tell_faults(done: Done, told: set[str], console: Console) -> None:
    """Say of each method once that it fails."""
    for name, fault in done.faults.items():
        if name not in told:
            told.add(name)
            console.print(
                f"method {name} fails in block {done.block} of cell {done.cell.number}: {faults.last_line(fault)} "
                "(its replications count as failures; study.json keeps the traceback; --strict stops there)",
                highlight=False, markup=False, soft_wrap=True, style="yellow",
            )  # fmt: skip


def shared(study: Study, share: Share | None = None) -> list[tuple[Cell, int]]:
    """(cell, block) pairs of a share, blocks first, so that every cell moves on at the same pace."""
    most = max(study.blocks_of(cell) for cell in study.cells)
    pairs = [(cell, block) for block in range(most) for cell in study.cells if block < study.blocks_of(cell)]
    return pairs if share is None else pairs[share[0] - 1 :: share[1]]


def pending(study: Study, folder: Path, share: Share | None = None) -> list[tuple[Cell, int]]:
    """(cell, block) pairs of the share without a complete file, in the same order. Raises InputError for damage."""
    missing = {
        (cell.number, block) for cell in study.cells for block in store.cell_blocks(folder, study, cell).missing()
    }
    return [(cell, block) for cell, block in shared(study, share) if (cell.number, block) in missing]


def measure(study: Study, folder: Path, stopped: Sequence[Stopped] | None = None, workers: int = 1) -> None:
    """Compute the measures from the stored blocks; store them, what was published and the study's description.

    stopped: why each cell stopped, where targets decide how many replications there are.
    What was reported of other measures is removed.
    """
    found = measured_cells(study, folder, workers)
    measures = pd.concat(found.measures)
    files = {
        "measures.parquet": store.described(measures, (*schema.MEASURES, *_factor_columns(study))),
        "replications.parquet": store.described(pd.concat(found.told), schema.TOLD),
    }
    if study.file.published:
        files["published.parquet"] = store.described(
            compare(study, measures), (*schema.PUBLISHED, *_factor_columns(study))
        )
    files["study.json"] = describe.as_json(study, found.failing, [each.facts for each in stopped or ()])
    files[readme.NAME] = readme.text().encode()
    checksums.write_with(folder, files, kept=_still_reported(folder, files))
    checksums.remove(folder, {"published.parquet"} - set(files))


def _factor_columns(study: Study) -> list[schema.Column]:
    """The columns of the factors' levels."""
    return [
        schema.Column(name, "string", "text", f"level of the factor: {study.meanings.get(name) or name}")
        for name in study.cells[0].levels
    ]


def _still_reported(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Listed files of the report, where it is made of these very files; else none."""
    own = {"measures.parquet", "published.parquet", "replications.parquet", "study.json", readme.NAME}
    try:
        listed = checksums.read(folder)
    except InputError:
        return []
    new = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return [name for name in listed if name not in own] if new == {n: listed[n] for n in own & set(listed)} else []


def _work(study: Study, cell: Cell, block: int) -> float:
    """Cost of a block: about linear in n, with a part that does not depend on it (a resample's iterations)."""
    return study.block_size(block) * (cell.n + 200.0)
