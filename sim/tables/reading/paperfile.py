"""The `[paper]` section of a table file: what a paper did with its survey, tested and claims."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from sim.form import Section
from sim.tables.reading.printed import Printed, read_printed

#: What stars mean where a paper does not say otherwise.
STARS = {"*": 0.05, "**": 0.01, "***": 0.001}
#: What a paper may claim of a path.
Claim = Literal["supported", "not supported"]


@dataclass(frozen=True)
class PrintedP:
    """A p-value as printed: the number, or the limit that it is under (`<0.01`) or over (`>0.05`, `n.s.`)."""

    lower: float
    upper: float
    text: str

    def __str__(self) -> str:
        return self.text

    def found(self, level: float) -> bool | None:
        """Whether the path is significant at a level; None where the print does not tell."""
        return True if self.upper <= level else False if self.lower >= level else None


def read_p(given: Any) -> PrintedP:
    """`0.013`, `<0.001`, `>0.05`. Raises ValueError for anything else."""
    if isinstance(given, PrintedP):
        return given
    text = str(given).replace(" ", "") if isinstance(given, str) else given
    sign = text[0] if isinstance(text, str) and text[:1] in "<>" else ""
    number = read_printed(text[1:].removeprefix("=") if sign and isinstance(text, str) else text)
    if not 0 <= number.value <= 1:
        raise ValueError('a p-value lies in 0 to 1; write it as printed, such as 0.013 or "<0.001"')
    if sign == "<":
        return PrintedP(0.0, number.value, f"<{number}")
    if sign == ">":
        return PrintedP(number.value, 1.0, f">{number}")
    return PrintedP(max(number.lower, 0.0), min(number.upper, 1.0), str(number))


def _stars(given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"\*{0,6}|n\.?s\.?", given.strip()):
        raise ValueError('give stars as printed: "***", or "" (or "n.s.") for none')
    return given.strip() if given.strip().startswith("*") else ""


def _number(given: Any) -> Printed:
    return read_printed(given)


def _level(given: Any) -> float:
    number = float(read_printed(given).value)
    if not 0 < number < 1:
        raise ValueError("give a level between 0 and 1, such as 0.05")
    return number


Level = Annotated[float, BeforeValidator(_level)]
Count = Annotated[StrictInt, Field(ge=1)]


class PaperForm(Section):
    """What a paper did and said beside its tables: all of it optional."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    rule: Literal["all-at-once", "one-at-a-time"] = "all-at-once"
    minimum_items: Count = 2
    absolute: StrictBool = False
    level: Level = 0.05
    tails: Literal[1, 2] = 2
    resamples: Annotated[StrictInt, Field(ge=20)] | None = None
    items_announced: Count | None = None
    approached: Count | None = None
    response_rate: Annotated[Printed, BeforeValidator(_number)] | None = None
    stars_mean: dict[StrictStr, Level] = Field(default_factory=lambda: dict(STARS))
    t: dict[StrictStr, Annotated[Printed, BeforeValidator(_number)]] = Field(default_factory=dict)
    p: dict[StrictStr, Annotated[PrintedP, BeforeValidator(read_p)]] = Field(default_factory=dict)
    stars: dict[StrictStr, Annotated[StrictStr, BeforeValidator(_stars)]] = Field(default_factory=dict)
    claims: dict[StrictStr, Claim] = Field(default_factory=dict)
    larger: list[StrictStr] = Field(default_factory=list)
