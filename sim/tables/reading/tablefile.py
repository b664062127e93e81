"""The form of a table file: what a paper reports, checked before any of it is used."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from sim.errors import InputError
from sim.form import Section, check_kind, mistakes, read_toml
from sim.tables.reading.paperfile import PaperForm
from sim.tables.reading.printed import Printed, read_printed

Method = Literal["pls", "cb-sem", "sum-scores"]


def _number(given: Any) -> Printed:
    return read_printed(given)


def _in(lowest: float, highest: float) -> BeforeValidator:
    """A printed number within limits, both included."""

    def read(given: Any) -> Printed:
        number = read_printed(given)
        if not lowest <= number.value <= highest:
            raise ValueError(f"it must lie in {lowest:g} to {highest:g}")
        return number

    return BeforeValidator(read)


def _several(given: Any) -> Any:
    """Numbers of items, in order or by name."""
    if not isinstance(given, list | dict) or not given:
        raise ValueError("give a list in the order of the items, or a table of items and numbers")
    try:
        if isinstance(given, dict):
            return {str(item): read_printed(number) for item, number in given.items()}
        return [read_printed(number) for number in given]
    except ValueError as error:
        raise ValueError(str(error)) from None


def _dropped(given: Any) -> int | list[str]:
    """How many items were dropped, or which."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return given
    raise ValueError("give how many items were dropped, or a list of their names")


Share = Annotated[Printed, _in(0, 1)]
Coefficient = Annotated[Printed, _in(-1, 1)]
AnyNumber = Annotated[Printed, BeforeValidator(_number)]
Positive = Annotated[StrictInt, Field(ge=1)]


class _Numbers(Section):
    """A section that holds printed numbers."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class ConstructForm(_Numbers):
    """What is printed of one construct."""

    label: StrictStr = ""
    items: Positive | None = None
    dropped: Annotated[Any, BeforeValidator(_dropped)] = Field(default_factory=list)
    alpha: Annotated[Printed, _in(-1, 1)] | None = None
    rho_c: Share | None = None
    ave: Share | None = None
    r2: Share | None = None
    loadings: Annotated[Any, BeforeValidator(_several)] = None
    lowest_loading: Coefficient | None = None
    highest_loading: Coefficient | None = None
    mean: AnyNumber | None = None
    sd: AnyNumber | None = None
    item_means: Annotated[Any, BeforeValidator(_several)] = None
    item_sds: Annotated[Any, BeforeValidator(_several)] = None


class TableForm(_Numbers):
    """A whole table file."""

    title: StrictStr = ""
    source: StrictStr = ""
    notes: list[StrictStr] = Field(default_factory=list)
    method: Method
    n: Positive | None = None
    scale_points: Annotated[StrictInt, Field(ge=2, le=11)] | None = None
    lowest_answer: StrictInt = 1
    decimals: Annotated[StrictInt, Field(ge=0, le=9)] = 0
    loading_rule: Share | None = None
    model: StrictStr = ""
    constructs: Annotated[dict[StrictStr, ConstructForm], Field(min_length=1)]
    correlations: dict[StrictStr, Coefficient] = Field(default_factory=dict)
    htmt: dict[StrictStr, AnyNumber] = Field(default_factory=dict)
    paths: dict[StrictStr, AnyNumber] = Field(default_factory=dict)
    paper: PaperForm | None = None


def read_form(path: Path) -> TableForm:
    """The form of a table file. Raises one InputError that lists every mistake of form with its place."""
    content = read_toml(path, "table file", "; give a file, or the name of one that comes with the program", Decimal)
    check_kind(content, "table", path)
    try:
        return TableForm.model_validate(content)
    except ValidationError as error:
        raise InputError(f"table file {path}: " + "; ".join(mistakes(error, TableForm))) from None
