"""What an analysis of one's own survey is: the form of an entry of `ANALYSES`, what it is given and gives back.

A new one is a function `table(given) -> pandas.DataFrame` in a file beside this one, and a line in analyses.py. Its
name is that of its frame in Python (`fits.cross_loadings`), of its CSV file and of its LaTeX label. A frame without
rows says that there is nothing to tell: it is shown nowhere. What cannot be said of a row is NaN, or "" in a text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from benchmarks.own.fitted import Fitted, Row
from sim.model import Model
from sim.surveys.survey import Survey

#: How the entries of a column are printed: text; a value with three decimals, or a number with two; a p-value; a whole
#: number; a share in percent; a lower end, beside which the next column is the upper one.
Form = Literal["text", "value", "number", "p", "count", "share", "interval"]


@dataclass(frozen=True)
class Column:
    """A column of an analysis: its name in the data frame and in CSV, its head where it is printed, and its form."""

    name: str
    head: str
    form: Form = "value"


@dataclass(frozen=True)
class Given:
    """What an analysis is given: the survey, the model, what every method says, and the level of intervals."""

    survey: Survey
    model: Model
    level: float
    fitted: tuple[Fitted, ...] = field(repr=False)

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """The methods' rows, by method and target name."""
        return {(row.method, row.target.name): row for fitted in self.fitted for row in fitted.rows}

    def value(self, method: str, name: str) -> float:
        """What a method says of a target, NaN where it says nothing."""
        row = self.rows.get((method, name))
        return float("nan") if row is None else row.value


@dataclass(frozen=True)
class Analysis:
    """An analysis, see the head of this file.

    columns: those it always has, in the order of the frame; others that the frame has too, such as one for each
    construct, are printed as values under their own names. shown: whether it stands on the page, the terminal and in
    LaTeX, or in a CSV file and Python alone.
    """

    name: str
    title: str
    words: str
    columns: tuple[Column, ...]
    table: Callable[[Given], pd.DataFrame]
    shown: bool = True
    others: Form = "value"

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"an analysis is called '{self.name}'; give letters, digits and _, as for a variable")

    def columns_of(self, frame: pd.DataFrame) -> list[Column]:
        """The columns of a frame that it made."""
        known = {column.name: column for column in self.columns}
        return [known.get(name, Column(name, name, self.others)) for name in map(str, frame.columns)]
