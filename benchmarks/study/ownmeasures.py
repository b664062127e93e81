"""Measures of one's own: code that a study file names, run only where that is allowed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.study.form.performance import OwnMeasure, Performance, own_measures
from estimators import outside
from sim.errors import InputError


@dataclass(frozen=True)
class Loaded:
    """A measure of one's own with its function, and which code that is."""

    measure: OwnMeasure
    function: Callable[[Any], Any]
    origin: str


def load(performance: Performance, folder: Path | None = None) -> list[Loaded]:
    """The functions of the section, imported. Their modules may lie in `folder`, which the study's loading has added.

    Raises InputError where one cannot be imported or is no function.
    """
    return [_loaded(measure, folder) for measure in own_measures(performance)]


def _loaded(measure: OwnMeasure, folder: Path | None) -> Loaded:
    found = outside.function(measure.reference, folder)
    if not callable(found.content):
        raise InputError(f"'{measure.reference}' is no function; name one that takes a table and gives numbers")
    return Loaded(measure, found.content, found.origin)


def mistakes_of(performance: Performance, folder: Path, code: Literal["run", "refuse", "leave"]) -> Iterator[str]:
    """What is wrong with the functions; where code may not be run, that they are code."""
    for measure in own_measures(performance) if code != "leave" else ():
        place = f"performance.own.{measure.name}"
        if code == "refuse":
            yield (
                f"{place}: '{measure.reference}' is code of somebody's own, which would be run with your rights; read "
                "it, then give --allow-code (in Python allow_code=True)"
            )
            continue
        try:
            _loaded(measure, folder)
        except InputError as error:
            yield f"{place}: {error}"
