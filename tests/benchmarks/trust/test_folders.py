"""Whose results a folder holds: marks, the lock, --fresh, links, reports of what was not run."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import reports
from benchmarks.run import runner
from benchmarks.run.workers import Done, Threads, Watch
from benchmarks.stored import mark
from benchmarks.stored.lock import Lock
from benchmarks.study.cells.cell import Cell
from benchmarks.study.study import Study, load, with_replications
from sim.errors import InputError
from tests.benchmarks.trust.studies import QUIET, Typed, changed, command, contents, environment

pytestmark = pytest.mark.acceptance


@pytest.fixture
def done(reported: Path, tmp_path: Path) -> Path:
    """A copy of the small study with its results and report in `results`."""
    shutil.copytree(reported, tmp_path, dirs_exist_ok=True)
    return tmp_path


def other(folder: Path, **changes: str) -> Study:
    """The small study changed, in a file beside it."""
    (folder / "other.toml").write_text(changed(**changes))
    return load(str(folder / "other.toml"))


def test_results_without_their_mark_are_refused(done: Path) -> None:
    (done / "results" / mark.NAME).unlink()
    before = contents(done / "results")
    for study in (load(str(done / "small.toml")), other(done, seed="12")):
        with pytest.raises(InputError, match=r"without fingerprint\.json.*--fresh"):
            runner.run(study, done / "results", 1, QUIET)
    assert contents(done / "results") == before


def test_fresh_leaves_nothing_of_the_older_run(done: Path, tmp_path: Path) -> None:
    (done / "results" / "tables" / "stale.csv").write_text("old")
    (done / "results" / "notes.txt").write_text("mine")
    study = other(done, seed="12", n="[50]")
    runner.run(study, done / "results", 1, QUIET, fresh=True)
    reports.write(done / "results")
    runner.run(study, tmp_path / "clean", 1, QUIET)
    reports.write(tmp_path / "clean")
    assert (done / "results" / "notes.txt").read_text() == "mine"
    (done / "results" / "notes.txt").unlink()
    assert contents(done / "results") == contents(tmp_path / "clean")


def test_a_removal_that_was_killed_is_finished_by_whoever_comes_next(
    done: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    study = other(done, seed="12")
    with monkeypatch.context() as patched:
        patched.setattr(mark, "_remove_folder", killed)
        with pytest.raises(KeyboardInterrupt):
            runner.run(study, done / "results", 1, QUIET, fresh=True)
    for each in (study, load(str(done / "small.toml"))):
        with pytest.raises(InputError, match="not marked as holding results"):
            mark.check_described(done / "results", each, "small.toml")
    runner.run(study, done / "results", 1, QUIET)
    runner.run(study, tmp_path / "clean", 1, QUIET)
    assert contents(done / "results") == contents(tmp_path / "clean")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"n": "[500]"}, "another version of this study"),
        ({"seed": "12"}, "another version of this study"),
        ({"title": '"Another"'}, "has changed since its results were measured"),
    ],
)
def test_a_report_is_refused_where_the_study_file_has_changed(done: Path, changes: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        mark.check_described(done / "results", other(done, **changes), "other.toml")


def test_a_report_says_that_other_replications_were_run(done: Path) -> None:
    few = with_replications(load(str(done / "small.toml")), 40)
    assert "300 replications were run; the study file asks for 40" in mark.check_described(done / "results", few, "x")


def test_results_of_an_older_program_have_one_message(done: Path, typed: Typed) -> None:
    # What versions before the sealed mark wrote.
    old = {"name": "small", "fingerprint": "0" * 64, "seed": 11}
    (done / "results" / mark.NAME).write_text(json.dumps(old))
    (done / "results" / "SHA256SUMS").unlink()
    for words in (("report", "small.toml"), ("run", "small.toml"), ("verify",)):
        place = ["--out", "results"] if len(words) == 2 else ["results"]
        ended = typed(done, *words, *place)
        assert ended.returncode == 2
        assert ended.stderr.startswith("loadstone: ")
        assert "holds results of an older version of the program" in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_a_report_of_no_folder_says_what_to_run(done: Path, typed: Typed) -> None:
    ended = typed(done, "report", "small.toml", "--out", "nowhere")
    assert ended.returncode == 2
    assert ended.stderr == (
        "loadstone: nowhere is not there, so that it has no study.json; `loadstone run small.toml` makes it\n"
    )


def test_measures_and_description_of_two_runs_do_not_go_together(done: Path) -> None:
    study = with_replications(load(str(done / "small.toml")), 40)
    runner.run(study, done / "few", 1, QUIET)
    shutil.copy(done / "few" / "measures.parquet", done / "results" / "measures.parquet")
    with pytest.raises(InputError, match=r"measures\.parquet is not what was written"):
        reports.write(done / "results")


def test_fewer_replications_use_the_first_ones_and_lose_none(done: Path, tmp_path: Path) -> None:
    study = with_replications(load(str(done / "small.toml")), 40)
    blocks = {name: text for name, text in contents(done / "results").items() if name.startswith("blocks")}
    runner.run(study, done / "results", 1, QUIET)
    runner.run(study, tmp_path / "few", 1, QUIET)
    assert {name: text for name, text in contents(done / "results").items() if name.startswith("blocks")} == blocks
    few = contents(tmp_path / "few")["measures.parquet"]
    assert (done / "results" / "measures.parquet").read_bytes() == few


def test_another_version_of_the_code_or_of_a_package_is_refused(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.study.study.program_code", lambda: "0" * 16)
    with pytest.raises(InputError, match=r"other code \(source: [0-9a-f]{16} there, 0{16} here"):
        runner.run(load(str(done / "small.toml")), done / "results", 1, QUIET)


# --- links ---


@pytest.mark.parametrize("name", ["tables", "figures", "blocks"])
def test_a_link_inside_the_results_is_not_followed(done: Path, name: str) -> None:
    outside = done / "outside"
    (done / "results" / name).rename(outside)
    before = contents(outside)
    (done / "results" / name).symlink_to(outside)
    with pytest.raises(InputError, match="is a link"):
        runner.run(load(str(done / "small.toml")), done / "results", 1, QUIET)
    if name == "tables":
        with pytest.raises(InputError, match="is a link"):
            reports.write(done / "results")
    assert contents(outside) == before


def test_a_linked_file_is_replaced_and_its_target_left_alone(done: Path) -> None:
    (done / "precious").write_text("precious")
    (done / "results" / "report.html").unlink()
    (done / "results" / "report.html").symlink_to(done / "precious")
    reports.write(done / "results")
    assert (done / "precious").read_text() == "precious"
    assert not (done / "results" / "report.html").is_symlink()


# --- one writer ---


def test_a_second_writer_is_told_who_writes(done: Path, typed: Typed) -> None:
    before = contents(done / "results")
    with Lock(done / "results"):
        for words in (["run", "small.toml"], ["run", "small.toml", "--fresh"]):
            ended = typed(done, *words, "--out", "results")
            assert ended.returncode == 2
            assert f"is being written by process {os.getpid()} on " in ended.stderr
    assert contents(done / "results") == before


def test_a_lock_ends_with_its_holder_however_that_ends(tmp_path: Path) -> None:
    program = "import sys, time; from pathlib import Path; from benchmarks.stored.lock import Lock\n"
    program += "Lock(Path(sys.argv[1])).__enter__(); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen(
        [command()[0], "-c", program, str(tmp_path)], env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    signed = json.loads((tmp_path / ".lock").read_text())
    assert signed["process"] == holder.pid
    with pytest.raises(InputError, match=f"process {holder.pid} on"), Lock(tmp_path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Lock(tmp_path) as lock:
        assert lock.held()
    assert not (tmp_path / ".lock").exists()


@pytest.mark.acceptance
def test_two_writers_at_once_end_as_one(done: Path, tmp_path: Path, typed: Typed) -> None:
    place = tmp_path / "both"
    both = [
        subprocess.Popen(command("run", "small.toml", "--out", place), cwd=done, env=environment(), text=True,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    codes = []
    for each in both:
        _, told = each.communicate(timeout=300)
        codes.append(each.returncode)
        assert each.returncode == 0 or "is being written by process" in told
    assert 0 in codes
    if codes == [0, 2] or codes == [2, 0]:
        typed(done, "run", "small.toml", "--out", place)
    assert contents(place) == contents(done / "results")


@dataclass(frozen=True)
class Moving:
    """Threads whose results folder is renamed or removed after the first block."""

    folder: Path
    gone: bool

    def compute(self, study: Study, waiting: Sequence[tuple[Cell, int]], strict: bool, watch: Watch) -> Iterator[Done]:
        """See `Workers.compute`."""
        for number, finished in enumerate(Threads(1).compute(study, waiting, strict, watch)):
            if number == 1:
                shutil.rmtree(self.folder) if self.gone else self.folder.rename(self.folder.with_name("moved"))
            yield finished


@pytest.mark.parametrize("gone", [False, True])
def test_a_folder_that_is_moved_or_removed_in_the_middle_stops_the_run(done: Path, gone: bool) -> None:
    study, place = load(str(done / "small.toml")), done / "fleeting"
    with pytest.raises(InputError, match="was moved or removed"):
        runner.run(study, place, 1, QUIET, by=Moving(place, gone))
    assert not place.exists()
    if not gone:
        (done / "moved").rename(place)
    runner.run(study, place, 1, QUIET)
    reports.write(place)
    assert contents(place) == contents(done / "results")


def test_a_killed_write_leaves_nothing_behind(done: Path) -> None:
    ended = subprocess.Popen([command()[0], "-c", ""])
    ended.wait()
    left = [done / "results" / name / f".x.{ended.pid}.part" for name in ("", "tables", "blocks/cell-0001")]
    for path in left:
        path.write_text("half")
    time.sleep(0)
    runner.run(load(str(done / "small.toml")), done / "results", 1, QUIET)
    assert not any(path.exists() for path in left)
