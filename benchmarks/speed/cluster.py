"""Throughput of one Dask worker against one thread: `python -m benchmarks.speed.cluster [REPLICATIONS] [ROUNDS]`.

One worker process of one thread on this machine, the client beside it. Rounds take turns, so that what else the machine
does falls on both; the fastest of each count. Blocks travel over the loopback, as between machines but faster.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks.run.cluster import Cluster
from benchmarks.run.estimating import compile_for
from benchmarks.run.runner import shared
from benchmarks.run.workers import Threads, Workers
from benchmarks.study.study import Study, load, with_replications

STUDY = "kock-2019"
ADDRESS = "tcp://127.0.0.1:18786"


def per_second(study: Study, workers: Workers) -> float:
    """Replications a second, from the first block that comes back to the last."""
    began, count = 0.0, 0
    for done in workers.compute(study, shared(study), False):
        if not began:
            began = time.perf_counter()
            continue
        count += study.block_size(done.block)
    return count / (time.perf_counter() - began)


def main(replications: int, rounds: int) -> None:
    """Measure and print."""
    study = with_replications(load(STUDY), replications)
    compile_for(study)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        words = ([sys.executable, "-m", f"distributed.cli.{each}"] for each in ("dask_scheduler", "dask_worker"))
        scheduler, worker = words
        running = [
            subprocess.Popen([*each, "--no-dashboard"], cwd=folder, stdout=log, stderr=log)
            for each in ([*scheduler, "--host", "127.0.0.1", "--port", ADDRESS.rpartition(":")[2]],
                         [*worker, ADDRESS, "--nthreads", "1", "--no-nanny"])
        ]  # fmt: skip
        try:
            kinds: dict[str, Workers] = {"thread": Threads(1), "Dask worker": Cluster(ADDRESS)}
            with threadpool_limits(1):
                found = [{name: per_second(study, by) for name, by in kinds.items()} for _ in range(rounds)]
        finally:
            for each in running:
                each.kill()
                each.wait()
    best = {name: max(each[name] for each in found) for name in kinds}
    console = Console(soft_wrap=True, highlight=False)
    for name, value in best.items():
        console.print(f"one {name}: {value:,.0f} replications of {STUDY} a second")
    console.print(f"ratio {best['Dask worker'] / best['thread']:.2f}")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["5120", "3"][len(sys.argv) - 1 :])))
