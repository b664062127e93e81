"""The omnibus test: do the models of all groups differ anywhere?"""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.groups.chance import composites, needs_answers, of_composites, permuted
from benchmarks.own.groups.given import Given
from estimators.groups.distances import group_distances
from estimators.groups.permuted import upper_share


def refusal(given: Given) -> str | None:
    """Methods that imply correlations of the items, and complete answers to exchange."""
    return of_composites(given) or needs_answers(given)


def table(given: Given) -> pd.DataFrame:
    """A row for each distance, over all groups."""
    split = permuted(given, tuple(range(len(given.survey.labels))))
    found = np.column_stack(group_distances(composites(given), split, given.model))
    used = (~np.isnan(found[1:])).sum(axis=0)
    return pd.DataFrame({"distance": ["d_G", "d_L"], "value": found[0], "p": upper_share(found), "permutations": used})


DISTANCES = Analysis(
    "distances",
    "Omnibus test of all groups",
    "Mean distance between the correlations of items that the groups' models imply, d_G geodesic and d_L half the sum "
    "of squared differences, and the share of permutations with a larger one (Klesel et al. 2019). A small p says that "
    "some weight, loading or path differs between some groups. cSEM 0.6 prints d_G divided by 5.3019.",
    (
        Column("distance", "Distance", "text"),
        Column("value", "value", "value"),
        Column("p", "p", "p"),
        Column("permutations", "permutations", "count"),
    ),
    table,
    refusal,
)
