"""Two thousand fuzzed inputs: each a result or one message, no traceback, no hang, no more than 2 GB."""

import json
import os
import subprocess
import sys

import pytest

from tests.bad_input import INSIDE
from tests.benchmarks.trust.studies import ROOT, environment
from tests.full import FULL

#: Seconds for one input: far more than any takes, so that only what never ends is caught.
_MOST = 60
_GIGABYTES = 2.0


def came_of(first: int, count: int) -> None:
    """Hold the inputs of these seeds to the promise."""
    program = [sys.executable, "-m", "tests.benchmarks.trust.fuzz", str(first), str(count)]
    running = subprocess.Popen(program, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    lines = [json.loads(line) for line in running.stdout]
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert len(lines) == count, f"seed {first + len(lines)} ended the process or never returned"
    for line in lines:
        assert line["code"] in (0, 2), line
        assert not [word for word in INSIDE if word in line["message"]], line
        assert line["code"] == 0 or line["message"].count("loadstone: ") == 1 or "Usage: " in line["message"], line
    assert used.ru_maxrss < _GIGABYTES * 1e6, f"{used.ru_maxrss / 1e6:.1f} GB"


def test_a_sample_of_fuzzed_inputs() -> None:
    came_of(0, 15)


@pytest.mark.acceptance
@pytest.mark.parametrize("first", range(15, 2015 if FULL else 65, 50))
def test_two_thousand_fuzzed_inputs(first: int) -> None:
    came_of(first, 50)
