"""The study file: TOML with one section per letter of ADEMP, checked whole, every mistake told at once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from sim.errors import InputError, nearest

Size = Annotated[int, Field(strict=True, ge=4, le=100_000)]
Level = StrictStr | StrictFloat | StrictInt


class Section(BaseModel):
    """A section: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Aims(Section):
    """A: what the study asks."""

    title: StrictStr
    question: StrictStr
    points: list[StrictStr] = []


class Data(Section):
    """D: the population, its factors, the sample sizes and the randomness."""

    population: StrictStr
    n: Annotated[list[Size], Field(min_length=1)]
    replications: Annotated[int, Field(strict=True, ge=2, le=10_000_000)]
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)]
    factors: dict[StrictStr, Annotated[list[Level], Field(min_length=1)]] = {}


class Estimands(Section):
    """E: the targets, under their lavaan names."""

    targets: Annotated[list[StrictStr], Field(min_length=1)]


class Performance(Section):
    """P: how the estimates are judged."""

    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    many_dropped: Annotated[int, Field(strict=True, ge=1)] = 5
    true_loading: Annotated[float, Field(gt=0, lt=1)] = 0.70


class Quick(Section):
    """What `--quick` changes."""

    n: Annotated[list[Size], Field(min_length=1)] | None = None
    replications: Annotated[int, Field(strict=True, ge=2)] = 200
    resamples: Annotated[int, Field(strict=True, ge=20)] = 100
    factors: dict[StrictStr, list[Level]] | None = None


class StudyFile(Section):
    """A whole study file. `methods` stays raw: the catalogue of methods checks it."""

    name: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    aims: Aims
    data: Data
    estimands: Estimands
    methods: Annotated[dict[StrictStr, dict[str, Any]], Field(min_length=1)]
    performance: Performance = Performance()
    quick: Quick = Quick()


def read(path: Path) -> tuple[dict[str, Any], str]:
    """The TOML content of a study file and its text. Raises InputError where it is no file or no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"study file {path} does not exist; give a file, or a name that `loadstone list` shows"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"study file {path} cannot be read: {error}") from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"study file {path} is not TOML: {error}") from None


def check(content: Mapping[str, Any]) -> tuple[StudyFile | None, list[str]]:
    """The checked file, or None, with every mistake of form: its place, what was given, what is allowed."""
    try:
        return StudyFile.model_validate(content), []
    except ValidationError as error:
        return None, [_told(problem) for problem in error.errors()]


def _told(problem: Any) -> str:
    """One pydantic error in the project's words."""
    place = _place(problem["loc"])
    given = problem["input"]
    if problem["type"] == "extra_forbidden":
        fields = _fields(problem["loc"][:-1])
        return f"{place}: there is no such key{nearest(str(problem['loc'][-1]), fields)} (allowed: {', '.join(fields)})"
    if problem["type"] == "missing":
        return f"{place}: is missing; it is needed"
    if problem["type"] == "string_pattern_mismatch":
        return f"{place}: {given!r} given; use letters, digits, `.`, `_` and `-`"
    message = problem["msg"].replace("Input should be", "must be").replace("a valid integer", "a whole number")
    return f"{place}: {given!r} given; {message[0].lower()}{message[1:]}"


def _place(location: tuple[Any, ...]) -> str:
    """`data.n[2]` for ("data", "n", 1)."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _fields(location: tuple[Any, ...]) -> list[str]:
    """Keys allowed at a place."""
    sections: dict[tuple[Any, ...], type[BaseModel]] = {
        (): StudyFile, ("aims",): Aims, ("data",): Data, ("estimands",): Estimands,
        ("performance",): Performance, ("quick",): Quick,
    }  # fmt: skip
    return list(sections[location].model_fields)
