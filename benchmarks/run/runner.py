"""The runner: every cell in blocks of 256 replications, on as many workers as asked, resumable at any moment."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from joblib import Parallel, delayed
from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks.files import write_whole
from benchmarks.measures.comparison import compare
from benchmarks.measures.evaluate import evaluate
from benchmarks.run import describe, store
from benchmarks.run.compilation import compile_for
from benchmarks.run.progress import Tracker
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Estimates
from estimators.methods import Method
from estimators.wrappers.bootstrap import TOGETHER, data_sets_together
from sim.batch import Batch


def run(study: Study, folder: Path, workers: int, console: Console, fresh: bool = False) -> None:
    """Estimate every block that is not stored yet, then measure. Numbers depend on neither workers nor interruptions.

    Raises InputError where the folder cannot be used.
    """
    store.claim(folder, study, fresh)
    keep_freed_memory()
    waiting = pending(study, folder)
    total = study.replications * len(study.cells)
    left = sum(study.block_size(block) for _, block in waiting)
    work = sum(_work(study, cell, block) for cell, block in waiting)
    if waiting:
        with console.status("preparing the compiled loops (a minute or two, once after installation) ..."):
            compile_for(study)
    with Tracker(total, total - left, work, console) as tracker, threadpool_limits(1):
        for cell, block in _finished(study, folder, waiting, workers):
            tracker.advance(study.block_size(block), _work(study, cell, block))
    with console.status("measuring bias, power and coverage ..."):
        measure(study, folder)


def keep_freed_memory() -> None:
    """Let the C library keep freed arrays for the next ones, instead of giving them back to the system each time.

    glibc does so up to the size of the largest array it was ever given back (mallopt(3), M_MMAP_THRESHOLD), at the most
    32 MiB. Taken anew from the system, the moments of the resamples cost as much time as estimating from them.
    """
    np.empty(2**22 - 2**10)


def pending(study: Study, folder: Path) -> list[tuple[Cell, int]]:
    """(cell, block) pairs without a complete file, blocks first, so that every cell moves on at the same pace."""
    return [
        (cell, block)
        for block in range(study.blocks)
        for cell in study.cells
        if store.rows_stored(store.block_path(folder, cell.number, block))
        != study.block_size(block) * len(study.methods)
    ]


def _finished(study: Study, folder: Path, waiting: list[tuple[Cell, int]], workers: int) -> Iterator[tuple[Cell, int]]:
    """Run the blocks and yield each as it is stored.

    Threads, because the compiled loops release the lock; joblib's parallel_config can name another back end.
    """
    parallel = Parallel(n_jobs=workers, prefer="threads", return_as="generator_unordered", pre_dispatch="2 * n_jobs")
    results: Iterator[tuple[Cell, int]] = parallel(
        delayed(_store_block)(study, folder, cell, block) for cell, block in waiting
    )
    yield from results


def _store_block(study: Study, folder: Path, cell: Cell, block: int) -> tuple[Cell, int]:
    store.write_table(store.block_path(folder, cell.number, block), block_table(study, cell, block))
    return cell, block


def block_table(study: Study, cell: Cell, block: int) -> pa.Table:
    """Draw a block of a cell and fit every method to it."""
    batch = cell.draw_block(study.address(cell), block, study.block_size(block))
    truths = cell.truth_of_data(batch, study.estimands)
    return store.estimates_table(batch, study.model, fit_all(study, batch), truths)


def fit_all(study: Study, batch: Batch) -> dict[str, Estimates]:
    """Every method's estimates of the study's estimands, on the same data sets and the same resamples."""
    resampled = [method for method in study.methods if method.resampled]
    together = resampled if len(resampled) > 1 else []
    fits = {
        method.name: method.estimator.fit(batch, study.model, study.estimands)
        for method in study.methods
        if method not in together
    }
    if together:
        size = data_sets_together(max(method.resamples or TOGETHER for method in together))
        parts = [_fit_together(study, together, batch, slice(r, r + size)) for r in range(0, len(batch), size)]
        fits |= {method.name: Estimates.joined([part[k] for part in parts]) for k, method in enumerate(together)}
    return {method.name: fits[method.name] for method in study.methods}


def _fit_together(study: Study, methods: Sequence[Method], batch: Batch, some: slice) -> list[Estimates]:
    """The methods' estimates of a few data sets, apart so that they share their resamples while these are at hand."""
    apart = batch.rows(some)
    return [method.estimator.fit(apart, study.model, study.estimands) for method in methods]


def measure(study: Study, folder: Path) -> None:
    """Compute the measures from the stored blocks; store them, what was published and the study's description."""
    tables = [evaluate(study, cell, store.cell_estimates(folder, study, cell.number)) for cell in study.cells]
    measures = pd.concat(tables)
    store.write_table(folder / "measures.parquet", pa.Table.from_pandas(measures, preserve_index=False))
    beside = folder / "published.parquet"
    beside.unlink(missing_ok=True)
    if study.file.published:
        store.write_table(beside, pa.Table.from_pandas(compare(study, measures), preserve_index=False))
    write_whole({folder / "study.json": describe.as_json(study)})


def _work(study: Study, cell: Cell, block: int) -> float:
    """Cost of a block: about linear in n, with a part that does not depend on it (a resample's iterations)."""
    return study.block_size(block) * (cell.n + 200.0)
