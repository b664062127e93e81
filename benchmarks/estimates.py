"""One data set's estimates as a table."""

import pandas as pd

from benchmarks.schema import PARTS
from estimators.base import Estimates, Status


def estimates_of_one(name: str, fit: Estimates) -> pd.DataFrame:
    """A row for each target of a fit with R = 1: method, target, value, se, lower, upper, p_value, status."""
    return pd.DataFrame(
        {"method": name, "target": [target.name for target in fit.targets]}
        | {part: getattr(fit, part)[0] for part in PARTS}
        | {"status": Status(int(fit.status[0])).name}
    )
