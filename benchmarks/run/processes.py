"""Worker processes: for methods that hold the interpreter's lock, never return, or end the process they run in."""

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.run.estimating import Fitting, block_file, compile_for
from benchmarks.run.workers import Done, Watch, keep_freed_memory, unwatched
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Status
from sim.errors import InputError

#: How often the worker of a block may end before its method is held to end it, or the study is stopped.
_DEATHS = 3
#: Never inherits an open file: a child that outlives its parent would hold the folder's lock.
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class _Task:
    """A block with what has happened to it: ended workers by method, seconds by method, and methods left out."""

    cell: Cell
    block: int
    deaths: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    given: dict[str, tuple[Status, str]] = field(default_factory=dict)


class _Worker:
    """A process that computes one block at a time. It ends by itself when its parent does."""

    def __init__(self, study: Study) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(theirs, study), daemon=True)
        self.process.start()
        theirs.close()
        self.task: _Task | None = None
        self.method, self.since = "", 0.0

    def begin(self, task: _Task, strict: bool) -> None:
        self.task, self.method = task, ""
        task.seconds = {}
        with contextlib.suppress(OSError):  # ended already: its pipe tells
            self.connection.send((task.cell.number, task.block, task.given, strict))

    def fitting(self, method: str) -> None:
        """Hear which method is fitted from now on, and count the seconds of the one before."""
        now = time.monotonic()
        if self.task is not None and self.method:
            self.task.seconds[self.method] = self.task.seconds.get(self.method, 0.0) + now - self.since
        self.method, self.since = method, now

    def overtime(self, limit: float) -> float:
        """Seconds until the method that is fitted reaches its limit; infinite where none is fitted."""
        if self.task is None or not self.method:
            return float("inf")
        return limit - self.task.seconds.get(self.method, 0.0) - (time.monotonic() - self.since)

    def end(self) -> int | None:
        """End the process; its exit code."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        return self.process.exitcode


@dataclass(frozen=True)
class Processes:
    """Processes of this machine. `limit`: seconds that one method may take for one block of 256 replications."""

    number: int
    limit: float = float("inf")

    def compute(
        self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool, watch: Watch = unwatched
    ) -> Iterator[Done]:
        """See `Workers.compute`."""
        left = deque(_Task(cell, block) for cell, block in waiting)
        workers = [_Worker(study) for _ in range(min(self.number, len(left)))]
        try:
            for worker in workers:
                worker.begin(left.popleft(), strict)
            while any(worker.task for worker in workers):
                yield from self._heard(study, workers, left, strict)
        finally:
            for worker in workers:
                worker.end()

    def _heard(self, study: Study, workers: list[_Worker], left: deque[_Task], strict: bool) -> Iterator[Done]:
        """Blocks that are finished by the next messages of the workers; ended and late workers are replaced."""
        soonest = min(worker.overtime(self.limit) for worker in workers)
        heard = wait([w.connection for w in workers if w.task], None if soonest == float("inf") else max(soonest, 0))
        for place, worker in enumerate(workers):
            if worker.task is None:
                continue
            if worker.connection in heard:
                done, ended = _message(worker)
                if done is not None:
                    worker.task = None
                    if left:
                        worker.begin(left.popleft(), strict)
                    yield done
                if ended:
                    self._replace(study, workers, place, strict, f"ended with code {worker.end()}")
            elif worker.overtime(self.limit) <= 0:
                why = f"{worker.method} took longer than {self.limit:g} seconds for a block"
                if strict:
                    raise InputError(f"method {why}, and --strict stops there")
                worker.task.given[worker.method] = (Status.OVERTIME, why)
                worker.end()
                self._begin_again(study, workers, place, strict)

    def _replace(self, study: Study, workers: list[_Worker], place: int, strict: bool, how: str) -> None:
        """Begin a block again whose worker has ended; its method is to blame where that happens again and again."""
        worker = workers[place]
        task, method = worker.task, worker.method
        assert task is not None
        task.deaths[method] = task.deaths.get(method, 0) + 1
        outside = {each.name for each in study.methods if each.entry.origin}
        if task.deaths[method] >= _DEATHS:
            told = f"block {task.block} of cell {task.cell.number} ({task.cell.label})"
            if method not in outside or strict:
                raise InputError(
                    f"the process that computes {told} {how} {_DEATHS} times"
                    + (f", each time in method {method}" if method else "")
                    + "; where memory is short give fewer --processes; what is finished is stored"
                )
            task.given[method] = (Status.RAISED, f"{method} ended the process that it ran in ({how}) {_DEATHS} times")
        self._begin_again(study, workers, place, strict)

    def _begin_again(self, study: Study, workers: list[_Worker], place: int, strict: bool) -> None:
        task = workers[place].task
        assert task is not None
        workers[place] = _Worker(study)
        workers[place].begin(task, strict)


def _message(worker: _Worker) -> tuple[Done | None, bool]:
    """(a finished block, whether the worker has ended) from its next message. Raises InputError where it refuses."""
    assert worker.task is not None
    try:
        kind, content, faults = worker.connection.recv()
    except (EOFError, OSError):
        return None, True
    if kind == "fitting":
        worker.fitting(content)
        return None, False
    if kind == "refused":
        raise InputError(content)
    if kind == "failed":
        raise RuntimeError(f"a worker process failed:\n{content}")
    return Done(worker.task.cell, worker.task.block, content, faults), False


def _serve(connection: Connection, study: Study) -> None:
    """The life of a worker process: blocks as they are asked for, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C, and ends its workers
    keep_freed_memory()
    with threadpool_limits(1), contextlib.suppress(EOFError, OSError):
        compile_for(study)
        while True:
            _answer(connection, study, *connection.recv())


def _answer(connection: Connection, study: Study, cell: int, block: int, given: Any, strict: bool) -> None:
    fitting = Fitting(lambda name: connection.send(("fitting", name, {})), given)
    try:
        content, faults = block_file(study, study.cells[cell - 1], block, fitting, strict)
    except InputError as error:
        connection.send(("refused", str(error), {}))
    except OSError:
        raise
    except Exception:
        connection.send(("failed", traceback.format_exc(), {}))
    else:
        connection.send(("done", content, faults))
