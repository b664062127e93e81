"""Each group's estimates beside each other: what comparisons rest on."""

import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.groups.given import Given
from estimators.base import PARTS, Estimates
from sim.targets import Kind

#: What groups are compared in, in the order of the table; the rest is in the fits of the groups.
SHOWN: tuple[Kind, ...] = ("path", "product", "loading", "weight", "r2")


def table(given: Given) -> pd.DataFrame:
    """A row for each quantity and group (that of all respondents last): target, kind, group, n, value, se, ..."""
    every = [*zip(given.survey.labels, given.survey.sizes, given.groups, strict=True)]
    every.append(("all", given.survey.pooled.n, given.pooled))
    chosen = [j for kind in SHOWN for j, target in enumerate(given.targets) if target.kind == kind]
    rows = [(given.targets[j].name, label, n, *_numbers(found, j)) for j in chosen for label, n, found in every]
    made = pd.DataFrame(rows, columns=[column.name for column in COLUMNS])
    made.loc[made["target"].str.startswith("r2("), "p_value"] = float("nan")  # an R² is never negative
    return made[made["value"].notna()].reset_index(drop=True)


def _numbers(found: Estimates, j: int) -> tuple[float, ...]:
    return tuple(float(getattr(found, name)[0, j]) for name in PARTS)


COLUMNS = (
    Column("target", "Of", "text"),
    Column("group", "Group", "text"),
    Column("n", "n", "count"),
    Column("value", "estimate", "value"),
    Column("se", "SE", "value"),
    Column("lower", "from", "value"),
    Column("upper", "to", "value"),
    Column("p_value", "p", "p"),
)

ESTIMATES = Analysis(
    "estimates",
    "Estimates of each group",
    "Each group estimated on its own. Where an estimate is significant in one group and not in another, the groups "
    "need not differ: the difference has a test of its own.",
    COLUMNS,
    table,
)
