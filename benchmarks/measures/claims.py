"""What a claim of saturation is worth: how much is known when it is made, and how often it is right."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.measures import formulas as measures
from benchmarks.measures.formulas import Measured
from estimators.base import Status

#: A claim is right where at least this share of all themes was found; by the measure's name.
RIGHT = {"right_80": 0.80, "right_90": 0.90, "right_95": 0.95, "right_all": 1.0}


def claims(own: pd.DataFrame, richness: int) -> Iterator[tuple[str, str, Measured]]:
    """(measure, over, measured) of a method that claims the themes it found to be all, from its stored estimates.

    Over "usable", the replications in which it makes the claim; over "all", where none is made, none is right.
    """
    claimed = own["status"].to_numpy() == Status.OK
    known = np.where(claimed, own["value:themes"].to_numpy() / richness, 0.0)
    after = own["iterations"].to_numpy().astype(float)
    yield "known_at_claim", "usable", measures.mean(known[claimed])
    yield "claimed_after", "usable", measures.mean(after[claimed])
    for name, share in RIGHT.items():
        right = known >= share - 1e-12
        yield name, "usable", measures.rate(right[claimed])
        yield name, "all", measures.rate(right)
