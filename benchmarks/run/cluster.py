"""Workers of a Dask cluster: blocks are computed there and come back to the one writer, who stores them.

No shared file system is needed: the study travels with its populations and with the code of methods from outside, and
finished blocks come back as the bytes of their files. Workers need the same version of Loadstone and of the packages
beneath, which every result says and the writer checks; a probe of a few data sets tells processors apart whose last
bits differ. A block that a worker loses is computed by another, and a frozen worker's is at the end.
"""

import pickle
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import distributed
from distributed.scheduler import KilledWorker
from threadpoolctl import threadpool_limits

from benchmarks.run.estimating import Fitting, block_file, compile_for, fit_all
from benchmarks.run.workers import Done, Watch, keep_freed_memory, unwatched
from benchmarks.stored import store
from benchmarks.stored.blocks import digest
from benchmarks.stored.mark import differences
from benchmarks.study.cells.cell import Cell
from benchmarks.study.program import program_code, program_version, versions_beneath
from benchmarks.study.study import Study
from estimators import sources
from estimators.base import Status
from sim.errors import InputError

#: Seconds to wait for a scheduler and for its first worker.
_PATIENCE = 60.0
#: Seconds between looks at what is under way.
_LOOK = 2.0
#: Blocks under way for each thread of the cluster.
_AHEAD = 3
#: How often a block may end the workers that compute it.
_DEATHS = 5
#: A block is late that takes so many times as long as the longest before it, and so many seconds at the least.
_LATE, _LATE_SECONDS = 10.0, 30.0


@dataclass(frozen=True)
class _Shipped:
    """A study as it travels: pickled, with the source of methods from outside by place."""

    key: str
    study: bytes
    code: dict[str, bytes]


class _Ship(distributed.WorkerPlugin):  # type: ignore[misc]
    """Leaves the study on every worker, those that join later too."""

    def __init__(self, shipped: _Shipped) -> None:
        self.shipped = shipped
        self.name = f"loadstone-{shipped.key}"

    def setup(self, worker: Any) -> None:
        """Called on the worker; the study is unpacked by the first block."""
        _SHIPPED[self.shipped.key] = self.shipped


@dataclass(frozen=True)
class _Ready:
    """A study on a worker, its probe, and the seconds that this worker took to compile."""

    study: Study
    probe: str
    seconds: float
    limits: Any


_SHIPPED: dict[str, _Shipped] = {}
_READY: dict[str, _Ready] = {}
_PREPARING = threading.Lock()


@dataclass(frozen=True)
class _Computed:
    """What comes back: the block, its faults, and who computed it."""

    content: bytes
    faults: dict[str, str]
    worker: str
    versions: dict[str, str]
    probe: str
    seconds: float


def probe(study: Study) -> str:
    """sha256 of every catalogue method's estimates of two data sets: two machines of one probe give the same bits."""
    cell = study.cells[0]
    batch = cell.draw_block(study.address(cell), 0, 2)
    given = {method.name: (Status.RAISED, "") for method in study.methods if method.entry.origin}
    fits = fit_all(study, batch, Fitting(given=given))
    return digest(store.estimates_table(batch, study.model.items, study.constructs, fits, handled=False))


def versions() -> dict[str, str]:
    """Versions of this machine's program and of what is beneath it."""
    return {"loadstone": program_version(), "source": program_code(), **versions_beneath()}


def _compute(key: str, cell: int, block: int, strict: bool) -> _Computed:
    """One block, on a worker."""
    with _PREPARING:
        if key not in _READY:
            _READY[key] = _prepared(_SHIPPED[key])
    ready = _READY[key]
    content, faults = block_file(ready.study, ready.study.cells[cell - 1], block, None, strict)
    address = distributed.get_worker().address
    return _Computed(content, faults, address, versions(), ready.probe, ready.seconds)


def _prepared(shipped: _Shipped) -> _Ready:
    """The study unpacked on a worker, its loops compiled once."""
    if shipped.code:
        folder = Path(tempfile.mkdtemp(prefix="loadstone-"))
        for place, content in shipped.code.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sys.path.insert(0, str(folder))
    limits = threadpool_limits(1)
    keep_freed_memory()
    began = time.perf_counter()
    study: Study = pickle.loads(shipped.study)
    compile_for(study)
    return _Ready(study, probe(study), time.perf_counter() - began, limits)


@dataclass
class _UnderWay:
    """A block that the cluster computes: who may have it, since when, and how often it ended its workers."""

    cell: Cell
    block: int
    since: float
    futures: list[Any] = field(default_factory=list)
    deaths: int = 0
    copies: int = 0


@dataclass(frozen=True)
class Cluster:
    """The workers of a Dask scheduler at an address such as `tcp://host:8786`."""

    address: str

    def compute(
        self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool, watch: Watch = unwatched
    ) -> Iterator[Done]:
        """See `Workers.compute`."""
        if not waiting:
            return
        try:
            client = distributed.Client(self.address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"the scheduler {self.address} cannot be reached ({type(error).__name__}: {error}); start one with "
                "`dask scheduler`, and give its address as tcp://host:8786"
            ) from None
        try:
            yield from _Session(client, study, strict, self.address).compute(deque(waiting))
        finally:
            client.close(timeout=5)


class _Session:
    """One connection to a cluster."""

    def __init__(self, client: Any, study: Study, strict: bool, address: str) -> None:
        self.client, self.study, self.strict, self.address = client, study, strict, address
        self.key, self.wanted = study.fingerprint[:16], versions()
        self.probe = probe(study)
        self.under_way: dict[str, _UnderWay] = {}
        self.news = threading.Event()
        self.longest, self.greeted = 0.0, set[str]()

    def compute(self, left: deque[tuple[Cell, int]]) -> Iterator[Done]:
        """Every block, as the cluster finishes them."""
        self._ship()
        while left or self.under_way:
            while left and len(self.under_way) < self._room():
                cell, block = left.popleft()
                self._submit(_UnderWay(cell, block, time.monotonic()))
            yield from self._finished()
            if not left:
                self._again_if_late()

    def _ship(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=_PATIENCE)
            self.client.register_plugin(_Ship(_Shipped(self.key, pickle.dumps(self.study), _code_of(self.study))))
        except TimeoutError:
            raise InputError(f"{self.address} has no workers; start some with `dask worker {self.address}`") from None
        except Exception as error:
            raise InputError(
                f"the workers of {self.address} cannot take the study ({type(error).__name__}: {error}); install the "
                "same version of Loadstone for them"
            ) from error

    def _room(self) -> int:
        """Blocks that may be under way at once."""
        return int(_AHEAD * max(1, sum(self.client.nthreads().values())))

    def _submit(self, task: _UnderWay, workers: list[str] | None = None) -> None:
        name = f"loadstone-{self.key}-{task.cell.number}-{task.block}"
        task.copies += 1
        future = self.client.submit(
            _compute, self.key, task.cell.number, task.block, self.strict,
            key=f"{name}-{task.copies}", pure=False, workers=workers,
        )  # fmt: skip
        future.add_done_callback(lambda ended: self.news.set())
        task.futures.append(future)
        self.under_way[name] = task

    def _finished(self) -> Iterator[Done]:
        """Blocks that are finished within the next moment."""
        self.news.wait(_LOOK)
        self._check_connected()
        self.news.clear()
        for name, task in list(self.under_way.items()):
            # "lost": a worker that held the result has ended, and the scheduler has it computed by another.
            ended = [future for future in task.futures if future.status not in ("pending", "lost")]
            if not ended:
                continue
            computed = self._result(task, ended[0])
            if computed is None:
                continue
            for future in task.futures:
                future.cancel() if future.status == "pending" else future.release()
            del self.under_way[name]
            self.longest = max(self.longest, time.monotonic() - task.since)
            yield Done(task.cell, task.block, computed.content, computed.faults, self._greeting(computed))

    def _result(self, task: _UnderWay, future: Any) -> _Computed | None:
        """What a future brings; None where the block is begun again."""
        try:
            computed: _Computed = future.result()
        except CancelledError:
            task.futures.remove(future)
            self._check_connected()
            self._submit(task)
            return None
        except KilledWorker:
            task.deaths += 1
            if task.deaths >= _DEATHS:
                raise InputError(
                    f"block {task.block} of cell {task.cell.number} ended the workers that computed it {_DEATHS} times "
                    "over: a method ends its process, or their memory is short; `--processes` on one machine tells "
                    "which method"
                ) from None
            task.futures.remove(future)
            self._submit(task)
            return None
        self._check(computed)
        return computed

    def _check_connected(self) -> None:
        """Raises InputError where the scheduler is gone."""
        if self.client.status != "running":
            raise InputError(
                f"the scheduler {self.address} was lost; the same command goes on from what is stored when it is back"
            )

    def _check(self, computed: _Computed) -> None:
        """Raises InputError where a worker is not one whose blocks are this study's."""
        if computed.versions != self.wanted:
            raise InputError(
                f"the worker {computed.worker} has other versions ({differences(computed.versions, self.wanted)}); "
                "install the same there as here"
            )
        if computed.probe != self.probe:
            raise InputError(
                f"the worker {computed.worker} computes other last bits than this machine (another processor or "
                "library); use machines of one kind, or run this command on one of theirs"
            )

    def _greeting(self, computed: _Computed) -> str:
        if computed.worker in self.greeted:
            return ""
        self.greeted.add(computed.worker)
        return f"worker {computed.worker}: its loops were ready after {computed.seconds:.0f} s"

    def _again_if_late(self) -> None:
        """Have a late block computed by the other workers too: its own may be frozen. Both give the same bytes."""
        limit = max(_LATE * self.longest, _LATE_SECONDS)
        late = [t for t in self.under_way.values() if time.monotonic() - t.since > limit * len(t.futures)]
        if not late:
            return
        has = {key: worker for worker, keys in self.client.processing().items() for key in keys}
        for task in late:
            busy = {has.get(future.key) for future in task.futures}
            free = [worker for worker in self.client.nthreads() if worker not in busy]
            if free:
                self._submit(task, free)


def _code_of(study: Study) -> dict[str, bytes]:
    """The source of the study's methods from outside, and of the local code they import, by place."""
    modules = [sys.modules[m.entry.estimator.__module__] for m in study.methods if m.entry.origin]
    return {place: path.read_bytes() for module in modules for place, path in sources.files_of(module).items()}
