"""The runner: the same numbers to the last bit, whatever happens on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.evaluation.described.describe import Failing
from benchmarks.run import measuring, runner
from benchmarks.run.progress import Tracker, clock
from benchmarks.run.replay import replay
from benchmarks.stored import store
from benchmarks.study.study import load, with_replications
from estimators.base import Status
from tests.benchmarks.trust.studies import QUIET, contents

SMALL = Path(__file__).parent.parent / "small.toml"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The small study, run once without interruption by one worker."""
    folder = tmp_path_factory.mktemp("finished")
    runner.run(load(str(SMALL)), folder, 1, QUIET)
    return folder


def test_two_workers_give_the_same_files_as_one(finished, tmp_path):
    runner.run(load(str(SMALL)), tmp_path, 2, QUIET)
    assert contents(tmp_path) == contents(finished)


def test_processes_measure_what_one_measures(finished, monkeypatch):
    study = load(str(SMALL))
    alone = measuring.measured_cells(study, finished, 2)  # few cells: no process is started
    monkeypatch.setattr(measuring, "_MANY", 2)
    shared = measuring.measured_cells(study, finished, 2)
    assert len(shared.measures) == len(shared.told) == len(study.cells)
    for one, other in zip(alone.measures + alone.told, shared.measures + shared.told, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert not alone.failing.methods


def test_failures_of_two_shares_of_the_cells_are_counted_together():
    first, second = Failing(), Failing()
    first.add(0, 3, {"a": "earlier"})
    second.add(1, 0, {"a": "later", "b": "alone"})
    first.join(second)
    assert first.methods == {
        "a": {"blocks": 2, "cell": 0, "block": 3, "traceback": "earlier"},
        "b": {"blocks": 1, "cell": 1, "block": 0, "traceback": "alone"},
    }


@pytest.mark.acceptance
def test_killed_three_times_and_resumed_ends_with_the_same_files(finished, tmp_path):
    program = """
import sys
from pathlib import Path
from rich.console import Console
from benchmarks.evaluation.described.describe import Failing
from benchmarks.run import measuring, runner
from benchmarks.study import study
runner.run(study.load(sys.argv[1]), Path(sys.argv[2]), 1, Console(quiet=True))
"""
    command = [sys.executable, "-c", program, str(SMALL), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    moments = random.Random(20261122)
    for kill in range(3):
        before = len(list(tmp_path.glob("blocks/*/*.parquet")))
        running = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        # Kill at a random moment after this run has stored something, so that each kill interrupts real work.
        while running.poll() is None and len(list(tmp_path.glob("blocks/*/*.parquet"))) < before + 1:
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.05))
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert kill or not (tmp_path / "measures.parquet").exists()
    runner.run(load(str(SMALL)), tmp_path, 1, QUIET)
    assert contents(tmp_path) == contents(finished)


def test_only_missing_blocks_are_run_again(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "copy")
    lost = store.block_path(tmp_path / "copy", 2, 1)
    lost.unlink()
    study = load(str(SMALL))
    assert [(cell.number, block) for cell, block in runner.pending(study, tmp_path / "copy")] == [(2, 1)]
    runner.run(study, tmp_path / "copy", 1, QUIET)
    assert contents(tmp_path / "copy") == contents(finished)


@pytest.mark.parametrize(("cell", "replication"), [(1, 0), (1, 255), (2, 256), (2, 299)])
def test_a_replication_replayed_alone_gives_the_stored_numbers(finished, tmp_path, cell, replication):
    study = load(str(SMALL))
    data, estimates, _ = replay(study, study.cells[cell - 1], replication, tmp_path)
    assert pd.read_csv(data).shape == (study.cells[cell - 1].n, 19)
    stored = store.cell_estimates(finished, study, cell)
    again = pd.read_csv(estimates, dtype=str)  # Python reads a float back exactly
    for method in study.methods:
        row = stored[(stored["method"] == method.name) & (stored["replication"] == replication)].iloc[0]
        for target in study.estimands:
            mine = again[(again["method"] == method.name) & (again["target"] == target.name)].iloc[0]
            for part in store.PARTS:
                np.testing.assert_array_equal(float(mine[part]), row[f"{part}:{target.name}"])
            assert Status[mine["status"]] == row["status"]


def test_more_replications_extend_what_is_stored(finished, tmp_path):
    study = load(str(SMALL))
    runner.run(with_replications(study, 200), tmp_path, 1, QUIET)
    runner.run(study, tmp_path, 1, QUIET)
    assert contents(tmp_path) == contents(finished)


def test_other_methods_and_cells_do_not_change_a_number(finished, tmp_path):
    text = SMALL.read_text(encoding="utf-8").replace("n = [40, 60]", "n = [60]")
    text = text.replace("[methods.sumscores]\n\n[methods.ml]\n", "")
    (tmp_path / "less.toml").write_text(text, encoding="utf-8")
    study = load(str(tmp_path / "less.toml"))
    runner.run(study, tmp_path / "out", 1, QUIET)
    less = store.cell_estimates(tmp_path / "out", study, 1)
    more = store.cell_estimates(finished, load(str(SMALL)), 2)
    kept = more[more["method"].isin(["pls", "pls-screened"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(less, kept, check_exact=True)


def test_unfinished_files_of_killed_runs_never_count_and_are_removed(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "copy")
    path = store.block_path(tmp_path / "copy", 1, 0)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = path.parent / f".{path.name}.{ended.pid}.part"
    written_now = path.parent / f".{path.name}.{os.getpid()}.part"
    for unfinished in (left, written_now):
        unfinished.write_bytes(path.read_bytes()[:100])
    study = load(str(SMALL))
    assert runner.pending(study, tmp_path / "copy") == []
    store.claim(tmp_path / "copy", study, fresh=False)
    assert not left.exists()
    assert written_now.exists()


def test_measures_hold_counts_that_add_up(finished):
    study = load(str(SMALL))
    table = pd.read_parquet(finished / "measures.parquet")
    assert (table.loc[table["over"] != "population", "n_total"] == study.replications).all()
    assert (table["n_used"] <= table["n_total"]).all()
    rates = table[table["measure"].isin(["coverage", "power", "drop_rate", "convergence_rate"])]
    assert rates["value"].between(0, 1).all()
    assert (rates["mcse"] >= 0).all()
    every = table[(table["over"] == "all") & table["measure"].isin(["coverage", "power", "type_1_error"])]
    assert (every["n_used"] == study.replications).all()


def test_time_left_comes_from_the_work_of_this_run(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("benchmarks.run.progress.time.monotonic", lambda: now[0])
    tracker = Tracker(total=1000, done=600, work_left=400.0, console=QUIET)
    now[0] = 110.0
    tracker.advance(100, 100.0)
    # 100 of 400 units in 10 s leave 30 s; the 600 replications of the earlier run do not flatter the speed.
    assert tracker.text() == "700 of 1,000 replications, 10/s, 0:30 left"
    assert clock(3725) == "1:02:05"
