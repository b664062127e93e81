"""Confirmatory tetrad analysis (CTA-PLS): can one common factor stand behind the items of each block?"""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given
from estimators.inference.tetrads import vanishing_tetrads


def table(given: Given) -> pd.DataFrame:
    """A row for each block of four items or more, whatever the methods; none where answers are missing."""
    rows = []
    if given.survey.batch.has_answers and given.survey.batch.missing is None:
        batch = given.survey.batch.aligned(given.model.items)
        for j, block in enumerate(given.model.blocks):
            own = batch.raw[0][:, given.model.bounds[j] : given.model.bounds[j + 1]].astype(np.float64)
            if found := vanishing_tetrads(own):
                p = found.p_value
                reading = "a factor is rejected" if p < 1 - given.level else "a factor is not rejected"
                written = "=~" if block.kind == "reflective" else "<~"
                row = (block.construct, written, len(block.items), found.count, found.statistic, p, found.smallest)
                rows.append((*row, reading))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS])


COLUMNS = (
    Column("construct", "Construct", "text"),
    Column("written", "written", "text"),
    Column("items", "items", "count"),
    Column("tetrads", "tetrads", "count"),
    Column("chisq", "chi-square", "number"),
    Column("p_value", "p", "p"),
    Column("p_smallest", "smallest p, Bonferroni", "p"),
    Column("reading", "reading", "text"),
)
TETRADS = Analysis(
    "tetrads",
    "Vanishing tetrads (CTA-PLS)",
    "Where one common factor stands behind four items or more, their tetrads s12 s34 - s13 s24 are zero: a small p "
    "speaks against =~. It does not speak for <~, since two factors or errors that covary do the same; and a test that "
    "does not reject proves no factor. Asymptotically distribution-free (Bollen & Ting 1993); with few respondents and "
    "many items it rejects too seldom.",
    COLUMNS,
    table,
)
