"""The form of a population file: what it may hold, checked before any of it is used."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, StrictStr, ValidationError, model_validator

from sim.errors import InputError
from sim.form import Number, Section, mistakes, read_toml
from sim.likert import MOST


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
    factors: dict[StrictStr, Factor] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.values is None) == (self.published is None):
            raise ValueError("give either [values] or [published]")
        if self.scale.shares is not None and self.scale.thresholds is not None:
            raise ValueError("scale: give shares or thresholds, not both")
        if self.published and self.scale.thresholds is not None:
            raise ValueError("scale: a population solved from [published] needs shares, not thresholds")
        return self


def read(path: Path) -> dict[str, Any]:
    """The content of a user's population file. Raises one InputError that lists every mistake of form."""
    content = read_toml(path, "population file")
    try:
        PopulationFile.model_validate(content)
    except ValidationError as error:
        told = mistakes(error, PopulationFile)
        raise InputError(f"population file {path}: " + "; ".join(told)) from None
    return {"title": path.stem, "source": path.name, **content}
