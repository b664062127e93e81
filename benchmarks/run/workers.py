"""Who computes blocks: what every kind of worker is asked and gives, and threads of this process."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from benchmarks.run.estimating import block_file
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study


@dataclass(frozen=True)
class Done:
    """A finished block: the bytes of its file, the first fault of each method that failed, and a word for the user."""

    cell: Cell
    block: int
    content: bytes
    faults: dict[str, str]
    note: str = ""


class Workers(Protocol):
    """Workers of some kind. Which and how many there are never changes a byte of a block."""

    def compute(self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool) -> Iterator[Done]:
        """The blocks, each as it is finished, in any order.

        With `strict`, a method that fails ends it with InputError. A few blocks are under way at once, no more than
        the one who stores them keeps up with.
        """
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process: the compiled loops release the lock of the interpreter."""

    number: int

    def compute(self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool) -> Iterator[Done]:
        """See `Workers.compute`."""
        left = iter(waiting)
        pool = ThreadPoolExecutor(self.number)
        under_way: dict[Future[tuple[bytes, dict[str, str]]], tuple[Cell, int]] = {}

        def begin(some: Iterable[tuple[Cell, int]]) -> None:
            for cell, block in some:
                under_way[pool.submit(block_file, study, cell, block, None, strict)] = (cell, block)

        try:
            begin(islice(left, 2 * self.number))
            while under_way:
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    cell, block = under_way.pop(future)
                    content, faults = future.result()
                    begin(islice(left, 1))
                    yield Done(cell, block, content, faults)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def keep_freed_memory() -> None:
    """Let the C library keep freed arrays for the next ones, instead of giving them back to the system each time.

    glibc does so up to the size of the largest array it was ever given back (mallopt(3), M_MMAP_THRESHOLD), at the most
    32 MiB. Taken anew from the system, the moments of the resamples cost as much time as estimating from them.
    """
    np.empty(2**22 - 2**10)


def available() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
