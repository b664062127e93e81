"""The table of replications that tell something has its types whatever is not told, without a warning."""

import warnings

import numpy as np
import pandas as pd

from benchmarks.evaluation.described.telling import typed
from benchmarks.schema import TOLD, names


def test_what_is_not_told_is_empty_text_nought_or_nan() -> None:
    table = pd.DataFrame(
        [{"cell": 1, "n": 40, "method": "pls", "why": "status", "count": 3}], columns=list(names(TOLD))
    )
    table["target"] = np.nan  # as where no row has any
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = typed(table)
    assert found["target"].tolist() == [""]
    assert found["replication"].tolist() == [0]
    assert np.isnan(found["value"][0])
    assert [str(found[c.name].dtype) for c in TOLD if c.type != "string"] == [
        c.type for c in TOLD if c.type != "string"
    ]
