"""The form of a population file of themes: what may stand in it, checked before any of it is used."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictStr, model_validator

from sim.form import Number, Section

Prevalence = Annotated[float, Field(strict=True, gt=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1, le=10_000)]


class Table(Section):
    """Interviews that were held: theme -> respondents who bring it up."""

    respondents: Annotated[list[StrictStr], Field(min_length=2)] | None = None
    themes: Annotated[dict[StrictStr, list[StrictStr]], Field(min_length=1)]


class Shape(Section):
    """How often themes come up: a shape, or the prevalences themselves."""

    shape: Literal["observed", "adjusted", "equal", "broken-stick", "beta", "geometric", "power"] | None = None
    prevalences: Annotated[list[Prevalence], Field(min_length=1)] | None = None
    number: Count | None = None
    incidences: Number | None = None
    found: Number | None = None
    at: Count | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.shape is None) == (self.prevalences is None):
            raise ValueError("give either shape or prevalences")
        return self


class ThemeFactor(Section):
    """What a population of themes leaves open: by name, tables that take the place of [themes]."""

    sets: Literal["themes"]
    meaning: StrictStr = ""
    levels: Annotated[dict[StrictStr, Shape], Field(min_length=1)]


class ThemeFile(Section):
    """A whole population file of themes."""

    title: StrictStr = ""
    source: StrictStr = ""
    notes: list[StrictStr] = Field(default_factory=list)
    interviews: Table | None = None
    themes: Shape
    factors: Annotated[dict[StrictStr, ThemeFactor], Field(max_length=1)] = Field(default_factory=dict)
