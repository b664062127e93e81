"""Two thousand fuzzed inputs: each a result or one message, no traceback, no hang, no more than 2 GB."""

import json
import subprocess
import sys

import pytest

from tests.bad_input import INSIDE
from tests.benchmarks.trust.studies import ROOT, environment
from tests.full import FULL

pytestmark = pytest.mark.acceptance

_GIGABYTES = 2.0


def came_of(first: int, count: int) -> None:
    """Hold the inputs of these seeds to the promise."""
    program = [sys.executable, "-m", "tests.benchmarks.trust.fuzz", str(first), str(count)]
    done = subprocess.run(program, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == count, f"seed {first + len(lines)} ended the process or never returned"
    for line in lines:
        assert line["code"] in (0, 2), line
        assert not [word for word in INSIDE if word in line["message"]], line
        assert line["code"] == 0 or line["message"].count("loadstone: ") == 1 or "Usage: " in line["message"], line
    most = max(line["peak"] for line in lines) / 1e6
    assert most < _GIGABYTES, f"{most:.1f} GB"


def test_a_sample_of_fuzzed_inputs() -> None:
    came_of(0, 15)


@pytest.mark.acceptance
@pytest.mark.parametrize("first", range(15, 2015 if FULL else 65, 50))
def test_two_thousand_fuzzed_inputs(first: int) -> None:
    came_of(first, 50)
