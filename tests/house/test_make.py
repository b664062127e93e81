"""The Makefile and what continuous integration runs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import LONG, longest_first

ROOT = Path(__file__).parent.parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)[0].split())


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
def test_a_bare_make_lists_every_target_and_does_nothing_else():
    # As typed in a terminal: a make inside `make test` would print the folders it enters and leaves.
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    printed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True, env=alone).stdout
    assert {line.split()[1] for line in printed.splitlines()} == TARGETS


def test_pip_is_asked_for_errors_only_and_keeps_its_exit_status():
    calls = re.findall(r"^.*pip install.*$", MAKEFILE, re.MULTILINE)
    assert len(calls) == 1  # every installation goes through INSTALL
    assert " -qq " in calls[0]
    assert not re.search(r"[|;>]", calls[0])  # no filter that an error, or its exit status, could be lost in


def test_ci_checks_style_and_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["lint", "test"]
    assert script.index("rm -rf .venv") < script.index("make lint")
    assert "    make test " in (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"lint", "test"} <= TARGETS


def test_long_files_are_run_first_and_exist():
    assert "--no-loadscope-reorder" in MAKEFILE  # else those with the most tests are first, however short each is
    assert [name for name in LONG if not (ROOT / "tests" / name).is_file()] == []
    paths = [ROOT / "tests" / name for name in ("sim/test_draw.py", LONG[1], "house/test_make.py", LONG[0])]
    assert longest_first(paths) == [paths[3], paths[1], paths[0], paths[2]]
