"""The study file: TOML with one section per letter of ADEMP, checked whole, every mistake told at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, StrictStr, Tag, ValidationError, WithJsonSchema

from benchmarks.study.form.performance import MOST_REPLICATIONS, Performance
from benchmarks.study.form.precision import mistakes_of_numbers
from benchmarks.study.form.publishedfile import PublishedFile
from estimators.inference.intervals import MOST_RESAMPLES
from sim.form import LEVELS, TABLE, Level, Section, check_kind, mistakes, read_toml

Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Size = Annotated[int, Field(strict=True, ge=4, le=100_000)]


class Aims(Section):
    """A: what the study asks."""

    title: StrictStr
    question: StrictStr
    points: list[StrictStr] = Field(default_factory=list)


class FactorTable(Section):
    """A factor that the study defines.

    sets: the key, or keys, that every level is the value of. levels: a list of values, or a table of names, each with a
    value or, where nothing is said of `sets`, with a table of keys and values.
    """

    sets: StrictStr | Annotated[list[StrictStr], Field(min_length=1)] | None = None
    levels: Annotated[dict[StrictStr, Any] | list[Level], Field(min_length=1)]
    meaning: StrictStr = ""


def _form_of(given: Any) -> str:
    return TABLE if isinstance(given, Mapping | FactorTable) else LEVELS


#: Levels of a factor: a list of them, or a factor that the study defines.
Factor = Annotated[
    Annotated[FactorTable, Tag(TABLE)] | Annotated[list[Level], Field(min_length=1), Tag(LEVELS)],
    Discriminator(_form_of),
]


def _by_key(given: Any, prefix: str = "") -> Any:
    """Factors by their keys: `items = { F = [3, 6] }`, as TOML reads `items.F = [3, 6]`, is the factor `items.F`."""
    if not isinstance(given, Mapping):
        return given
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = f"{prefix}{key}"
        inside = isinstance(value, Mapping) and not value.keys() & FactorTable.model_fields.keys()
        found |= _by_key(value, f"{name}.") if inside and value else {name: value}
    return found


Factors = Annotated[dict[StrictStr, Factor], BeforeValidator(_by_key)]
#: Some combinations of levels: those that have all of these levels; several of one factor may be listed.
Combinations = dict[StrictStr, Level | list[Level]]


def _pairs(given: Any) -> Any:
    """One pair may be written without the outer brackets."""
    return [given] if isinstance(given, list) and given and all(isinstance(name, str) for name in given) else given


def _named_or_told(given: Any) -> Any:
    if not isinstance(given, str | Mapping):
        raise ValueError("must be a population's name, the path of its file, or a section with what such a file holds")
    return given


#: The name of a population, the path of its file, or what such a file holds.
PopulationSource = Annotated[
    Any, BeforeValidator(_named_or_told), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})
]


class Data(Section):
    """D: the population, its factors, the sample sizes and the randomness.

    population: its name, the path of its file from the study file's folder, or a section with what such a file holds.
    replications: None where the targets of [performance] decide it.
    pair: factors whose levels go together, the first with the first. exclude, only: combinations left out, or picked.
    fraction: one of so many combinations is run, by a generalised subset design.
    """

    population: PopulationSource
    n: Annotated[list[Size], Field(min_length=1, max_length=1000)]
    replications: Annotated[int, Field(strict=True, ge=2, le=MOST_REPLICATIONS)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)]
    factors: Factors = Field(default_factory=dict)
    pair: Annotated[list[Annotated[list[StrictStr], Field(min_length=2)]], BeforeValidator(_pairs)] = Field(
        default_factory=list
    )
    exclude: list[Combinations] = Field(default_factory=list)
    only: list[Combinations] = Field(default_factory=list)
    fraction: Annotated[int, Field(strict=True, ge=2)] | None = None


class ModelTable(Section):
    """A model that methods may fit in place of the population's own, in lavaan syntax."""

    syntax: StrictStr


def _model_table(given: Any) -> Any:
    return {"syntax": given} if isinstance(given, str) else given


class Estimands(Section):
    """E: the targets, under their lavaan names."""

    targets: Annotated[list[StrictStr], Field(min_length=1)]


class Quick(Section):
    """What `--quick` changes."""

    n: Annotated[list[Size], Field(min_length=1)] | None = None
    replications: Annotated[int, Field(strict=True, ge=2, le=MOST_REPLICATIONS)] = 200
    resamples: Annotated[int, Field(strict=True, ge=20, le=MOST_RESAMPLES)] = 100
    factors: (
        Annotated[dict[StrictStr, Annotated[list[Level], Field(min_length=1)]], BeforeValidator(_by_key)] | None
    ) = None


class StudyFile(Section):
    """A whole study file. `methods` stays raw: the catalogue of methods checks it."""

    name: Name
    aims: Aims
    data: Data
    estimands: Estimands
    methods: Annotated[dict[StrictStr, dict[str, Any]], Field(min_length=1)]
    models: dict[Name, Annotated[ModelTable, BeforeValidator(_model_table)]] = Field(default_factory=dict)
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
    content = read_toml(path, "study file", "; give a file, or a name that `loadstone list` shows")
    check_kind(content, "study", path)
    return content


def check(content: Mapping[str, Any]) -> tuple[StudyFile, list[str]]:
    """The checked file with every mistake of form: its place, what was given, what is allowed.

    Where there are mistakes, the file holds what is well-formed and stand-ins for the rest.
    """
    try:
        return StudyFile.model_validate(content), mistakes_of_numbers(content)
    except ValidationError as error:
        bad = {problem["loc"][:2] for problem in error.errors()}
        told = mistakes(error, StudyFile) + mistakes_of_numbers(content)
        return StudyFile.model_validate(_sound(content, bad)), told


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
