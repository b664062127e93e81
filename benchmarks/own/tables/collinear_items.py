"""Variance inflation of items: how well the others of a block foretell each."""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given
from sim.quantities import SMALLEST


def table(given: Given) -> pd.DataFrame:
    """A row for each item of a block of two or more: the diagonal of the inverse of the block's correlations."""
    model, rows = given.model, []
    batch = given.survey.batch.aligned(model.items)
    # Answers with gaps, which likelihood takes as they are, have no correlations of their own.
    for block in model.blocks if batch.missing is None else ():
        correlations = batch.moments.correlations[0]
        places = [model.items.index(item) for item in block.items]
        among = correlations[np.ix_(places, places)]
        if len(places) > 1 and np.linalg.det(among) > SMALLEST:
            inflation = np.diagonal(np.linalg.inv(among))
            rows += [(block.construct, item, vif) for item, vif in zip(block.items, inflation.tolist(), strict=True)]
    return pd.DataFrame(rows, columns=["construct", "item", "vif"])


ITEM_VIF = Analysis(
    "item_vif",
    "Collinearity of items",
    "Variance inflation among the items of a block, 1 / (1 - R²) of the regression on the others. It matters where "
    "items "
    "form a construct (<~, mode B); 5 and 3.3 are usual bounds.",
    (Column("construct", "Construct", "text"), Column("item", "Item", "text"), Column("vif", "VIF", "value")),
    table,
)
