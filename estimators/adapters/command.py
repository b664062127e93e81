"""`from_command`: a program of any language becomes an estimator; it is started once for many data sets."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from estimators.adapters.adapter import Adapter
from estimators.adapters.tables import Found, model_of_retained
from estimators.base import PARTS, Status
from sim.batch import Batch
from sim.errors import InputError
from sim.model import Model

FORMATS = ("csv", "arrow")


@dataclass(frozen=True)
class Command(Adapter):
    """A program that reads data sets from a file and writes estimates to another.

    It is called as `command MODEL DATA ESTIMATES`: MODEL is a file in lavaan's syntax; DATA a table (CSV with a head,
    or an Arrow file) with the columns `data_set` and one an item; ESTIMATES the file it writes: CSV with the columns
    data_set, target, value and, where it has them, se, lower, upper, p_value, or JSON (a list of such rows) where its
    first character is `[`. A row may name a `status` instead of a target. Data sets that are not named get
    NOT_CONVERGED. The program is started once for `at_once` data sets that keep the same items.

    Raises InputError, which ends a study, where the program is not there, fails as a whole or runs longer than
    `timeout` seconds: that is no property of a data set.
    """

    command: str
    format: str = "csv"
    at_once: int = 1000
    timeout: float = 3600.0

    kind: ClassVar[str] = "program"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InputError(f"format is {self.format!r}; give csv or arrow")
        if self.at_once < 1:
            raise InputError(f"at_once is {self.at_once}; give at least 1 data set")

    def refusal(self, model: Model) -> str | None:
        """Why the program cannot be used: it is not installed, or what `refuses` says."""
        program = shlex.split(self.command)[0]
        if shutil.which(program) is None:
            return f"the program {program} is not installed here; install it, or leave the method out"
        return super().refusal(model)

    def found(self, batch: Batch, places: np.ndarray, model: Model) -> Sequence[Found]:
        """What the program gives for each data set at `places` (k,), which are sent together where they keep alike."""
        found: list[Found] = [Status.NOT_CONVERGED] * len(places)
        kept, which = np.unique(batch.retained[places], axis=0, return_inverse=True)
        for k, retained in enumerate(kept):
            alike = np.flatnonzero(np.ravel(which) == k)
            for start in range(0, len(alike), self.at_once):
                some = alike[start : start + self.at_once]
                for at, one in zip(some, self._run(batch, places[some], retained, model), strict=True):
                    found[int(at)] = one
        return found

    def _run(self, batch: Batch, places: np.ndarray, retained: np.ndarray, model: Model) -> list[Found]:
        """Start the program once, for the data sets at `places`, which keep the items `retained` (p,)."""
        smaller = model_of_retained(model, retained)
        answers = batch.raw[places][:, :, retained]
        table = pd.DataFrame(answers.reshape(-1, answers.shape[2]), columns=list(smaller.items))
        table.insert(0, "data_set", np.repeat(np.arange(len(places)), answers.shape[1]))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "model.txt").write_text(smaller.syntax + "\n", encoding="utf-8")
            data = folder / f"data.{self.format}"
            if self.format == "csv":
                table.to_csv(data, index=False)
            else:
                table.to_feather(data)
            self._started([str(folder / "model.txt"), str(data), str(folder / "estimates")])
            rows = _read(folder / "estimates", self.command)
        return _by_data_set(rows, len(places), self.command)

    def _started(self, files: list[str]) -> None:
        # One thread for each program: several run beside each other in a study.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [*shlex.split(self.command), *files], capture_output=True, text=True, timeout=self.timeout, check=False,
                env=environment,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise InputError(f"`{self.command}` ran longer than {self.timeout:.0f} seconds; raise timeout") from None
        except OSError as error:
            raise InputError(f"`{self.command}` cannot be started: {error}") from None
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "it wrote nothing").splitlines()[-3:]
            raise InputError(f"`{self.command}` ended with exit code {done.returncode}: {' / '.join(last)}")


def _read(path: Path, command: str) -> list[Mapping[str, Any]]:
    """The rows that the program wrote, CSV or JSON."""
    if not path.exists():
        raise InputError(f"`{command}` wrote no estimates; its third argument is the file to write")
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return list(json.loads(text))
    rows: list[Mapping[str, Any]] = list(csv.DictReader(text.splitlines()))
    if rows and "data_set" not in rows[0]:
        raise InputError(f"`{command}` wrote the columns {', '.join(rows[0])}; data_set, target and value are needed")
    return rows


def _by_data_set(rows: list[Mapping[str, Any]], total: int, command: str) -> list[Found]:
    """What each of the data sets was given; NOT_CONVERGED where it is not named."""
    given: dict[int, dict[str, Any]] = {}
    for row in rows:
        r = int(row["data_set"])
        if not 0 <= r < total:
            raise InputError(f"`{command}` wrote of data set {r}; there are {total}, counted from 0")
        one = given.setdefault(r, {})
        if row.get("status"):
            one["status"] = row["status"]
        if row.get("target"):
            one[str(row["target"])] = {name: _number(row.get(name)) for name in PARTS}
    return [given.get(r, Status.NOT_CONVERGED) for r in range(total)]


def _number(text: object) -> float | None:
    return None if text in (None, "", "NA", "NaN") else float(str(text))


def from_command(
    command: str,
    *,
    format: str = "csv",
    at_once: int = 1000,
    timeout: float = 3600.0,
    refuses: Callable[[Model], str | None] | None = None,
) -> type[Command]:
    """A class of estimators from a program; see `Command`. A study file names it as `module:NAME`."""

    class Adapted(Command):
        def __init__(self, inference: bool = True, **fixed: Any) -> None:
            given = {"command": command, "format": format, "at_once": at_once, "timeout": timeout, "refuses": refuses}
            super().__init__(**{**given, **fixed}, inference=inference)

    Adapted.__name__ = Adapted.__qualname__ = "".join(
        part.title() for part in Path(shlex.split(command)[-1]).stem.split("_")
    )
    Adapted.__doc__ = f"The program `{command}`."
    return Adapted
