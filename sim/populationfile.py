"""The form of a population file: what it may hold, checked before any of it is used."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StrictStr, ValidationError, model_validator

from sim.errors import InputError
from sim.form import Number, Section, mistakes, read_toml
from sim.likert import MOST
from sim.tablefile import TableForm

#: What a factor sets that changes how respondents answer: `responses.careless`.
RESPONSES = "responses."


class ScaleTable(Section):
    """How answers are cut; nothing given: not at all."""

    shares: Annotated[list[Number], Field(min_length=2, max_length=MOST)] | None = None
    thresholds: Annotated[list[Number], Field(min_length=1, max_length=MOST - 1)] | None = None


class Published(Section):
    """What a study printed."""

    n: int | None = None
    dropped: list[StrictStr] = Field(default_factory=list)
    r2: Annotated[dict[StrictStr, Number], Field(min_length=1)]
    blocks: Annotated[dict[StrictStr, dict[StrictStr, Number]], Field(min_length=1)]


class ResponsesTable(Section):
    """How respondents answer; nothing given: as they mean it."""

    reversed: list[StrictStr] = Field(default_factory=list)
    acquiescence: Number = 0.0
    common_method: Number = 0.0
    straightlining: Number = 0.0
    careless: Number = 0.0
    extreme: Number = 0.0
    midpoint: Number = 0.0


class Factor(Section):
    """What a population leaves open. `levels`: numbers, or names of numbers; the first is the default."""

    sets: StrictStr
    meaning: StrictStr = ""
    levels: Any

    @model_validator(mode="after")
    def _numbers(self) -> Self:
        values = list(self.levels.values()) if isinstance(self.levels, dict) else self.levels
        if not isinstance(values, list) or not values:
            raise ValueError("levels must be a list of numbers, or a table of names and numbers, and hold one or more")
        for value in values:
            named = value == "block" and self.sets == "dropped_loading"
            if not named and (isinstance(value, bool) or not isinstance(value, float | int)):
                raise ValueError(f"level {value!r} is no number; write levels = {{ NAME = NUMBER }} to name one")
        return self


class PopulationFile(Section):
    """A whole population file: its parameters are given (the rest by factors), or solved from what was published."""

    title: StrictStr = ""
    source: StrictStr = ""
    model: StrictStr
    notes: list[StrictStr] = Field(default_factory=list)
    constructs: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    scale: ScaleTable = ScaleTable()
    values: dict[StrictStr, Number] | None = None
    published: Published | None = None
    table: TableForm | None = None
    responses: ResponsesTable = ResponsesTable()
    factors: dict[StrictStr, Factor] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if [self.values, self.published, self.table].count(None) != 2:
            raise ValueError("give either [values] or [published] or [table]")
        if self.table and (self.scale.shares or self.scale.thresholds):
            raise ValueError("scale: a population solved from [table] has its categories there, as `scale_points`")
        if self.scale.shares is not None and self.scale.thresholds is not None:
            raise ValueError("scale: give shares or thresholds, not both")
        if self.published and self.scale.thresholds is not None:
            raise ValueError("scale: a population solved from [published] needs shares, not thresholds")
        return self


class Variant(Section):
    """A population file that builds on another population: what it adds to it."""

    base: StrictStr
    title: StrictStr = ""
    notes: list[StrictStr] = Field(default_factory=list)
    responses: ResponsesTable = ResponsesTable()
    factors: dict[StrictStr, Factor] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _adds(self) -> Self:
        for name, factor in self.factors.items():
            if not factor.sets.startswith(RESPONSES):
                raise ValueError(f"factors.{name}: beside a base, a factor sets `{RESPONSES}NAME`, not '{factor.sets}'")
        return self


def read(path: Path) -> dict[str, Any]:
    """The content of a user's population file. Raises one InputError that lists every mistake of form."""
    content = read_toml(path, "population file")
    form = Variant if "base" in content else PopulationFile
    try:
        form.model_validate(content)
    except ValidationError as error:
        told = mistakes(error, form)
        raise InputError(f"population file {path}: " + "; ".join(told)) from None
    return {"title": path.stem, **content} if form is Variant else {"title": path.stem, "source": path.name, **content}


def built_on(base: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """The content of the population that `variant` makes of its `base`; notes, responses and factors are added."""
    whole = base | {"title": variant["title"]}
    whole["notes"] = [*base.get("notes", []), *variant.get("notes", [])]
    for section in ("responses", "factors"):
        whole[section] = base.get(section, {}) | variant.get(section, {})
    return whole
