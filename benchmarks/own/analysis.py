"""What an analysis of one's own survey is: a table with a name, words and columns, made of what it is given.

A new one is a function `table(given) -> pandas.DataFrame` in a file of `tables/` or `groups/`, and a line in
`analyses.py` there. Its name is that of its frame in Python (`fits.cross_loadings`, `fits.groups["micom"]`), of its CSV
file and of its LaTeX label. What cannot be said of a row is NaN, or "" in a text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import pandas as pd

#: How the entries of a column are printed: text; a value with three decimals, or a number with two, as a chi-square; a
#: p-value; a whole number; a share in percent; a lower end, beside which the next column is the upper one.
Form = Literal["text", "value", "number", "p", "count", "share", "interval"]

Given = TypeVar("Given")


@dataclass(frozen=True)
class Column:
    """A column of an analysis: its name in the data frame and in CSV, its head where it is printed, and its form.

    printed: whether page, terminal and LaTeX show it; data frame and CSV have every column.
    """

    name: str
    head: str
    form: Form = "value"
    printed: bool = True


def no_refusal(given: object) -> str | None:
    """None: the analysis suits every method, model and survey."""
    return None


@dataclass(frozen=True)
class Analysis(Generic[Given]):
    """An analysis, see the head of this file.

    columns: those it always has, in the order of the frame; others that the frame has too, such as one for each
    construct, are printed as values under their own names. refusal: why it does not suit what it is given, or None.
    shown: whether it stands on the page, the terminal and in LaTeX, or in a CSV file and Python alone.
    """

    name: str
    title: str
    words: str
    columns: tuple[Column, ...]
    table: Callable[[Given], pd.DataFrame]
    refusal: Callable[[Given], str | None] = no_refusal
    shown: bool = True
    others: Form = "value"

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"an analysis is called '{self.name}'; give letters, digits and _, as for a variable")

    def columns_of(self, frame: pd.DataFrame) -> list[Column]:
        """The columns of a frame that it made."""
        known = {column.name: column for column in self.columns}
        return [known.get(name, Column(name, name, self.others)) for name in map(str, frame.columns)]
