"""Code from outside: not run unasked, known by all it imports, and held to its contract."""

import json
import re
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import reports
from benchmarks.run import runner
from benchmarks.run.processes import Processes
from benchmarks.stored import store
from benchmarks.study.study import load
from estimators.base import Status
from sim.errors import InputError
from tests.benchmarks.trust.studies import QUIET, Typed, contents, started, with_method

pytestmark = pytest.mark.acceptance

FAILED = int(Status.RAISED)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for modules that are forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    forget(tmp_path)


def forget(folder: Path) -> None:
    """Let the modules of a folder be imported anew."""
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(folder)):
            del sys.modules[name]


def statuses(folder: Path, file: Path, **options: object) -> tuple[pd.Series, dict[str, str]]:
    """Run the study; statuses of the method from outside by replication, and what is kept of its failing."""
    study = load(str(file))
    runner.run(study, folder, 1, QUIET, **options)  # type: ignore[arg-type]
    estimates = store.cell_estimates(folder, study, 1)
    kept = json.loads((folder / "study.json").read_text()).get("failing", {})
    mine = estimates[estimates["method"] == "mine"].set_index("replication")
    bad = mine["status"] > Status.INADMISSIBLE
    assert mine.loc[bad, "value:eta2~eta1"].isna().all()
    assert (estimates.loc[estimates["method"] == "sumscores", "status"] == Status.OK).all()
    return mine["status"], kept.get("mine", {})


ALL = set(range(260))
#: (what `fit` does, replications that fail, what is told)
FAULTS = [
    ("raise RuntimeError('boom')", ALL, "RuntimeError: boom"),
    ("if 7 in batch.replications: raise ZeroDivisionError('late')", {7}, "ZeroDivisionError: late"),
    ("sys.exit(0)", ALL, "SystemExit: 0"),
    ("os._exit(0)", ALL, "os._exit(0) was called"),
    ("raise MemoryError('much')", ALL, "MemoryError"),
    ("return None", ALL, "gives NoneType"),
    ("return 'hello'", ALL, "gives str"),
    ("return given.rows(slice(1, None))", ALL, "is needed"),
    ("v = given.value * np.nan; given = given.replaced(value=v)", ALL, "only NaN beside a usable status"),
    ("v = given.value.copy(); v[::4] = np.nan; given = given.replaced(value=v)", set(range(0, 260, 4)), "NaN beside"),
    ("v = given.value.copy(); v[3] = np.inf; given = given.replaced(value=v)", {3, 259}, "an infinite value"),
    ("p = given.p_value.copy(); p[:] = 1.5; given = given.replaced(p_value=p)", ALL, "a p-value outside 0 to 1"),
    ("v = -abs(given.se); given = given.replaced(se=v)", ALL, "a negative or infinite standard error"),
    ("s = np.full_like(given.status, -3); given = given.replaced(status=s)", ALL, "status -3"),
    ("return replace(given, targets=given.targets[:1], value=given.value[:, :1], se=given.se[:, :1], "
     "lower=given.lower[:, :1], upper=given.upper[:, :1], p_value=given.p_value[:, :1])", ALL, "gives no r2(eta3)"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "failed", "told"), FAULTS, ids=[fault[0][:40] for fault in FAULTS])
def test_what_is_no_answer_fails_its_replications_alone(body: str, failed: set[int], told: str, place: Path) -> None:
    if failed == {3, 259}:  # the second block has four replications
        failed = {3, 256 + 3}
    status, kept = statuses(place / "results", with_method(place, body))
    assert set(np.flatnonzero(status == FAILED)) == failed
    assert told in kept["traceback"]


@pytest.mark.parametrize("body", [FAULTS[1][0], FAULTS[5][0]], ids=["some fail", "all fail"])
def test_a_report_is_written_beside_a_method_that_fails(body: str, place: Path) -> None:
    statuses(place / "results", with_method(place, body))
    assert reports.write(place / "results").exists()


def test_estimates_in_another_order_are_filed_under_their_names(place: Path) -> None:
    body = "return SumScores().fit(batch, model, tuple(reversed(wanted)))"
    file = with_method(place, body, extra="resamples = 20")
    text = file.read_text() + '\n[methods.right]\nestimator = "sumscores"\nresamples = 20\n'
    file.write_text(text.replace("replications = 260", "replications = 20"))
    study = load(str(file))
    runner.run(study, place / "results", 1, QUIET)
    estimates = store.cell_estimates(place / "results", study, 1).set_index("method")
    for column in ("value:eta2~eta1", "se:eta2~eta1", "lower:r2(eta3)"):
        np.testing.assert_array_equal(estimates.loc["mine", column], estimates.loc["right", column])


def test_what_a_method_does_to_its_data_stays_with_it(place: Path) -> None:
    body = "batch.answers[:] = 1; batch.moments.covariances[:] = 0.0; batch.retained[:] = False"
    study = load(str(with_method(place, body)))
    runner.run(study, place / "results", 1, QUIET)
    estimates = store.cell_estimates(place / "results", study, 1).set_index("method")
    plain = place / "plain.toml"
    plain.write_text((place / "own.toml").read_text().partition("[methods.mine]")[0])
    runner.run(load(str(plain)), place / "plain", 1, QUIET)
    alone = store.cell_estimates(place / "plain", load(str(plain)), 1).set_index("method")
    for name in ("sumscores", "pls"):
        pd.testing.assert_frame_equal(estimates.loc[name], alone.loc[name], check_exact=True)


def test_strict_stops_at_the_first_failing_method(place: Path) -> None:
    with pytest.raises(InputError, match=r"method mine fails in block \d of cell \d(?s:.*)boom"):
        statuses(place / "results", with_method(place, "raise RuntimeError('boom')"), strict=True)


def test_a_method_that_never_returns_is_given_up_after_its_time(place: Path) -> None:
    # Not a timed test: the second block never ends, whatever the machine; the first takes no time to speak of.
    file = with_method(place, "while first >= 256: time.sleep(1)")
    status, kept = statuses(place / "results", file, by=Processes(1, limit=6.0))
    assert set(np.flatnonzero(status == Status.OVERTIME)) == {256, 257, 258, 259}
    assert "longer than 6 seconds" in kept["traceback"]


def test_the_next_run_says_which_method_was_fitted_when_the_process_ended(place: Path) -> None:
    # An exit in C, which no Python code can stop, the first time only.
    here = "os.path.join(os.path.dirname(__file__), 'ran')"
    body = (
        f"import ctypes\nif not os.path.exists({here}):\n    open({here}, 'w').close()\n    ctypes.CDLL(None)._exit(0)"
    )
    file = with_method(place, body)
    # Two cells, so that both threads begin with a first block.
    file.write_text(file.read_text().replace("n = [30]", "n = [30, 40]"))
    ended = started(place, "run", file.name, "--allow-code", "--workers", "2", "--out", "results")
    assert (place / "ran").exists()
    assert "report:" not in ended.stdout
    study, told = load(str(file)), [Console(record=True, file=StringIO(), width=500) for _ in range(2)]
    for console in told:
        runner.run(study, place / "results", 2, console)
    first, second = (console.export_text() for console in told)
    assert "ended without a word while method mine was fitted (block 0 of cell " in first
    assert "--processes tells" in first
    assert "without a word" not in second
    runner.run(study, place / "once", 1, QUIET)
    assert contents(place / "results") == contents(place / "once")


def test_a_method_that_ends_its_process_otherwise_is_noticed(place: Path) -> None:
    body = "import signal\nif first >= 256: os.kill(os.getpid(), signal.SIGSEGV)"
    file = with_method(place, body)
    status, kept = statuses(place / "results", file, by=Processes(1))
    assert set(np.flatnonzero(status == FAILED)) == {256, 257, 258, 259}
    assert "ended the process that it ran in" in kept["traceback"]


# --- nothing is run unasked ---


def test_code_is_not_run_before_the_user_has_said_so(place: Path, typed: Typed) -> None:
    file = with_method(place, "pass")
    (place / "mine.py").write_text("open('ran', 'w')\n" + (place / "mine.py").read_text())
    ended = typed(place, "run", file.name)
    assert ended.returncode == 2
    assert "'mine:Mine' is code of somebody's own" in ended.stderr
    assert "--allow-code" in ended.stderr
    assert typed(place, "list").returncode == 0
    assert typed(place, "report", file.name).returncode == 2
    assert not (place / "ran").exists()
    # In a process of its own, so that this one has never been allowed to.
    ended = started(place, "run", file.name, "--allow-code")
    assert ended.returncode == 0, ended.stderr
    (place / "ran").unlink()
    assert typed(place, "report", file.name).returncode == 0
    assert "mine" not in sys.modules
    assert not (place / "ran").exists()


# --- code is part of the key ---


def test_code_that_an_estimator_imports_is_part_of_the_study(place: Path) -> None:
    file = with_method(place, "pass")
    runner.run(load(str(file)), place / "results", 1, QUIET)
    (place / "helper.py").write_text("FACTOR = 0.5\n")
    forget(place)
    with pytest.raises(InputError, match=r"other code \(mine: mine sha256"):
        runner.run(load(str(file)), place / "results", 1, QUIET)


@pytest.mark.parametrize(
    "line",
    ["import helper as again", "importlib = __import__('importlib'); importlib.import_module('deep')",
     "    # inside a function\ndef later():\n    import deep", "import package.part", "from package import part"],
)  # fmt: skip
def test_every_way_to_import_is_followed(line: str, place: Path) -> None:
    file = with_method(place, "pass")
    (place / "package").mkdir()
    for path in (place / "deep.py", place / "package" / "__init__.py", place / "package" / "part.py"):
        path.write_text("VALUE = 1\n")
    (place / "helper.py").write_text(f"FACTOR = 1.0\n{line.strip() if 'inside' not in line else line}\n")
    origins = []
    for value in (1, 1, 2):
        for path in (place / "deep.py", place / "package" / "part.py", place / "helper.py"):
            text = re.sub(r"#?VALUE = \d|# \d$", "", path.read_text(), flags=re.M).rstrip()
            keep = f"VALUE = {value}\n" if path.name != "helper.py" else f"# {value if 'again' in line else 0}\n"
            path.write_text(f"{text}\n{keep}")
        forget(place)
        origins.append(load(str(file)).code["mine"])
    assert origins[0] == origins[1] != origins[2]


def test_installed_packages_count_by_their_version(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = with_method(place, "pass")
    one = load(str(file)).code["mine"]
    monkeypatch.setattr("estimators.sources.version", lambda name: "0.0")
    forget(place)
    assert load(str(file)).code["mine"] != one
