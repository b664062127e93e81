"""The comparisons of groups as tables: whatever an analysis of `benchmarks/own/groups` gives, in its own columns."""

from dataclasses import replace
from typing import Any

import pandas as pd

from benchmarks.own.analysis import Analysis
from benchmarks.own.fits import Fits
from reports.fit.analyses import printed
from reports.printing.columns import METHOD
from reports.printing.typeset import Column, Entry, Table


def group_tables(fits: Fits) -> list[Table]:
    """A table for each analysis that was done, in order; none where groups were not compared."""
    return [_table(analysis, found) for analysis, found in fits.groups.shown] if fits.groups else []


def groups_in_words(fits: Fits) -> list[str]:
    """The groups with their sizes, and the analyses that were left out with the reasons."""
    return [fits.groups.survey.words, *fits.groups.left] if fits.groups else []


def _table(analysis: Analysis[Any], found: pd.DataFrame) -> Table:
    """The rows of several methods under the name of each; those of one method alone under each pair of groups."""
    several = found["method"].nunique() > 1
    shown = [column for column in analysis.columns if column.printed]
    heads = tuple(Column(each.head, "text" if each.form == "text" else "coefficient") for each in shown)
    rows: list[tuple[Entry, ...]] = [
        (method, *(printed(each.form, value) for each, value in zip(shown, values, strict=True)))
        for method, *values in found[["method", *(column.name for column in shown)]].itertuples(index=False, name=None)
    ]
    name = f"group-{analysis.name.replace('_', '-')}"
    made = Table(name, analysis.title, analysis.words, (METHOD, *heads), tuple(rows), grouped=several)
    if several:
        return made.without_empty_columns()
    alone = made.without(METHOD.header).without_empty_columns()
    return replace(alone, grouped=shown[0].name == "groups")
