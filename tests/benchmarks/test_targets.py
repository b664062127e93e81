"""Targets in place of a number of replications: where cells stop, that only their blocks decide it, what is told."""

import dataclasses
import io
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks.evaluation.precision import Furthest, precision
from benchmarks.run import capacity, enough, runner, shards
from benchmarks.run.processes import Processes
from benchmarks.run.replay import replay
from benchmarks.run.workers import Workers
from benchmarks.stored import store
from benchmarks.stored.verifying import verified
from benchmarks.study.study import Study, load, with_replications
from reports.commands import expected
from reports.printing.typeset import as_csv
from reports.results import read
from reports.study import stopping as stopping_table
from sim.errors import InputError
from tests.benchmarks.trust.studies import contents
from tests.cases import REFERENCE

ROOT = REFERENCE.parent.parent
QUIET = Console(quiet=True)
STUDY = """
name = "targets"
[aims]
title = "Targets"
question = "Are these enough?"
[data]
population = "crm-clusters"
n = [30, 60]
seed = 11
[estimands]
targets = ["PERF~ACRM", "PERF~OCRM"]
[methods.sumscores]
[methods.ml]
[performance]
targets = { bias = { "PERF~ACRM" = 0.0045 }, coverage = 0.016, usable_rate = 0.02 }
most_replications = 1200
"""
#: An estimator whose estimate is the mean of one standard normal item: its variance is 1/n.
KNOWN = """
from dataclasses import dataclass
import numpy as np
from estimators.base import AlignedEstimator, Estimates

@dataclass(frozen=True)
class MeanOfFirst(AlignedEstimator):
    def without_inference(self):
        return self

    def estimate(self, batch, model, targets):
        value = np.repeat(batch.moments.means[:, :1], len(targets), axis=1)
        short = np.zeros((len(batch), len(model.blocks)), dtype=bool)
        return Estimates(targets, value, np.zeros(len(batch), dtype=np.int8), batch.retained, short)
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return load(str(written(tmp_path_factory.mktemp("study"))))


@pytest.fixture(scope="module")
def told() -> Console:
    """What the study's run is told to."""
    return Console(file=io.StringIO(), width=200)


@pytest.fixture(scope="module")
def finished(study: Study, told: Console, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, run once without interruption by one worker."""
    folder = tmp_path_factory.mktemp("finished")
    runner.run(study, folder, 1, told)
    return folder


def written(folder: Path, old: str = "", new: str = "") -> Path:
    """The study file, with a change."""
    path = folder / "targets.toml"
    assert old in STUDY
    path.write_text(STUDY.replace(old, new))
    return path


# --- where a cell stops ---


@pytest.mark.parametrize(("spread", "target"), [(1.0, 0.01), (1.0, 0.03), (0.2, 0.0021), (5.0, 0.04)])
def test_a_cell_stops_within_a_block_of_the_smallest_sufficient_number(spread: float, target: float) -> None:
    smallest = int(np.ceil((spread / target) ** 2 / 256))
    rng = np.random.default_rng(1)
    for _ in range(20):
        values = spread * rng.standard_normal(256 * 80)
        number, seen = 512, [0]
        while number != seen[-1]:
            seen.append(number)
            error = values[:number].std(ddof=1) / np.sqrt(number)
            number = enough.following(Furthest("m", "t", "bias", float(error), target), number, 10**7)
        # The estimated variance is off by a share sqrt(2/N): 1.4 % of 40 blocks at a standard error, half a block.
        chance = 3 * smallest * np.sqrt(2 / (256 * smallest))
        assert abs(seen[-1] // 256 - max(smallest, 2)) <= 1 + chance
        for earlier, later in itertools.pairwise(seen[1:]):
            assert later - earlier <= max((smallest * 256 - earlier) * 0.75, 256)


def test_progress_says_that_it_counts_a_round_and_what_is_planned_at_most(finished: Path, told: Console) -> None:
    lines = [line for line in told.file.getvalue().splitlines() if " of this round" in line]
    assert any(line.startswith("1,024 of 1,024 replications of this round (at most 2,400 in all), ") for line in lines)
    assert not [line for line in told.file.getvalue().splitlines() if " replications, " in line and "cell" not in line]


def test_rounds_do_not_depend_on_anything_but_the_error() -> None:
    of = Furthest("m", "t", "bias", 0.02, 0.01)
    assert enough.expected(of, 512) == 2048
    assert enough.following(of, 512, 10**6) == 512 + 3 * 256
    assert enough.following(of, 512, 1000) == 1000
    assert enough.following(of, 1000, 1000) == 1000
    assert enough.following(Furthest("m", "t", "bias", 0.01, 0.01), 512, 10**6) == 512
    assert enough.following(Furthest("m", "t", "bias", float("nan"), 0.01), 512, 10**6) == 1024
    assert enough.following(None, 512, 10**6) == 512


def test_a_study_with_a_known_variance_stops_at_the_number_that_follows_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "known_variance.py").write_text(KNOWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    text = STUDY.partition("[methods.sumscores]")[0].replace('"crm-clusters"', '"three-factors"')
    text = text.replace("[30, 60]", "[25, 100]").replace('"PERF~ACRM", "PERF~OCRM"', '"eta2~eta1"')
    (tmp_path / "known.toml").write_text(
        text + '[methods.mean]\nestimator = "known_variance:MeanOfFirst"\n[performance]\ntargets = { bias = 0.004 }\n'
    )
    known = load(str(tmp_path / "known.toml"))
    runner.run(known, tmp_path / "out", 1, QUIET)
    rows = pd.read_parquet(tmp_path / "out" / "measures.parquet")
    rows = rows[(rows["measure"] == "bias") & (rows["over"] == "usable")].set_index("n")
    for n in (25, 100):  # 1 / (n 0.004^2): 2,500 and 625 replications, which is 9.8 and 2.4 blocks
        smallest = int(np.ceil(1 / (n * 0.004**2) / 256))
        assert abs(rows.loc[n, "n_total"] // 256 - smallest) <= 1
        assert rows.loc[n, "mcse"] <= 0.004
        # One block fewer would not have been enough: the error was above the target there.
        values = store.cell_estimates(tmp_path / "out", read_as_run(known, tmp_path / "out"), 1 if n == 25 else 2)
        fewer = values["value:eta2~eta1"].to_numpy()[: rows.loc[n, "n_total"] - 256]
        assert len(fewer) < 512 or fewer.std(ddof=1) / np.sqrt(len(fewer)) > 0.004


def read_as_run(study: Study, folder: Path) -> Study:
    """The study with the replications that its cells reached."""
    stopping = read(folder).study.stopping
    assert stopping is not None
    return dataclasses.replace(study, reached={each.cell: each.replications for each in stopping.cells})


def test_cells_stop_apart_and_say_why(finished: Path) -> None:
    stopping = read(finished).study.stopping
    assert stopping is not None
    assert [each.met for each in stopping.cells] == [False, True]  # n = 30 needs more than 1,200 for the bias
    assert stopping.cells[0].replications == 1200
    assert 512 < stopping.cells[1].replications < 1200
    for each in stopping.cells:
        assert each.furthest is not None
        assert each.furthest.error is not None
        assert (each.furthest.error <= each.furthest.wanted) == each.met
    rows = pd.read_parquet(finished / "measures.parquet")
    assert set(rows.loc[rows["cell"] == 2, "n_total"]) <= {0, stopping.cells[1].replications}
    errors = rows[(rows["cell"] == 2) & (rows["over"] == "usable")]
    assert (errors.loc[errors["measure"] == "coverage", "mcse"] <= 0.016).all()
    assert (errors.loc[(errors["measure"] == "bias") & (errors["target"] == "PERF~ACRM"), "mcse"] <= 0.0045).all()
    table = as_csv(stopping_table.table(read(finished)))
    assert [line.split(",")[-6] for line in table.splitlines()[1:]] == ["no", "yes"]


def test_a_rate_of_one_is_not_known_exactly() -> None:
    text = STUDY.replace("[30, 60]", "[400]").replace("targets = {", "level = 0.9\ntargets = { power = 0.0008 } #")
    with_power = text.replace('["PERF~ACRM", "PERF~OCRM"]', '["PERF~ACRM"]').replace("[methods.ml]\n", "")
    place = Path(os.environ.get("TMPDIR", "/tmp")) / "loadstone-rate-of-one.toml"
    place.write_text(with_power)
    try:
        loaded = with_replications(load(str(place)), 512)
    finally:
        place.unlink()
    cell = loaded.cells[0]
    tables = [runner.block_table(loaded, cell, block).to_pandas() for block in range(2)]
    found = precision(loaded, cell, {"sumscores": pd.concat(tables)}).furthest
    assert found is not None
    # Wilson's interval of 512 of 512 has the length z^2 / (512 + z^2); its half over 1.96 is 0.0019.
    assert found.error == pytest.approx(1.96 / (512 + 1.96**2) / 2, rel=1e-3)
    assert not found.met


# --- the same bits ---


@pytest.mark.parametrize(
    "by", [None, pytest.param(Processes(2), marks=pytest.mark.acceptance)], ids=["threads", "processes"]
)
def test_other_workers_give_the_same_files(study: Study, finished: Path, tmp_path: Path, by: Workers | None) -> None:
    runner.run(study, tmp_path, 2, QUIET, by=by)
    assert contents(tmp_path) == contents(finished)
    assert verified(tmp_path)


@pytest.mark.acceptance
def test_killed_three_times_and_resumed_ends_with_the_same_files(study: Study, finished: Path, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from rich.console import Console
from benchmarks.run import runner
from benchmarks.study import study
runner.run(study.load(sys.argv[1]), Path(sys.argv[2]), 1, Console(quiet=True))
"""
    command = [sys.executable, "-c", program, str(written(tmp_path)), str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    moments = random.Random(5)
    for _ in range(3):
        before = len(list(tmp_path.glob("out/blocks/*/*.parquet")))
        running = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while running.poll() is None and len(list(tmp_path.glob("out/blocks/*/*.parquet"))) < before + 1:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.03))
        assert running.poll() is None  # it interrupts real work
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert not (tmp_path / "out" / "measures.parquet").exists()
    runner.run(study, tmp_path / "out", 1, QUIET)
    assert contents(tmp_path / "out") == contents(finished)


def test_a_replication_is_replayed(study: Study, finished: Path, tmp_path: Path) -> None:
    run = read_as_run(study, finished)
    whole = store.cell_estimates(finished, run, 2)
    last = run.replications_of(run.cells[1]) - 1
    _, _, table = replay(study, study.cells[1], last, tmp_path)
    for method in ("sumscores", "ml"):
        stored = whole[(whole["method"] == method) & (whole["replication"] == last)].iloc[0]
        found = table[(table["method"] == method) & (table["target"] == "PERF~ACRM")].iloc[0]
        assert stored["value:PERF~ACRM"] == found["value"]


def test_targets_change_no_block(study: Study, finished: Path, tmp_path: Path) -> None:
    fixed = with_replications(study, 512)
    assert fixed.fingerprint == study.fingerprint
    runner.run(fixed, tmp_path, 1, QUIET)
    assert store.block_path(tmp_path, 1, 1).read_bytes() == store.block_path(finished, 1, 1).read_bytes()


# --- what is told, and what is refused ---


def test_a_dry_run_tells_what_a_run_will_take_and_stores_nothing(study: Study, tmp_path: Path) -> None:
    found = capacity.dry_run(study, 2)
    assert [each.cell.n for each in found] == [30, 60]
    assert found[0].replications == 1200
    stopping = [each.replications for each in found]
    assert 512 <= stopping[1] <= 1200
    told = list(expected.lines(found, 2, capacity.free_disk(tmp_path / "not" / "there")))
    assert "n = 30" in told[0]
    assert f"{sum(stopping):,} replications" in told[-1]
    fixed = capacity.expect(with_replications(study, 2560), study.cells[0])
    assert fixed.furthest is None
    whole = store.block_path(tmp_path, 1, 0)
    runner.run(with_replications(study, 256), tmp_path, 1, QUIET)
    assert fixed.size == pytest.approx(10 * whole.stat().st_size, rel=0.01)


def test_shares_are_refused_by_name(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--shard does not go with performance\.targets"):
        runner.run(study, tmp_path, 1, QUIET, share=(1, 2))
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"merge does not go with performance\.targets"):
        shards.merge(study, [tmp_path], tmp_path / "out", QUIET)


def test_a_target_that_nobody_measures_is_refused_after_one_round(tmp_path: Path) -> None:
    path = written(tmp_path, "coverage = 0.016, usable_rate = 0.02", "type_1_error = 0.02")
    with pytest.raises(InputError, match=r"targets\.type_1_error: no method gives it in any cell: it needs a p-value"):
        runner.run(load(str(path)), tmp_path / "out", 1, QUIET)
    assert len(list(tmp_path.glob("out/blocks/*/*"))) == 4


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed = 11", "seed = 11\nreplications = 100", "data.replications: performance.targets are given too"),
        ("coverage = 0.016", "coverag = 0.016", "must be a measure of a method or an estimand"),
        ("coverage = 0.016", "size_adjusted_power = 0.016", "must be a measure of a method or an estimand"),
        ("coverage = 0.016", "coverage = 0", "greater than 0"),
        ("coverage = 0.016", "bias_difference = 0.016", "give performance.reference"),
        ('"PERF~ACRM" = 0.0045', '"PERF~ACR" = 0.0045', "is the name of no estimand"),
        ("usable_rate = 0.02", 'usable_rate = { "PERF~ACRM" = 0.02 }', "is of a whole method"),
        ("targets = { bias", "# targets = { bias", "data.replications: is missing"),
        ("most_replications = 1200", "most_replications = 100", "512"),
    ],
)
def test_mistakes_are_told_before_anything_is_drawn(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load(str(written(tmp_path, old, new)))


def test_the_most_replications_go_with_targets_only(tmp_path: Path) -> None:
    text = STUDY.partition("[performance]")[0].replace("seed = 11", "seed = 11\nreplications = 20")
    (tmp_path / "most.toml").write_text(text + "[performance]\nmost_replications = 1000\n")
    with pytest.raises(InputError, match=r"most_replications: belongs to performance\.targets"):
        load(str(tmp_path / "most.toml"))
    assert load(str(written(tmp_path)), quick=True).replications == 200
    assert not load(str(written(tmp_path)), quick=True).sequential
