"""The study file: TOML with one section per letter of ADEMP, checked whole, every mistake told at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictStr, ValidationError

from benchmarks.study.publishedfile import PublishedFile
from estimators.inference.intervals import MOST_RESAMPLES
from sim.form import Level, Section, mistakes, read_toml

#: Replications of a cell.
MOST_REPLICATIONS = 10_000_000
Size = Annotated[int, Field(strict=True, ge=4, le=100_000)]


class Aims(Section):
    """A: what the study asks."""

    title: StrictStr
    question: StrictStr
    points: list[StrictStr] = Field(default_factory=list)


class Data(Section):
    """D: the population, its factors, the sample sizes and the randomness."""

    population: StrictStr
    n: Annotated[list[Size], Field(min_length=1, max_length=1000)]
    replications: Annotated[int, Field(strict=True, ge=2, le=MOST_REPLICATIONS)]
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)]
    factors: dict[StrictStr, Annotated[list[Level], Field(min_length=1)]] = Field(default_factory=dict)


class Estimands(Section):
    """E: the targets, under their lavaan names."""

    targets: Annotated[list[StrictStr], Field(min_length=1)]


class Performance(Section):
    """P: how the estimates are judged."""

    level: Annotated[float, Field(strict=True, gt=0.5, lt=1)] = 0.95
    many_dropped: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 5
    true_loading: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.70


class Quick(Section):
    """What `--quick` changes."""

    n: Annotated[list[Size], Field(min_length=1)] | None = None
    replications: Annotated[int, Field(strict=True, ge=2, le=MOST_REPLICATIONS)] = 200
    resamples: Annotated[int, Field(strict=True, ge=20, le=MOST_RESAMPLES)] = 100
    factors: dict[StrictStr, Annotated[list[Level], Field(min_length=1)]] | None = None


class StudyFile(Section):
    """A whole study file. `methods` stays raw: the catalogue of methods checks it."""

    name: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
    aims: Aims
    data: Data
    estimands: Estimands
    methods: Annotated[dict[StrictStr, dict[str, Any]], Field(min_length=1)]
    performance: Performance = Performance()
    quick: Quick = Quick()
    published: PublishedFile | None = None


#: Stands in for what is missing or malformed, so that the rest of the file is checked all the same.
_STAND_INS: dict[str, Any] = {
    "name": "unnamed",
    "aims": {"title": "", "question": ""},
    "data": {"population": "", "n": [1000], "replications": 2, "seed": 0},
    "estimands": {"targets": ["chisq"]},
    "methods": {"sumscores": {}},
}


def read(path: Path) -> dict[str, Any]:
    """The TOML content of a study file. Raises InputError where it is no file or no TOML."""
    return read_toml(path, "study file", "; give a file, or a name that `loadstone list` shows")


def check(content: Mapping[str, Any]) -> tuple[StudyFile, list[str]]:
    """The checked file with every mistake of form: its place, what was given, what is allowed.

    Where there are mistakes, the file holds what is well-formed and stand-ins for the rest.
    """
    try:
        return StudyFile.model_validate(content), []
    except ValidationError as error:
        bad = {problem["loc"][:2] for problem in error.errors()}
        return StudyFile.model_validate(_sound(content, bad)), mistakes(error, StudyFile)


def _sound(content: Mapping[str, Any], bad: set[tuple[Any, ...]]) -> dict[str, Any]:
    """The content without the keys and sections that are bad, stand-ins where something is needed."""
    sound: dict[str, Any] = {}
    for section in StudyFile.model_fields:
        given, stand_in = content.get(section), _STAND_INS.get(section)
        if section == "published" and any(place[0] == section for place in bad):
            continue
        if isinstance(given, Mapping) and (section,) not in bad:
            given = {key: value for key, value in given.items() if (section, key) not in bad}
            needed = {} if section == "methods" and given else stand_in or {}
            sound[section] = {**needed, **given}
        elif (section,) not in bad and given is not None:
            sound[section] = given
        elif stand_in is not None:
            sound[section] = stand_in
    return sound
