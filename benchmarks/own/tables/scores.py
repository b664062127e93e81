"""Scores of constructs, respondent by respondent."""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.composed import composed, free_names
from benchmarks.own.tables.given import Given


def table(given: Given) -> pd.DataFrame:
    """A row for each method and respondent, with the row of the source (from 1) where it is known, and each score."""
    made = []
    for each in composed(given):
        if not each.batch.has_answers or each.batch.missing is not None:
            continue
        found = pd.DataFrame(each.scores, columns=free_names(each.constructs, ("method", "row")))
        found.insert(0, "row", rows_of(given, len(found)))
        found.insert(0, "method", each.fitted.label)
        made.append(found)
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=["method", "row"])


def rows_of(given: Given, n: int) -> list[int]:
    """Which respondents of those read the estimates rest on, counted from 1: all, or those who answered everything."""
    answers = given.survey.answers
    if answers is None or len(answers.values) == n:
        return list(range(1, n + 1))
    complete = np.flatnonzero(~np.isnan(answers.values).any(axis=1)) + 1
    return complete.tolist() if len(complete) == n else list(range(1, n + 1))


SCORES = Analysis(
    "scores",
    "Scores of constructs",
    "Mean 0 and variance 1 (divisor n - 1). `row` counts the respondents that were read, from 1.",
    (Column("method", "Method", "text"), Column("row", "Row", "count")),
    table,
    shown=False,
)
