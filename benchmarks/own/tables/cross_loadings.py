"""Cross-loadings: correlations of every item with every construct's scores (Chin 1998)."""

import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.composed import composed, free_names
from benchmarks.own.tables.given import Given


def table(given: Given) -> pd.DataFrame:
    """A row for each method and item that it keeps, a column for each construct."""
    made = []
    for each in composed(given):
        found = pd.DataFrame(each.correlations, columns=free_names(each.constructs, ("method", "construct", "item")))
        found.insert(0, "item", given.model.items)
        found.insert(0, "construct", [given.model.owner(item) for item in given.model.items])
        found.insert(0, "method", each.fitted.label)
        made.append(found[each.kept])
    if not made or len(given.model.blocks) < 2:
        return pd.DataFrame(columns=["method", "construct", "item"])
    return pd.concat(made, ignore_index=True)


CROSS_LOADINGS = Analysis(
    "cross_loadings",
    "Cross-loadings",
    "Correlations of items with the scores of constructs. An item should correlate most with its own. Consistent PLS "
    "has "
    "the scores of PLS.",
    (Column("method", "Method", "text"), Column("construct", "Construct", "text"), Column("item", "Item", "text")),
    table,
)
