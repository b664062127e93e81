"""The methods for interviews on a table that was really held, and how such a table is read."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.estimates import estimates_of_interviews
from estimators.richness.catalogue import build_for_interviews
from sim.errors import InputError
from sim.form import content_of, read_toml
from sim.themes.population import THEMES, Interviews

#: The methods that a table is shown with; a rule needs the order in which the interviews were held.
METHODS: Mapping[str, Mapping[str, object]] = {
    "chao2": {},
    "chao2-corrected": {"estimator": "chao2", "form": "corrected"},
    "jackknife1": {"estimator": "jackknife", "order": 1},
    "jackknife2": {"estimator": "jackknife", "order": 2},
    "ice": {},
    "turing": {},
    "chao-jost": {},
    "accumulation": {},
}


@dataclass(frozen=True)
class Estimated:
    """What the methods say of one table: a tidy frame of method, target, value, se, lower, upper, status."""

    name: str
    table: Interviews
    level: float
    labels: Mapping[str, str]
    estimates: pd.DataFrame

    @property
    def frequencies(self) -> list[int]:
        """Themes that 1, 2, ..., T respondents bring up."""
        held = len(self.table.respondents)
        return [int(count) for count in np.bincount(self.table.mentions, minlength=held + 1)[1:]]


def estimate_interviews(source: Path | str, level: float = 0.95) -> Estimated:
    """The methods on a theme-by-respondent table of one's own (CSV or TOML, see `read_table`).

    Targets: the number of themes, the share known, the coverage, the new themes in the next interview, the themes of
    twice as many interviews, and the interviews until 80, 90 and 95% of the themes are found. Raises InputError.
    """
    if not 0 < level < 1:
        raise InputError(f"level is {level!r}; give a number between 0 and 1, such as 0.95")
    path = Path(source)
    table = read_table(path)
    twice = 2 * len(table.respondents)
    names = ("themes", "known", "coverage", "new", f"themes({twice})", *(f"interviews({g})" for g in (0.8, 0.9, 0.95)))
    methods = [build_for_interviews(name, settings, level) for name, settings in METHODS.items()]
    estimates = estimates_of_interviews(table, methods, [THEMES.target(name) for name in names])
    return Estimated(path.name, table, level, {method.name: method.label for method in methods}, estimates)


def read_table(path: Path) -> Interviews:
    """A theme-by-respondent table. Raises InputError with the place of the mistake.

    CSV: the first column names the themes, every other column is a respondent, a cell is 1 or 0 (or empty), or a count
    of quotations. TOML: `theme = [respondents]` in a table [interviews.themes], or at the top of the file.
    """
    table = _from_toml(path) if path.suffix == ".toml" else _from_csv(path)
    if len(table.respondents) < 2:
        raise InputError(f"{path} has {len(table.respondents)} respondent(s); two or more are needed")
    return table


def _from_toml(path: Path) -> Interviews:
    content = read_toml(path, "table of interviews")
    held = content.get("interviews", {"themes": content})
    themes = held.get("themes")
    if not isinstance(themes, dict) or not all(
        isinstance(names, list) and all(isinstance(name, str) for name in names) for names in themes.values()
    ):
        raise InputError(
            f'{path}: write a line for each theme, such as "trust" = ["Ann", "Bob"], in [interviews.themes]'
        )
    try:
        return Interviews.of(themes, held.get("respondents"))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _from_csv(path: Path) -> Interviews:
    content = content_of(path, "table of interviews", "; give a CSV or TOML file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"table of interviews {path} cannot be read as UTF-8 text ({error})") from None
    first = text.splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(cell.strip() for cell in row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise InputError(
            f"{path} holds no table: a first line with `theme` and the respondents, then a line for a theme"
        )
    respondents = tuple(name.strip() for name in rows[0][1:])
    if len(set(respondents)) < len(respondents) or "" in respondents:
        raise InputError(f"{path}, line 1: every respondent needs a name of its own; given: {', '.join(respondents)}")
    told: dict[str, list[str]] = {}
    for line, row in enumerate(rows[1:], start=2):
        theme = row[0].strip()
        if theme in told or not theme:
            raise InputError(f"{path}, line {line}: theme '{theme}' is named twice or has no name; name each once")
        if len(row) != len(rows[0]):
            raise InputError(f"{path}, line {line} ({theme}): {len(row) - 1} cells for {len(respondents)} respondents")
        told[theme] = [name for name, cell in zip(respondents, row[1:], strict=True) if _told(path, line, cell)]
    kept = {theme: names for theme, names in told.items() if names}
    if not kept:
        raise InputError(f"{path}: nobody brings any theme up; mark at least one cell with 1")
    return Interviews.of(kept, respondents)


def _told(path: Path, line: int, cell: str) -> bool:
    """Whether a cell says that the respondent brings the theme up."""
    text = cell.strip()
    if text and not text.isdigit():
        raise InputError(f"{path}, line {line}: '{text}' is neither 0 nor a count; write 1 where the theme comes up")
    return bool(text) and int(text) > 0
