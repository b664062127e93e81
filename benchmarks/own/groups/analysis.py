"""What a comparison of groups is: the form of an entry of `ANALYSES`, what it is given, and what it gives back.

A new one is a function `table(given) -> pandas.DataFrame` in a file beside this one, and a line in analyses.py:

    Analysis(
        "invariance",                      # its name: of its table in Python, its CSV file, its LaTeX label
        "Measurement invariance",          # the head of its table
        "what it answers, for a reader",   # a sentence or two below the table
        (Column("model", "Model", "text"), Column("chisq", "χ²", "value"), Column("p", "p", "p")),
        refusal,                           # (given) -> why it does not suit this method, model or survey, or None
        table,                             # (given) -> a tidy data frame with these columns
    )

The front door calls it once for every method that `refusal` lets through, puts a column `method` before the others and
the rows of all methods below each other. What cannot be said of a row is NaN, or "" in a column of text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from estimators.base import Estimates
from estimators.methods import Method
from sim.model import Model
from sim.surveys.groups import Grouped
from sim.targets import Target

#: How the entries of a column are printed: text; a value with three decimals; a p-value; a whole number; a statistic
#: with two decimals, such as a chi-square.
Form = Literal["text", "value", "p", "count", "statistic"]


@dataclass(frozen=True)
class Column:
    """A column of an analysis: its name in the data frame and in CSV, its head where it is printed, and its form.

    printed: whether page, terminal and LaTeX show it; data frame and CSV have every column.
    """

    name: str
    head: str
    form: Form
    printed: bool = True


@dataclass(frozen=True)
class Given:
    """What an analysis is given: the survey in groups, and what one method says of all respondents and of each group.

    survey.groups[k].batch is the batch (R = 1) of group k, survey.pooled.batch that of all, whose respondents belong to
    the groups `survey.members`. targets: what pooled and groups hold estimates of, with the method's own inference or
    a bootstrap's; resamples: permutations or resamples to draw, from a stream at `survey.pooled.batch.address`, by a
    purpose of the analysis's own; level: of intervals. written: the model with what it says of each group (`c(a, b)*`),
    which `model` leaves out.
    """

    survey: Grouped
    model: Model
    method: Method
    targets: tuple[Target, ...]
    pooled: Estimates
    groups: tuple[Estimates, ...]
    resamples: int
    level: float
    written: Model


@dataclass(frozen=True)
class Analysis:
    """A comparison of groups, see the head of this file."""

    name: str
    title: str
    words: str
    columns: Sequence[Column]
    refusal: Callable[[Given], str | None]
    table: Callable[[Given], pd.DataFrame]

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"an analysis is called '{self.name}'; give letters, digits and _, as for a variable")


def none_refused(given: Given) -> str | None:
    """An analysis that suits every method."""
    return None
