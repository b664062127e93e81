"""`loadstone doctor`, `--json`, completion of words, and progress: what the command line says of itself."""

import io
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import loadstone
import reports
from benchmarks.doctor import checks, installation
from benchmarks.doctor.checks import Check, Wrong
from benchmarks.portraits import from_table
from benchmarks.portraits.portrait import portrait
from benchmarks.run.progress import Parts, Steps
from benchmarks.study import study as studies
from reports.commands import house
from reports.commands.options import population_names, study_names
from reports.drawing import check as drawing_check
from reports.printing import as_json
from sim import catalogue
from sim.tables import spans
from sim.tables.reading.named import locate

# --- the doctor ---


def test_a_sound_installation_is_told_so(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("doctor") in (0, None)
    told = capsys.readouterr().out
    assert "All is well." in told
    for word in ("numba", "processors", "are compiled, in", "figures can be drawn"):
        assert word in told
    assert not list(tmp_path.iterdir())


def test_every_extra_for_users_is_told_of():
    told = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = {
        extra: [re.split("[><=]", each)[0] for each in told[extra]] for extra in told if extra not in ("test", "dev")
    }
    assert {extra: list(packages) for extra, packages in installation.EXTRAS.items()} == asked


def test_what_fails_is_told_with_what_to_do(command, capsys, monkeypatch):
    def broken():
        raise OSError("no room")

    monkeypatch.setattr(checks, "CHECKS", (Check("a broken thing", broken, "make room"),))
    assert command("doctor") == 1
    told = capsys.readouterr().out
    assert "FAILS  a broken thing" in told
    assert "OSError: no room" in told
    assert "what to do: make room" in told
    assert "1 of 2 fail." in told


@pytest.mark.parametrize(
    ("place", "broken", "number"),
    [
        ("draw", lambda population, n, r, rng: rng.integers(1, 5, (r, n, 9)), 0),
        ("SumScores.fit", lambda self, batch, model, targets: type("E", (), {"value": np.zeros((1, 2))}), 1),
        ("ConsistentPLS.fit", lambda self, batch, model, targets: type("E", (), {"value": np.zeros((1, 2))}), 2),
        ("store.write_table", lambda path, table: (_ for _ in ()).throw(OSError("no room")), 4),
    ],
)
def test_every_check_notices_what_it_is_for(place, broken, number, monkeypatch):
    monkeypatch.setattr(f"benchmarks.doctor.checks.{place}", broken)
    assert checks.run((checks.CHECKS[number],))[0].wrong


def test_other_numbers_of_two_workers_are_noticed(monkeypatch):
    class Uneven(checks.Threads):
        def compute(self, *given):
            for done in super().compute(*given):
                yield type(done)(done.cell, done.block, done.content + b"!" * (self.number - 1), done.faults)

    monkeypatch.setattr(checks, "Threads", Uneven)
    assert "two workers" in checks.run((checks.CHECKS[3],))[0].wrong


def test_a_drawing_that_is_none_is_noticed(monkeypatch):
    monkeypatch.setattr(drawing_check.vega, "svg", lambda spec: "")
    with pytest.raises(Wrong):
        drawing_check.FIGURES.run()


def test_loops_are_found_where_numba_keeps_them():
    found = installation.loops()
    assert 0 < found.kept <= found.known
    assert all(any(folder.glob("*.nbi")) for folder in found.folders)


# --- JSON for programs ---


def test_list_as_json_names_all_there_is(command, capsys):
    assert command("list", "--json") in (0, None)
    told = json.loads(capsys.readouterr().out)
    assert list(told["studies"]) == list(studies.names())
    assert list(told["populations"]) == list(catalogue.names())


def test_show_as_json_has_every_number(command, capsys):
    assert command("show", "three-factors", "--json") in (0, None)
    told = json.loads(capsys.readouterr().out)
    shown = portrait("three-factors")
    assert [row["before_cut"] for row in told["quantities"]] == pytest.approx(list(shown.before), nan_ok=True)
    assert {row["name"] for row in told["quantities"]} == {target.name for target in shown.targets}
    assert command("show", "social-crm-interviews", "--json") in (0, None)
    assert json.loads(capsys.readouterr().out)["interviews_needed"][0]["share"] == 0.8


def test_replay_as_json_has_the_rows_of_the_file(command, capsys, tmp_path):
    place = str(tmp_path / "replay")
    words = ("replay", "crm-clusters", "--quick", "--cell", "1", "--replication", "3", "--out", place, "--json")
    assert command(*words) in (0, None)
    told = json.loads(capsys.readouterr().out)
    assert {row["method"] for row in told["rows"]} == {
        method.name for method in studies.load("crm-clusters", quick=True).methods
    }


def test_json_has_null_for_what_is_no_number():
    told = as_json.text({"a": [np.float64(1.5), math.nan, np.int64(2)], "b": (math.inf, None, True, "x")})
    assert json.loads(told) == {"a": [1.5, None, 2], "b": [None, None, True, "x"]}


# --- a shell that completes words ---


def test_names_are_those_of_the_catalogue():
    assert tuple(study_names("")) == studies.names()
    assert sorted(population_names("")) == sorted(catalogue.every_name())
    assert study_names("crm-") == [name for name in studies.names() if name.startswith("crm-")]


def test_bash_is_told_how_to_complete():
    words = {"_LOADSTONE_COMPLETE": "complete_bash", "COMP_WORDS": "loadstone run crm-c", "COMP_CWORD": "2"}
    program = "import sys; sys.argv = ['loadstone']; import loadstone; loadstone.app(prog_name='loadstone')"
    asked = [sys.executable, "-c", program]
    told = subprocess.run(asked, env=os.environ | words, capture_output=True, text=True, check=False).stdout
    assert told.split() == study_names("crm-c")
    assert "crm-clusters" in told.split()


# --- progress ---


def test_steps_are_told_in_a_log_now_and_then(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("benchmarks.run.progress.time.monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), width=200)
    with Steps(console, "first") as steps:
        for step in ("soon", "later", "at once after"):
            now[0] += 0 if step == "at once after" else 6
            steps.tell(step)
    assert console.file.getvalue() == "later\n"


def test_parts_are_told_with_the_time_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("benchmarks.run.progress.time.monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), width=200)
    with Steps(console, "reading ...") as steps:
        parts = Parts(steps, lambda: now[0])
        for done, at in ((1, 60.0), (2, 72.0), (4, 96.0)):  # the first compiles, and tells nothing of the pace
            now[0] = at
            parts.tell(done, 4)
    assert console.file.getvalue().splitlines() == [
        "1 of 4 parts done",
        "2 of 4 parts done, 0:24 left",
        "4 of 4 parts done",
    ]


def test_compile_says_what_is_done_and_left(monkeypatch, command):
    heard = []
    monkeypatch.setattr("benchmarks.own.compilation.compile_all", lambda tell: heard.append(tell))
    assert command("compile") in (0, None)
    assert getattr(heard[0], "__self__", None).__class__ is Steps
    assert loadstone.COMMANDS["compile"] is house.compile_loops


def test_reconstruct_says_how_far_it_is(monkeypatch):
    told: list[str] = []
    kinds = ("_unequal", "_dropped", "_loading", "_correlations", "_explained", "_shares", "_mean_answers")
    for kind in kinds:
        monkeypatch.setattr(spans, kind, lambda search: None)
    monkeypatch.setattr(from_table, "_measured", lambda *given: np.zeros(len(given[2])))
    from_table.reconstruct(locate("crm-clusters"), told.append)
    assert told[:7] == [f"looking for what the table leaves open: {i} of 7 kinds done" for i in range(7)]
    assert told[-1].endswith("of the set: 0 of 1 done")


def test_a_report_says_how_far_it_is(plain_report):
    told: list[str] = []
    reports.write(plain_report, progress=told.append)
    assert told[0].startswith("drawing the figures of the report: 0 of ")
    assert told[-1] == "writing the report ..."
