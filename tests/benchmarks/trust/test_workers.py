"""Threads, processes, a Dask cluster, shares: whoever computes, whatever happens to them, the files are the same."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.run import runner, shards, workers
from benchmarks.run.choices import chosen, share_of
from benchmarks.run.processes import Processes
from benchmarks.run.workers import Threads
from benchmarks.stored import blocks
from benchmarks.stored.verifying import verified
from benchmarks.study.study import load, with_replications
from sim.errors import InputError
from tests.benchmarks.trust.studies import (
    QUIET,
    Typed,
    changed,
    command,
    contents,
    environment,
    started,
    with_method,
)
from tests.full import FULL

pytestmark = pytest.mark.acceptance

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study of 24 blocks, run by one thread into `results`."""
    folder = tmp_path_factory.mktemp("done")
    (folder / "small.toml").write_text(changed(replications="3000"))
    runner.run(load(str(folder / "small.toml")), folder / "results", 1, QUIET)
    return folder


def test_processes_give_the_files_of_threads(done: Path, tmp_path: Path) -> None:
    runner.run(load(str(done / "small.toml")), tmp_path, 2, QUIET, by=Processes(2))
    assert contents(tmp_path) == contents(done / "results")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((2, 2, None, None, None), "do not go together"),
        ((0, None, None, None, None), "--workers is 0"),
        ((1_000_000, None, None, None, None), "at most 1024"),
        ((None, 100_000, None, None, None), "--processes is 100000"),
        ((None, None, None, 5.0, None), "needs --processes"),
        ((None, 1, None, -1.0, None), "--time-limit is -1"),
        ((None, 1, None, float("nan"), None), "--time-limit is nan"),
        ((None, None, None, None, "0/3"), "--shard is 0/3"),
        ((None, None, None, None, "4/3"), "--shard is 4/3"),
        ((None, None, None, None, "1/10000000"), "--shard is"),
    ],
)
def test_workers_that_cannot_be_are_refused(words: tuple[object, ...], told: str) -> None:
    with pytest.raises(InputError, match=told):
        chosen(*words)  # type: ignore[arg-type]


def test_a_group_of_blocks_takes_the_place_of_its_blocks(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With groups of 4 in place of 64: 11 full blocks and a part are 2 groups and 4 blocks; the numbers stay.
    for module in ("benchmarks.stored.blocks", "benchmarks.stored.cells", "benchmarks.run.runner"):
        monkeypatch.setattr(f"{module}.GROUP", 4)
    study = load(str(done / "small.toml"))
    runner.run(with_replications(study, 1200), tmp_path / "grown", 1, QUIET)
    runner.run(study, tmp_path / "grown", 2, QUIET)
    runner.run(study, tmp_path / "once", 1, QUIET)
    assert contents(tmp_path / "grown") == contents(tmp_path / "once")
    names = sorted(path.name for path in (tmp_path / "once" / "blocks" / "cell-0001").iterdir())
    assert names == [
        *(f"block-{block:06d}.parquet" for block in (8, 9, 10, 11)),
        "blocks-000000-000003.parquet",
        "blocks-000004-000007.parquet",
    ]
    measured = contents(tmp_path / "once")["measures.parquet"]
    assert measured == contents(done / "results")["measures.parquet"]
    assert "12 files of blocks" in verified(tmp_path / "once")
    # A run that was killed between the group and the removal of its blocks.
    single = blocks.block_path(tmp_path / "once", 1, 2)
    shutil.copy(blocks.block_path(done / "results", 1, 2), single)
    runner.run(study, tmp_path / "once", 1, QUIET)
    assert not single.exists()
    group = blocks.group_path(tmp_path / "once", 1, 0)
    shutil.copy(blocks.group_path(tmp_path / "once", 2, 0), group)
    with pytest.raises(InputError, match="does not belong where it stands"):
        runner.run(study, tmp_path / "once", 1, QUIET)


# --- shares ---


def test_shares_are_merged_into_the_files_of_one_run(done: Path, tmp_path: Path) -> None:
    study = load(str(done / "small.toml"))
    places = [tmp_path / f"share-{k}" for k in (1, 2, 3)]
    for k, place in enumerate(places, start=1):
        runner.run(study, place, 1, QUIET, share=(k, 3))
    with pytest.raises(InputError, match=r"8 of 24 blocks are in none .*; run --shard 2/3"):
        shards.merge(study, [places[0], places[2]], tmp_path / "merged", QUIET)
    assert not (tmp_path / "merged").exists()
    shards.merge(study, places, tmp_path / "merged", QUIET)
    assert contents(tmp_path / "merged") == contents(done / "results")
    with pytest.raises(InputError, match="is for the share 1/3 of this study, not for the whole study"):
        runner.run(study, places[0], 1, QUIET)
    (tmp_path / "other.toml").write_text(changed(seed="12"))
    other = load(str(tmp_path / "other.toml"))
    with pytest.raises(InputError, match="another version of this study"):
        shards.merge(other, places, tmp_path / "wrong", QUIET)
    with pytest.raises(InputError, match="no results folder of a share"):
        shards.merge(study, [tmp_path / "nowhere"], tmp_path / "wrong", QUIET)


def test_a_damaged_share_is_not_merged(done: Path, tmp_path: Path) -> None:
    study = load(str(done / "small.toml"))
    runner.run(study, tmp_path / "share", 1, QUIET, share=(1, 1))
    path = blocks.block_path(tmp_path / "share", 1, 3)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 3] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(InputError, match="damaged"):
        shards.merge(study, [tmp_path / "share"], tmp_path / "merged", QUIET)


def test_every_block_is_in_one_share(done: Path) -> None:
    study = load(str(done / "small.toml"))
    pairs = [pair for k in range(1, 8) for pair in runner.shared(study, share_of(f"{k}/7"))]
    assert sorted((cell.number, block) for cell, block in pairs) == [(c, b) for c in (1, 2) for b in range(12)]


# --- kills ---


def killed_again_and_again(done: Path, place: Path, kills: int, seed: int, typed: Typed) -> None:
    """Run the study with workers of changing kind and number, killed at random moments; then to its end."""
    pick = random.Random(seed)
    for _ in range(kills):
        kind = pick.choice(["--workers", "--workers", "--processes"])
        words = command("run", "small.toml", "--out", place, kind, pick.choice([1, 2, 3]))
        running = subprocess.Popen(
            words, cwd=done, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(pick.uniform(1.0, 6.0))
        if running.poll() is None:
            os.killpg(running.pid, pick.choice(SIGNALS))
        running.wait(timeout=60)
        if running.returncode == 0:
            shutil.rmtree(place)
    assert typed(done, "run", "small.toml", "--out", place).returncode == 0


def test_kills_change_nothing(done: Path, tmp_path: Path, typed: Typed) -> None:
    killed_again_and_again(done, tmp_path / "out", kills=3, seed=1, typed=typed)
    same_as_one_run(done, tmp_path / "out")


@pytest.mark.acceptance
@pytest.mark.skipif(not FULL, reason="takes ten minutes: LOADSTONE_FULL=1; the test before it kills three times")
def test_a_hundred_kills_change_nothing(done: Path, tmp_path: Path, typed: Typed) -> None:
    for seed in range(2, 12):
        killed_again_and_again(done, tmp_path / str(seed), kills=10, seed=seed, typed=typed)
        same_as_one_run(done, tmp_path / str(seed))


def same_as_one_run(done: Path, place: Path) -> None:
    """The results are those of one run that nobody disturbed, and no other file is there but the report."""
    once, here = contents(done / "results"), contents(place)
    listed = "SHA256SUMS"  # which names the report too
    assert {name: here[name] for name in once if name != listed} == {n: t for n, t in once.items() if n != listed}
    assert all(name.split("/")[0] in (*once, "report.html", "tables", "figures", "blocks") for name in here)


# --- Dask ---


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


class DaskProcesses:
    """A scheduler and worker processes of a Dask cluster on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.address = folder, f"tcp://127.0.0.1:{free_port()}"
        self.running: list[subprocess.Popen[bytes]] = []
        self.start("dask_scheduler", "--port", self.address.rpartition(":")[2], "--host", "127.0.0.1")

    def start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        """A process of the cluster."""
        log = (self.folder / f"{len(self.running)}.log").open("wb")
        started = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *words],
            cwd=self.folder, env=environment(), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        self.running.append(started)
        return started

    def worker(self) -> subprocess.Popen[bytes]:
        """One more worker, of one thread, without a nanny that would start it again."""
        return self.start("dask_worker", self.address, "--nthreads", "1", "--no-nanny")

    def end(self) -> None:
        """End every process of the cluster."""
        for each in self.running:
            each.send_signal(signal.SIGCONT)
            each.kill()
            each.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskProcesses]:
    """A scheduler without workers."""
    pytest.importorskip("distributed")
    made = DaskProcesses(tmp_path)
    yield made
    made.end()


def disturbed(done: Path, place: Path, cluster: DaskProcesses, workers: int, kill: int, pause: int, seed: int) -> None:
    """Run the study on workers of which some are killed and some stopped and continued while it runs."""
    pick = random.Random(seed)
    there = [cluster.worker() for _ in range(workers)]
    running = subprocess.Popen(
        command("run", "small.toml", "--out", place, "--scheduler", cluster.address),
        cwd=done, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while running.poll() is None and len(list(place.glob("blocks/*/*.parquet"))) < 2:
        time.sleep(0.05)
    pick.shuffle(there)
    for each in there[:kill]:
        time.sleep(pick.uniform(0, 0.3))
        each.kill()
    for each in there[kill : kill + pause]:
        each.send_signal(signal.SIGSTOP)
        time.sleep(pick.uniform(1, 4))
        each.send_signal(signal.SIGCONT)
    told, _ = running.communicate(timeout=400)
    assert running.returncode == 0, told
    assert "its loops were ready after" in told


@pytest.mark.acceptance
def test_a_method_from_outside_travels_to_the_workers(tmp_path: Path, cluster: DaskProcesses) -> None:
    file = with_method(tmp_path, "if first >= 256: raise RuntimeError('late')")
    cluster.worker()
    for name, by in (("dask", ["--scheduler", cluster.address]), ("threads", ["--workers", "1"])):
        ended = started(tmp_path, "run", file.name, "--allow-code", "--out", name, *by)
        assert ended.returncode == 0, ended.stderr
    one, two = (
        {n: t for n, t in contents(tmp_path / name).items() if n == "measures.parquet"} for name in ("dask", "threads")
    )
    assert one == two


def test_a_scheduler_that_is_not_there_is_told(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    from benchmarks.run import cluster as clusters

    monkeypatch.setattr(clusters, "_PATIENCE", 2.0)
    study = load(str(done / "small.toml"))
    with pytest.raises(InputError, match="cannot be reached"):
        runner.run(study, tmp_path / "out", 1, QUIET, by=clusters.Cluster(f"tcp://127.0.0.1:{free_port()}"))


@pytest.mark.acceptance
@pytest.mark.parametrize("seed", range(10 if FULL else 1))
def test_four_workers_two_killed_one_paused(done: Path, tmp_path: Path, cluster: DaskProcesses, seed: int) -> None:
    disturbed(done, tmp_path / "out", cluster, workers=4, kill=2, pause=1, seed=seed)
    same_as_one_run(done, tmp_path / "out")


def test_threads_keep_no_more_blocks_under_way_than_are_stored(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = load(str(done / "small.toml"))
    begun, real = [], workers.block_file

    def counted(*words: object) -> tuple[bytes, dict[str, str]]:
        begun.append(words)
        return real(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "block_file", counted)
    finished = Threads(2).compute(study, runner.shared(study), False)
    next(finished)
    before = threading.active_count()
    # Nobody takes more: two blocks for each thread at the most are finished or under way, and the one that was taken.
    time.sleep(1.0)
    assert len(begun) <= 2 * 2 + 1
    finished.close()  # type: ignore[attr-defined]
    for _ in range(100):
        if threading.active_count() < before:
            break
        time.sleep(0.1)
    assert threading.active_count() < before
    assert len(begun) <= 2 * 2 + 1
