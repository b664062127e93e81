"""Who computes blocks: what every kind of worker is asked and gives, and threads of this process."""

import os
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from joblib import Parallel, delayed

from benchmarks.run.estimating import Fitting, block_file
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study


@dataclass(frozen=True)
class Done:
    """A finished block: the bytes of its file, the first fault of each method that failed, and a word for the user."""

    cell: Cell
    block: int
    content: bytes
    faults: dict[str, str]
    note: str = ""


#: Hears of a cell's block which method this process fits from now on; "" for none.
Watch = Callable[[Cell, int, str], None]


def unwatched(cell: Cell, block: int, method: str) -> None:
    """Hear nothing."""


class Workers(Protocol):
    """Workers of some kind. Which and how many there are never changes a byte of a block."""

    def compute(
        self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool, watch: Watch = unwatched
    ) -> Iterator[Done]:
        """The blocks, each as it is finished, in any order.

        With `strict`, a method that fails ends it with InputError. A few blocks are under way at once, no more than
        the one who stores them keeps up with. `watch` is told by workers inside this process, which ends with them;
        those outside it notice themselves which method ended one of them.
        """
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process: the compiled loops release the lock of the interpreter."""

    number: int

    def compute(
        self, study: Study, waiting: Iterable[tuple[Cell, int]], strict: bool, watch: Watch = unwatched
    ) -> Iterator[Done]:
        """See `Workers.compute`."""
        inside = _Inside(self.number, study, strict, watch)
        # One job alone joblib would run in the main thread, where Ctrl-C could be swallowed by a method's own `except`;
        # two threads of which one waits its turn leave the main thread free to hear it.
        parallel = Parallel(
            n_jobs=max(self.number, 2),
            prefer="threads",
            require="sharedmem",
            return_as="generator_unordered",
            pre_dispatch="2 * n_jobs",
        )
        finished: Generator[Done, None, None] = parallel(
            delayed(inside.compute)(cell, block) for cell, block in waiting
        )
        try:
            for done in finished:
                inside.taken()
                yield done
        finally:
            inside.stop()
            with warnings.catch_warnings():  # joblib tells of the blocks that are given up
                warnings.simplefilter("ignore", UserWarning)
                finished.close()


class _Inside:
    """What threads of joblib do: no more at once than are asked for, none far ahead of the one who stores."""

    def __init__(self, number: int, study: Study, strict: bool, watch: Watch) -> None:
        self.study, self.strict, self.watch = study, strict, watch
        self.turns = threading.Semaphore(number)
        self.ahead = threading.Semaphore(2 * number)
        self.stopped = False

    def compute(self, cell: Cell, block: int) -> Done:
        """A block, when it is its turn. Raises CancelledError where nobody wants it any more."""
        self.ahead.acquire()
        with self.turns:
            if self.stopped:
                self.ahead.release()
                raise CancelledError
            fitting = Fitting(lambda name: self.watch(cell, block, name))
            content, faults = block_file(self.study, cell, block, fitting, self.strict)
        return Done(cell, block, content, faults)

    def taken(self) -> None:
        """Hear that a finished block was taken."""
        self.ahead.release()

    def stop(self) -> None:
        """Let threads that wait go: they compute nothing more."""
        self.stopped = True
        self.ahead.release()


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
