"""One data set's estimates as a table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.schema import PARTS
from estimators.base import Estimates, Status
from estimators.methods import Method
from sim.batch import Batch
from sim.targets import Target
from sim.themes.population import THEMES, Interviews


def estimates_of_one(name: str, fit: Estimates) -> pd.DataFrame:
    """A row for each target of a fit with R = 1: method, target, value, se, lower, upper, p_value, status."""
    return pd.DataFrame(
        {"method": name, "target": [target.name for target in fit.targets]}
        | {part: getattr(fit, part)[0] for part in PARTS}
        | {"status": Status(int(fit.status[0])).name}
    )


def estimates_of_interviews(table: Interviews, methods: Sequence[Method], targets: Sequence[Target]) -> pd.DataFrame:
    """Every method's estimates from one table of interviews that were held: as above without p_value and empty rows."""
    batch = Batch.of(table.told[None].astype(np.int8))
    found = [estimates_of_one(method.name, method.fit(batch, THEMES, targets)) for method in methods]
    whole = pd.concat(found, ignore_index=True).drop(columns="p_value")
    return whole[whole["value"].notna()].reset_index(drop=True)
