"""A study small enough to be run hundreds of times, and how to run it as a user does."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

import loadstone

ROOT = Path(loadstone.__file__).parent
QUIET = Console(quiet=True)
#: What runs the command in a folder: `started`, in a process of its own, or the fixture `typed`, in this one.
Typed = Callable[..., subprocess.CompletedProcess[str]]
SMALL = """
name = "small"

[aims]
title = "Small"
question = "Does it notice?"

[data]
population = "three-factors"
n = [30, 40]
replications = 300
seed = 11

[estimands]
targets = ["eta2~eta1", "r2(eta3)"]

[methods.sumscores]

[methods.pls]
screening = { threshold = 0.70 }
"""
#: What a page says of the machine and of the time that a run took, which no number depends on, and so its checksum.
#: Where run.json is lost, the page says nothing of them.
_TOLD_TIME = re.compile(
    rb"<dt>Hardware and time</dt><dd>(<p>[^<]*</p>)*</dd>|<p>[^<]* replications over all cells in [^<]*</p>"
    rb"|^[0-9a-f]{64}  report\.html$",
    re.MULTILINE,
)
#: A method from outside: least squares on the first item of each block, with what goes wrong put in for BODY.
METHOD = """
import os, sys, time
from dataclasses import dataclass, replace

import numpy as np

from estimators.base import Estimates, Status
from estimators.composites.sumscores import SumScores
from helper import FACTOR


@dataclass(frozen=True)
class Mine:
    def refusal(self, model):
        return None

    def without_inference(self):
        return self

    def fit(self, batch, model, targets=None):
        wanted = tuple(targets)
        given = SumScores().fit(batch, model, wanted)
        given = given.replaced(value=given.value * FACTOR)
        first = int(batch.replications[0])
        BODY
        return given
"""


def changed(**changes: str) -> str:
    """The study with pieces replaced, each named by its first word."""
    text = SMALL
    for key, value in changes.items():
        lines = [line for line in text.splitlines() if line.split(" = ")[0] == key]
        assert len(lines) == 1, key
        text = text.replace(lines[0], f"{key} = {value}")
    return text


def with_method(folder: Path, body: str, extra: str = "") -> Path:
    """A study file of one cell with a method from outside beside it, whose `fit` runs `body` before it returns."""
    (folder / "mine.py").write_text(METHOD.replace("BODY", body.replace("\n", "\n        ")))
    (folder / "helper.py").write_text("FACTOR = 1.0\n")
    text = changed(n="[30]", replications="260") + f'\n[methods.mine]\nestimator = "mine:Mine"\n{extra}\n'
    (folder / "own.toml").write_text(text)
    return folder / "own.toml"


def command(*words: object) -> list[str]:
    """The words of the command in a process of its own."""
    return [sys.executable, str(ROOT / "loadstone.py"), *map(str, words)]


def environment() -> dict[str, str]:
    """The environment of such a process."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def started(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """The command run to its end in a process of its own."""
    return subprocess.run(
        command(*words), cwd=folder, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name, but run.json, which tells on what machine and in what time, and what tells it."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "run.json"]
    return {str(path.relative_to(folder)): _without_time(path) for path in found}


def _without_time(path: Path) -> bytes:
    """What a file tells of numbers; of a page, without the empty lines that are left where it told of the time."""
    told = _TOLD_TIME.sub(b"", path.read_bytes())
    return told if path.suffix != ".html" else b"\n".join(line for line in told.splitlines() if line.strip())
